"""What a complete list no longer holds: looked for when a run ends, and written as a deletion plan.

Repositories that keep no deleted records (OAI-PMH 2.0, 2.5.1) tell of a deletion by silence alone; and silence has
other causes: a list that broke off, a set that was emptied by mistake. So nothing is deleted here: a plan is proposed,
to be proven, or it is held for a person.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, literal, or_, select, update

from harvester.endpoint import Endpoint
from harvester.store.tables import endpoints, pages, plan_records, plans, records, rejected, runs

WARN_PERCENT: Final = 15
HOLD_PERCENT: Final = 30
DROP_PERCENT: Final = 50
DROP_RECORDS: Final = 100
SILENT: Final = ("no", "transient")
UNSAID: Final = "nothing"
"""What a repository says of its deleted records whose Identify does not tell."""
UNSURE_NOTES: Final = ("short_list", "endless_list")
UNDECIDED: Final = ("proposed", "held")
ENDPOINT_DECODER: Final = msgspec.json.Decoder(Endpoint)


class Absence(Struct, frozen=True, kw_only=True):
    """What a whole list of an endpoint lacks: `vanished` of its `live` records.

    `proves` tells whether that can mean a deletion, and `reason` why not. `received` counts the records of the list,
    `nameless` those that were set aside without an identifier, `kept` the vanished ones that a person has kept before.
    """

    endpoint: Endpoint
    metadata_prefix: str
    run: int
    received: int
    live: int
    vanished: int
    nameless: int
    kept: int
    proves: bool
    reason: str | None


class Verdict(Struct, frozen=True):
    """How a complete run ends for what its list lacks: its state, a line for the operator, and its plan, if any."""

    state: Literal["complete", "held"]
    note: str | None = None
    plan: int | None = None


def find_absence(connection: Connection, run_id: int) -> Absence | None:
    """Look for what a run's list lacks; None where the run was not to list everything, or its list proves nothing."""
    joined = select(runs, endpoints.c.definition).join(endpoints, endpoints.c.key == runs.c.endpoint)
    run = connection.execute(joined.where(runs.c.id == run_id)).one_or_none()
    if run is None or not run.deleted_record or run.since is not None or run.until is not None:
        return None
    endpoint = ENDPOINT_DECODER.decode(run.definition)
    if msgspec.json.decode(run.sets, type=tuple[str, ...]) != endpoint.sets:
        return None
    counted = select(func.count(), func.count().filter(_vanished(run.id))).where(_live(run, run.endpoint))
    live, vanished = connection.execute(counted).one()
    reason = _doubt(connection, run) if vanished else None
    nameless = select(func.count()).where(rejected.c.run == run_id, rejected.c.identifier.is_(None))
    received = select(func.coalesce(func.sum(pages.c.received), 0)).where(pages.c.run == run_id)
    return Absence(
        endpoint=endpoint,
        metadata_prefix=run.metadata_prefix,
        run=run_id,
        received=int(connection.execute(received).scalar_one()),
        live=live,
        vanished=vanished,
        nameless=connection.execute(nameless).scalar_one(),
        kept=_count_kept(connection, run) if vanished else 0,
        proves=reason is None,
        reason=reason,
    )


def plan_deletions(connection: Connection, absence: Absence, now: float) -> Verdict:
    """Write the plan of a complete list that lacks something, in place of older ones that nobody has decided.

    A list that gives far fewer records than are live, and of which no plan is made, is held without one. Part of the
    transaction that ends the run, which is still open.
    """
    told = told_share(absence.vanished, absence.live)
    if not absence.proves and has_dropped(absence):
        return Verdict("held", told_drop(absence))
    _close_dropped(connection, absence)
    if not absence.proves:
        return Verdict("complete", f"{told}, and are kept: {absence.reason}")
    close_plans(connection, _of(absence), f"run {absence.run} has listed everything anew", now)
    if not absence.vanished:
        return Verdict("complete")
    doubts = "; ".join(doubts_about(absence))
    warns = absence.vanished * 100 >= WARN_PERCENT * absence.live
    reason = doubts or (f"{WARN_PERCENT} % or more: look at it" if warns else None)
    number = _insert_plan(connection, absence, state="held" if doubts else "proposed", reason=reason, now=now)
    if not doubts:
        return Verdict("complete", plan=number)
    return Verdict("held", told_held(number, f"{told}: {doubts}"), number)


def has_dropped(absence: Absence) -> bool:
    """Tell whether a list gives so few records that something must be wrong with it, or with the repository."""
    few = absence.received * 100 < DROP_PERCENT * absence.live
    return few and absence.live - absence.received >= DROP_RECORDS


def told_drop(absence: Absence) -> str:
    """Give what an operator reads of a run that is held for giving far too little."""
    run = absence.run
    return (
        f"the list gives {absence.received:,} records where {absence.live:,} are live ({absence.reason}): "
        f"`oaihub runs approve {run}` takes it for right, `oaihub runs reject {run}` does not; "
        "what it lacks is kept either way"
    )


def told_share(vanished: int, live: int) -> str:
    """Give in words how much of what an endpoint had is not in a list."""
    percent = 100 * vanished / max(1, live)
    share = f"{percent:.0f}" if percent >= 1 else "less than 1"
    return f"{vanished:,} of {live:,} live records ({share} %) are not in the list"


