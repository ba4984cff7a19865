"""`oaihub runs`: what was harvested when, and how it ended."""

from collections import Counter

import click
import msgspec

from harvester.errors import cut
from harvester.store import Store
from harvester.store.deletions.plans import plan_of_run
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.runs import Run, list_runs
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.commands.runs.balance import LINES, balance_of, print_run
from workers.commands.runs.deciding import approve, reject
from workers.commands.runs.existing import existing_run
from workers.commands.runs.stuck import cancel, print_stuck
from workers.errors import UsageError
from workers.operator.facts.runs import state_of
from workers.words import utc

DONE_STATE = "stored"


class Runs(click.Group):
    """A group that takes a number in place of a command, and then shows that run."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Give the command that is meant: `show` where a number stands first."""
        return super().resolve_command(ctx, ["show", *args] if args[0].isdigit() else args)


@click.group(cls=Runs, invoke_without_command=True, subcommand_metavar="[RUN | COMMAND RUN]")
@click.option("--endpoint", help="Only runs of this endpoint.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@click.option("--stuck", is_flag=True, help="Only open runs that do no page for long, and why.")
@json_option
@click.pass_context
def runs(context: click.Context, *, endpoint: str | None, limit: int, stuck: bool, as_json: bool) -> None:
    """List the latest runs, or show the one with this number: its balance, and the pages that are not done."""
    if context.invoked_subcommand is not None:
        return
    with opened_tools() as tools:
        if stuck:
            print_stuck(tools.store, endpoint, as_json=as_json)
        else:
            _print_runs(tools.store, endpoint, limit, as_json=as_json)


@runs.command()
@click.argument("run", type=int)
@json_option
@click.pass_context
def show(context: click.Context, *, run: int, as_json: bool) -> None:
    """Show a run: its balance, and the pages that are not done."""
    before = context.parent.params["as_json"] if context.parent is not None else False
    with opened_tools() as tools:
        _print_one(tools.store, run, as_json=as_json or before)


for command in (cancel, approve, reject):
    runs.add_command(command)


def described(store: Store, run: Run) -> dict[str, object]:
    """Give a run for JSON: as it is kept, with its state in a word, its balance up to now, and its deletion plan."""
    kept = msgspec.structs.asdict(run)
    plan = plan_of_run(store, run.id)
    return {**kept, "state": state_of(store, run), "balance": balance_of(store, run), "plan": plan}


def _print_runs(store: Store, endpoint: str | None, limit: int, *, as_json: bool) -> None:
    found = list_runs(store, endpoint, limit=limit)
    if endpoint and not found and get_endpoint(store, endpoint) is None:  # one that was removed still has its runs
        raise UsageError(f"there is no endpoint {cut(endpoint)!r}: `oaihub endpoints list` shows them")
    if as_json:
        print_json({"runs": [described(store, run) for run in found]})
        return
    rows = []
    for run in found:
        counts = msgspec.structs.asdict(balance_of(store, run))
        rows.append(
            (str(run.id), run.endpoint, state_of(store, run), utc(run.started), *(counts[name] for name in LINES))
        )
    print_table(("run", "endpoint", "state", "started", *LINES), rows, right=("run", *LINES))
    for run in found:
        if run.state == "held":
            click.echo(plain(f"run {run.id}: {run.error}"))


def _print_one(store: Store, number: int, *, as_json: bool) -> None:
    run = existing_run(store, number)
    pages = list_pages(store, number)
    if as_json:
        print_json({"run": described(store, run), "pages": pages})
        return
    print_run(store, run)
    states = Counter(page.state for page in pages)
    click.echo("pages: " + ", ".join(f"{count:,} {state}" for state, count in states.items()))
    undone = [(str(page.number), page.state, page.tries, page.error) for page in pages if page.state != DONE_STATE]
    if undone:
        print_table(("page", "state", "tries", "error"), undone, right=("page", "tries"))
