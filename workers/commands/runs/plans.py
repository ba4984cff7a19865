"""`oaihub plans`: what a full harvest no longer found, and what is to become of it."""

import contextlib
from typing import Final, get_args

import click

from harvester.store.deletions.plans import (
    Plan,
    PlanState,
    approve_plan,
    count_proofs,
    get_plan,
    iter_plan_records,
    list_plans,
    sample_plan_records,
    undo_plan,
)
from harvester.vanished import settle_plan
from indexer.errors import IndexUnavailableError
from workers.commands.acting import actor, confirm
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.commands.progress import Lines
from workers.commands.runs.balance import told_plan
from workers.errors import UsageError
from workers.foreground import GivenUpError, drain_outbox
from workers.tools import Tools
from workers.words import span, utc

STATES: Final = get_args(PlanState)
AT_REST: Final = ("applied", "undone", "dismissed")


@click.group()
def plans() -> None:
    """Look at deletions by absence: records that a full harvest of a repository without deletions no longer found."""


@plans.command("list")
@click.option("--endpoint", help="Only plans of this endpoint.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Only in this state; may be repeated."
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@json_option
def list_them(endpoint: str | None, states: tuple[PlanState, ...], limit: int, as_json: bool) -> None:
    """List the plans, newest first; those that are held wait for `approve` or `undo`."""
    with opened_tools() as tools:
        found = list_plans(tools.store, endpoint=endpoint, states=states, limit=limit)
    if as_json:
        print_json({"plans": found})
        return
    print_table(
        ("plan", "state", "endpoint", "run", "live", "vanished", "share", "age", "reason"),
        [
            (
                str(plan.id),
                plan.state,
                plan.endpoint,
                str(plan.run),
                plan.live,
                plan.vanished,
                f"{100 * plan.vanished / max(1, plan.live):.1f} %",
                span(tools.store.now() - plan.created),
                plan.error or plan.reason,
            )
            for plan in found
        ],
        right=("plan", "run", "live", "vanished", "share"),
    )


@plans.command("show")
@click.argument("plan", type=int)
@click.option("--sample", default=20, show_default=True, type=click.IntRange(0, 10_000), help="So many records.")
@json_option
def show(plan: int, sample: int, as_json: bool) -> None:
    """Show a plan with some of its records: those first that the repository was asked for. `--json` gives all."""
    with opened_tools() as tools:
        found = _existing(tools, plan)
        proofs = count_proofs(tools.store, plan)
        if as_json:
            print_json({"plan": found, "proofs": proofs, "records": list(iter_plan_records(tools.store, found))})
            return
        click.echo(plain(told_plan(tools.store, found)))
        decided = f", decided {utc(found.decided)}" if found.decided else ""
        click.echo(
            f"{found.endpoint} ({found.metadata_prefix}), made by run {found.run} at {utc(found.created)}{decided}"
        )
        click.echo("asked for: " + (", ".join(f"{count:,} {proof}" for proof, count in proofs.items()) or "none"))
        rows = sample_plan_records(tools.store, found, sample)
    print_table(
        ("identifier", "title", "item", "now", "the repository says"),
        [(row.identifier, row.title, row.item, "deleted" if row.deleted else "live", row.proof) for row in rows],
    )
    if found.vanished > len(rows):
        click.echo(f"and {found.vanished - len(rows):,} more: `oaihub plans show {plan} --json` gives all")


@plans.command("approve")
@click.argument("plan", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def approve(plan: int, yes: bool, as_json: bool) -> int:
    """Delete the records of a plan that is held or not yet proven. They can be brought back: `oaihub plans undo`."""
    with opened_tools() as tools:
        found = _existing(tools, plan)
        if found.state != "applying":  # then an earlier approval was interrupted, and goes on
            _check(found, "approved", ("held", "proposed"))
            confirm(f"Delete {found.vanished:,} of {found.live:,} live records of {found.endpoint}?", yes=yes)
            if approve_plan(tools.store, plan, tools.store.now(), actor=actor()) is None:
                _check(_existing(tools, plan), "approved", ())
        return _carry_out(tools, plan, as_json=as_json)


@plans.command("undo")
@click.argument("plan", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def undo(plan: int, yes: bool, as_json: bool) -> int:
    """Bring back what a plan has deleted; or, where it was not applied, keep its records and close it."""
    with opened_tools() as tools:
        found = _existing(tools, plan)
        if found.state != "undoing":
            _check(found, "undone", ("applied", "applying", "held", "proposed"))
            deleted = found.state in {"applied", "applying"}
            what = f"Bring back {found.deleted:,} deleted" if deleted else f"Keep {found.vanished:,} vanished"
            confirm(f"{what} records of {found.endpoint}?", yes=yes)
            if undo_plan(tools.store, plan, tools.store.now(), actor=actor()) is None:
                _check(_existing(tools, plan), "undone", ())
        return _carry_out(tools, plan, as_json=as_json)


def _carry_out(tools: Tools, plan: int, *, as_json: bool) -> int:
    """Do what was decided, have the index follow where it can, and print the plan as it is then."""
    settle_plan(tools.harvesting, plan)
    with Lines(f"plan {plan}") as watcher, contextlib.suppress(IndexUnavailableError, GivenUpError):
        # Where it cannot, it follows when a worker or the next harvest has it do so.
        drain_outbox(tools.store, tools.index, watcher)
    done = _existing(tools, plan)
    if as_json:
        print_json(done)
    else:
        click.echo(plain(told_plan(tools.store, done)))
    return DONE if done.state in AT_REST else FAILED


def _existing(tools: Tools, plan: int) -> Plan:
    found = get_plan(tools.store, plan)
    if found is None:
        raise UsageError(f"there is no plan {plan}: `oaihub plans list` shows them")
    return found


def _check(plan: Plan, done: str, states: tuple[PlanState, ...]) -> None:
    if plan.state not in states:
        why = f" ({plan.reason})" if plan.state == "closed" else ""
        raise UsageError(
            f"plan {plan.id} is {plan.state}{why}, and cannot be {done}: `oaihub plans list` shows all plans"
        )
