"""`oaihub archive`: which archived pages are kept."""

import click

from harvester.retaining import remove_pages
from harvester.store.ledger.retention import Rule, Share, weigh_removable
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
        shares = weigh_removable(tools.store, rule, now)
        files = remove_pages(tools.store, tools.harvesting.archive, rule, actor=actor(), now=now) if yes else 0
    if as_json:
        print_json({"removed": files, "endpoints": shares})
        return
    _print(shares)
    click.echo(f"{files:,} files removed" if yes else "nothing is removed without --yes")


def _print(shares: list[Share]) -> None:
    numbers = ("pages", "bytes")
    print_table(("endpoint", *numbers), [(one.endpoint, one.pages, one.bytes) for one in shares], right=numbers)
    pages, size = sum(one.pages for one in shares), sum(one.bytes for one in shares)
    click.echo(f"older than that: {pages:,} {'page' if pages == 1 else 'pages'} of {size:,} bytes")
