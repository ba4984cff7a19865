"""`oaihub pause`, `drain` and `resume`: everything, a stage or an endpoint, until somebody says otherwise."""

from collections.abc import Callable
from typing import TypeVar

import click

from harvester.store import Store
from harvester.store.operating.breakers import try_at_once
from harvester.store.operating.controls import STAGES, Control, Scope, Stage, list_controls, told
from harvester.store.operating.controls import drain as drain_there
from harvester.store.operating.controls import pause as pause_there
from harvester.store.operating.controls import resume as resume_there
from workers.commands.acting import actor
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json
from workers.errors import UsageError

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])


def place_options(command: FunctionT) -> FunctionT:
    """Give a command the options that say where: a stage or an endpoint, else everything."""
    stage = click.option("--stage", type=click.Choice(STAGES), help="Only this stage.")
    endpoint = click.option("--endpoint", metavar="KEY", help="Only this endpoint.")
    reason = click.option("--reason", default="", help="Why, for those who meet it.")
    return stage(endpoint(reason(command)))


@click.command()
@place_options
@json_option
def pause(*, stage: str | None, endpoint: str | None, reason: str, as_json: bool) -> None:
    """Have nothing new begin: no page, no request to a registry, no indexing, no run. What is under way ends."""
    with opened_tools() as tools:
        scope, name = _place(tools.store, stage, endpoint)
        control = pause_there(tools.store, scope, name, actor=actor(), reason=reason, now=tools.store.now())
    _say(control, as_json=as_json)


@click.command()
@place_options
@json_option
def drain(*, stage: str | None, endpoint: str | None, reason: str, as_json: bool) -> None:
    """Have open runs go on to their end, and no new one begin, as before an upgrade."""
    if stage not in {None, "harvest"}:
        raise UsageError(f"only runs are drained, and the stage {stage} has none: `oaihub pause --stage {stage}`")
    with opened_tools() as tools:
        scope, name = _place(tools.store, stage, endpoint)
        control = drain_there(tools.store, scope, name, actor=actor(), reason=reason, now=tools.store.now())
    _say(control, as_json=as_json)


@click.command()
@place_options
@json_option
def resume(*, stage: Stage | None, endpoint: str | None, reason: str, as_json: bool) -> None:
    """Have go on what was paused or drained, in the same scope; and try at once a stage that is left alone."""
    with opened_tools() as tools:
        scope, name = _place(tools.store, stage, endpoint)
        gone = resume_there(tools.store, scope, name, actor=actor(), reason=reason, now=tools.store.now())
        stages = () if endpoint is not None else STAGES if stage is None else (stage,)
        tried = try_at_once(tools.store, stages, actor=actor(), now=tools.store.now())
        left = list_controls(tools.store)
    if as_json:
        print_json({"resumed": gone, "tried": tried, "controls": left})
        return
    what = "everything" if scope == "everything" else f"{scope} {name}"
    if gone is not None or not tried:
        click.echo(f"{what} goes on" if gone else f"{what} as a whole was neither paused nor drained")
    for broken in tried:
        click.echo(f"stage {broken} is tried at once")
    for control in left:
        click.echo(plain(told(control)))


def _place(store: Store, stage: str | None, endpoint: str | None) -> tuple[Scope, str]:
    if stage is not None and endpoint is not None:
        raise UsageError("give --stage or --endpoint, not both")
    if endpoint is not None:
        return "endpoint", existing_endpoint(store, endpoint).key
    return ("everything", "") if stage is None else ("stage", stage)


def _say(control: Control, *, as_json: bool) -> None:
    if as_json:
        print_json(control)
    else:
        click.echo(plain(told(control)))