def told_held(plan: int, reason: str) -> str:
    """Give what an operator reads of a run whose plan waits for a decision."""
    return f"plan {plan} is held: {reason}; `oaihub plans show {plan}` shows them"


def doubts_about(absence: Absence) -> list[str]:
    """Give the reasons for which a person has to look at what vanished, before anything is deleted."""
    hold_from = absence.endpoint.hold_deletions
    reasons = {
        "the whole list was empty": absence.received == 0,
        f"from {HOLD_PERCENT} % on a person decides": absence.vanished * 100 >= HOLD_PERCENT * absence.live,
        f"from {hold_from} records on a person decides": hold_from is not None and absence.vanished >= hold_from,
        f"{absence.nameless:,} records of the list were set aside without an identifier, and may be among them": (
            absence.nameless > 0
        ),
        f"{absence.kept:,} of them were kept by a person before": absence.kept > 0,
    }
    return [reason for reason, holds in reasons.items() if holds]


def close_plans(
    connection: Connection, which: ColumnElement[bool], reason: str, now: float, states: Sequence[str] = UNDECIDED
) -> None:
    """Close plans that nobody is to decide any more; their runs are complete, but move no watermark."""
    ended = {"state": "closed", "reason": reason, "decided": now, "fence": plans.c.fence + 1, "leased_until": 0.0}
    closed = update(plans).where(which, plans.c.state.in_(states)).values(ended).returning(plans.c.run)
    held = list(connection.execute(closed).scalars())
    if held:
        complete = {"state": "complete", "error": f"its deletion plan was closed: {reason}"}
        connection.execute(update(runs).where(runs.c.id.in_(held), runs.c.state == "held").values(complete))


def _close_dropped(connection: Connection, absence: Absence) -> None:
    """End the wait of earlier runs that were held for giving too little: a whole list has come since."""
    undecided = exists().where(plans.c.run == runs.c.id, plans.c.state.in_(UNDECIDED))
    here = and_(runs.c.endpoint == absence.endpoint.key, runs.c.metadata_prefix == absence.metadata_prefix)
    waiting = and_(here, runs.c.state == "held", runs.c.id < absence.run, ~undecided)
    ended = {"state": "failed", "error": f"it gave far too few records; run {absence.run} has listed everything anew"}
    connection.execute(update(runs).where(waiting).values(ended))


def _of(absence: Absence) -> ColumnElement[bool]:
    return and_(plans.c.endpoint == absence.endpoint.key, plans.c.metadata_prefix == absence.metadata_prefix)


def _live(run: Row[Any] | Absence, endpoint_key: str) -> ColumnElement[bool]:
    here = and_(records.c.endpoint == endpoint_key, records.c.metadata_prefix == run.metadata_prefix)
    return and_(here, ~records.c.deleted)


def _vanished(run_id: int) -> ColumnElement[bool]:
    """Give the condition that a run has neither seen a record nor set it aside."""
    aside = select(rejected.c.identifier).where(rejected.c.run == run_id, rejected.c.identifier.is_not(None))
    return and_(records.c.seen_run < run_id, records.c.identifier.not_in(aside))


def _doubt(connection: Connection, run: Row[Any]) -> str | None:
    """Give why what a list lacks is no sign of a deletion; None where it is one."""
    unsure = or_(*(pages.c.notes.contains(f'"{code}"', autoescape=True) for code in UNSURE_NOTES))
    if connection.execute(select(pages.c.number).where(pages.c.run == run.id, unsure).limit(1)).scalar() is not None:
        return "the list was not whole"
    said = run.deleted_record.strip().lower()
    if said not in SILENT:
        return f"the repository says of its deleted records: {said}"
    return None


def _count_kept(connection: Connection, run: Row[Any]) -> int:
    """Count vanished records that a person has brought back, or kept from deletion, and no list has had since."""
    spared = exists().where(
        plan_records.c.identifier == records.c.identifier,
        plan_records.c.plan == plans.c.id,
        plans.c.endpoint == run.endpoint,
        plans.c.metadata_prefix == run.metadata_prefix,
        plans.c.state.in_(("undoing", "undone", "dismissed")),
        plans.c.run > records.c.seen_run,
    )
    kept = select(func.count()).where(_live(run, run.endpoint), _vanished(run.id), spared)
    return int(connection.execute(kept).scalar_one())


def _insert_plan(connection: Connection, absence: Absence, *, state: str, reason: str | None, now: float) -> int:
    zeros = {"deleted": 0, "fence": 0, "leased_until": 0.0, "not_before": 0.0, "hinted_at": now, "tries": 0}
    values = {
        "endpoint": absence.endpoint.key,
        "metadata_prefix": absence.metadata_prefix,
        "run": absence.run,
        "state": state,
        "live": absence.live,
        "vanished": absence.vanished,
        "reason": reason,
        "created": now,
    }
    number = int(connection.execute(insert(plans).values(values | zeros).returning(plans.c.id)).scalar_one())
    gone = select(literal(number), records.c.identifier).where(
        _live(absence, absence.endpoint.key), _vanished(absence.run)
    )
    connection.execute(insert(plan_records).from_select(["plan", "identifier"], gone))
    return number
