"""`oaihub archive`: which archived pages are kept."""

import click

from harvester.retaining import Share, remove_pages, weigh_removable
from harvester.store.ledger.retention import Rule
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError


@click.command()
@click.option("--full-runs", type=click.IntRange(min=1), metavar="N", help="Keep pages since the last N full runs.")
@click.option("--days", type=click.FloatRange(min=0), metavar="D", help="Keep pages of runs that ended D days ago.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only counted.")
@json_option
def archive(*, full_runs: int | None, days: float | None, yes: bool, as_json: bool) -> None:
    """Count or remove archived pages that are older than a rule keeps; by both options, those older by both.

    A page that any record was last read from is always kept, so `replay` gives all that is shown. So are pages with
    records that were set aside, and what was imported from files.
    """
    if full_runs is None and days is None:
        raise UsageError("say what to keep: --full-runs N, --days D, or both; without --yes pages are only counted")
    rule = Rule(full_runs=full_runs, days=days)
    with opened_tools() as tools:
        now = tools.store.now()
        shares = weigh_removable(tools.store, tools.harvesting.archive, rule, now)
        if yes:
            remove_pages(tools.store, tools.harvesting.archive, rule, actor=actor(), now=now)
    if as_json:
        print_json({"removed": yes, "endpoints": shares})
    else:
        _print(shares, removed=yes)


def _print(shares: list[Share], *, removed: bool) -> None:
    numbers = ("pages", "bytes")
    print_table(("endpoint", *numbers), [(one.endpoint, one.pages, one.bytes) for one in shares], right=numbers)
    pages, size = sum(one.pages for one in shares), sum(one.bytes for one in shares)
    what = f"{pages:,} {'page' if pages == 1 else 'pages'} of {size:,} bytes"
    click.echo(f"{what} removed" if removed else f"{what} would go; --yes removes them")
