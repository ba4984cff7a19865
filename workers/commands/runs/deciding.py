"""What a person decides on a run that is held because its list was suddenly far too short."""

from collections.abc import Callable

import click

from harvester.store.ledger.held import approve_run, reject_run
from harvester.store.ledger.runs import Run
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json
from workers.commands.runs.existing import existing_run


@click.command()
@click.argument("run", type=int)
@json_option
def approve(run: int, as_json: bool) -> None:
    """Take the list of a held run for right: it is complete, and the watermark moves."""
    decided = _decide(approve_run, run)
    if as_json:
        print_json({"approved": decided})
    else:
        click.echo(f"run {run} of {decided.endpoint} is complete; what its list lacks is kept")


@click.command()
@click.argument("run", type=int)
@json_option
def reject(run: int, as_json: bool) -> None:
    """Have a held run be failed: the next one begins where the last complete one did."""
    decided = _decide(reject_run, run)
    if as_json:
        print_json({"rejected": decided})
    else:
        click.echo(f"run {run} of {decided.endpoint} is failed; the watermark stays where it was")


def _decide(decide: Callable[..., Run], run: int) -> Run:
    with opened_tools() as tools:
        existing_run(tools.store, run)
        return decide(tools.store, run, actor=actor(), now=tools.store.now())
