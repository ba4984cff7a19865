"""Open runs that do not move, and the end that a person makes to one."""

import click

from harvester.store import Store
from harvester.store.ledger.reviving import cancel_run
from harvester.store.ledger.stuck import find_stuck
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.commands.runs.existing import existing_run
from workers.errors import UsageError
from workers.words import span


def print_stuck(store: Store, endpoint: str | None, *, as_json: bool) -> None:
    """Print the runs that are stuck, with why; those of one endpoint where it is given."""
    now = store.now()
    found = [one for one in find_stuck(store, now) if endpoint in {None, one.run.endpoint}]
    if as_json:
        print_json({"stuck": found})
        return
    rows = [(str(one.run.id), one.run.endpoint, span(now - one.since), span(one.usual_s), one.why) for one in found]
    print_table(("run", "endpoint", "no page for", "usually", "why"), rows, right=("run",))
    if not rows:
        click.echo("no open run is stuck")


@click.command()
@click.argument("run", type=int)
@click.option("--reason", default="", help="Why, for those who meet it.")
@json_option
def cancel(run: int, reason: str, as_json: bool) -> None:
    """End an open run as it stands: what is stored stays, and the watermark where it was."""
    with opened_tools() as tools:
        existing_run(tools.store, run)
        ended = cancel_run(tools.store, run, actor=actor(), reason=reason, now=tools.store.now())
        if ended is None:
            raise UsageError(f"run {run} has ended already: it is {existing_run(tools.store, run).state}")
    if as_json:
        print_json({"cancelled": ended})
    else:
        click.echo(f"run {run} of {ended.endpoint} is cancelled; what it has stored stays")
