"""`oaihub schedule`: when endpoints are harvested by the workers."""

import click

from harvester.endpoint import Endpoint, is_imported
from harvester.store import Store
from harvester.store.ledger.runs import open_run
from harvester.store.operating.controls import ANY, find_control, told
from harvester.store.operating.schedules import (
    Schedule,
    get_schedule,
    list_schedules,
    remove_schedule,
    run_now,
    set_schedule,
)
from harvester.timing import parse_span
from workers.commands.acting import actor
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.failing import DONE
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.hints import hint_begin
from workers.tools import Tools
from workers.words import span, utc


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def schedule(context: click.Context, as_json: bool) -> None:
    """List the schedules: when each endpoint is due next, its last run, what was missed, and what fails since when."""
    if context.invoked_subcommand is not None:
        return
    with opened_tools() as tools:
        found = list_schedules(tools.store)
        rows = [] if as_json else [_row(tools.store, one, tools.store.now()) for one in found]
    if as_json:
        print_json({"schedules": found})
        return
    print_table(
        ("endpoint", "schedule", "zone", "jitter", "next due", "last run", "state", "missed", ""),
        rows,
        right=("missed",),
    )
    if not found:
        click.echo("no endpoint has a schedule: `oaihub schedule set KEY daily 03:00` gives it one")


@schedule.command("set")
@click.argument("key")
@click.argument("words", nargs=-1, required=True, metavar="RULE")
@click.option("--zone", help="Time zone, such as Europe/Berlin.  [default: OAIHUB_TIME_ZONE]")
@click.option("--jitter", default="0s", show_default=True, help="Begin up to so long later, always the same: 30m.")
@json_option
def set_it(*, key: str, words: tuple[str, ...], zone: str | None, jitter: str, as_json: bool) -> None:
    """Harvest the endpoint KEY by a RULE: hourly [:15], daily [03:00], weekly [mon] [03:00], or cron's five fields.

    A time without an hour is 00:00. Times that pass while no run can begin become one run.
    """
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        made = give_schedule(tools, endpoint, " ".join(words), zone=zone, jitter=jitter)
    if as_json:
        print_json(made)
    else:
        click.echo(told_schedule(made))


@schedule.command("remove")
@click.argument("key")
@json_option
def remove(key: str, as_json: bool) -> int:
    """Harvest the endpoint KEY by no schedule any more; a run that has begun goes on."""
    with opened_tools() as tools:
        existing_endpoint(tools.store, key)
        if not remove_schedule(tools.store, key, actor=actor(), now=tools.store.now()):
            raise UsageError(f"{key} has no schedule: `oaihub schedule` lists them")
    if as_json:
        print_json({"removed": key})
    else:
        click.echo(f"{key} has no schedule any more")
    return DONE


@schedule.command("run")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@json_option
def run(keys: tuple[str, ...], as_json: bool) -> int:
    """Have the workers harvest endpoints now, with or without a schedule; those that were failing are tried at once."""
    with opened_tools() as tools:
        for key in keys:
            _refuse_import(existing_endpoint(tools.store, key))
        for key in keys:
            run_now(tools.store, key, actor=actor(), now=tools.store.now())
            hint_begin(tools.hinting, key)
        waits = {key: _told_wait(tools.store, key) for key in keys}
        away = tools.broker.trouble()
    if as_json:
        print_json({"due": list(keys)})
    else:
        for key, wait in waits.items():
            click.echo(plain(f"{key} is left to the workers{wait}; `oaihub runs --endpoint {key}` shows how it goes"))
    if away:
        click.echo(f"the run waits for workers: {away}", err=True)
    return DONE


def give_schedule(
    tools: Tools, endpoint: Endpoint, rule: str, *, zone: str | None = None, jitter: str = "0s"
) -> Schedule:
    """Give an endpoint a schedule, in the zone of the setting where none is said.

    Raises: BadScheduleError, UsageError.
    """
    _refuse_import(endpoint)
    set_schedule(
        tools.store,
        endpoint.key,
        rule,
        zone=zone or tools.workers.time_zone,
        jitter_s=parse_span(jitter),
        actor=actor(),
        now=tools.store.now(),
    )
    made = get_schedule(tools.store, endpoint.key)
    if made is None:
        raise UsageError(f"the schedule of {endpoint.key} was removed in the same moment: set it again")
    return made


def told_schedule(made: Schedule) -> str:
    """Give a schedule in a sentence."""
    if not made.rule:
        return f"{made.endpoint} is to be harvested once"
    return f"{made.endpoint} is harvested {made.rule} ({made.zone}), next at {utc(made.next_due)}"


def _row(store: Store, one: Schedule, now: float) -> tuple[object, ...]:
    last = one.last_run
    return (
        one.endpoint,
        one.rule or "once",
        one.zone if one.rule else "",
        span(one.jitter_s) if one.jitter_s else "",
        utc(one.next_due or None),
        "" if last is None else f"{last.id}, {utc(last.started)}",
        "" if last is None else last.state or "open",
        one.missed,
        _standing(store, one, now),
    )


def _standing(store: Store, one: Schedule, now: float) -> str:
    """Give why what is due has not begun."""
    if not one.due_since:
        return one.error or ""
    late = f"due since {utc(one.due_since)}"
    control = find_control(store, stage="harvest", endpoint=one.endpoint, states=ANY)
    if control is not None:
        return f"{late}: {told(control)}"
    if one.error is None:
        return late + _told_wait(store, one.endpoint)
    again = f"again in {span(one.leased_until - now)}" if one.leased_until > now else "is tried now"
    return f"failing: {late}, tried {one.tries} times, {again}: {one.error}"


def _told_wait(store: Store, key: str) -> str:
    """Give what a run that was asked for waits for, if for anything."""
    found = open_run(store, key)
    if found is not None:
        return f" and begins when run {found.id} has ended"
    control = find_control(store, stage="harvest", endpoint=key, states=ANY)
    return "" if control is None else f" and waits: {told(control)}"


def _refuse_import(endpoint: Endpoint) -> None:
    if is_imported(endpoint):
        raise UsageError(f"{endpoint.key} was imported from files: there is no repository to ask by a schedule")
