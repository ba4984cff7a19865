"""Deletion plans as people see and decide them.

    proposed > applying > applied > undoing > undone
    held > applying, or dismissed; proposed > held, where the repository contradicts it
    closed: a later list, or the end of its endpoint, has overtaken it

What a plan deletes keeps its metadata and bears its number, so that all of it can come back.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from harvester.item import Metadata
from harvester.store.connection import Store
from harvester.store.ledger.runs import move_watermarks, read_run
from harvester.store.membership import among
from harvester.store.operating.audit import audit_in
from harvester.store.tables import plan_records, plans, records, runs

PlanState = Literal["proposed", "held", "applying", "applied", "undoing", "undone", "dismissed", "closed"]
CHUNK: Final = 1_000
METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)
ACTIONS: Final[dict[PlanState, str]] = {"applying": "plan approve", "undoing": "plan undo", "dismissed": "plan dismiss"}
FREED: Final = {"leased_until": 0.0, "not_before": 0.0, "tries": 0, "error": None, "reached": None}


class Plan(Struct, frozen=True, kw_only=True):
    """A deletion plan: `vanished` of the `live` records that an endpoint had are not in the list of its run.

    `deleted` of them are deleted by it now. `reason` says why it is held or closed, or warns; `error` why its last
    proof could not be had. Times are seconds since 1970.
    """

    id: int
    endpoint: str
    metadata_prefix: str
    run: int
    state: PlanState
    live: int
    vanished: int
    deleted: int
    reason: str | None
    error: str | None
    created: float
    decided: float | None


class PlannedRecord(Struct, frozen=True):
    """A record of a plan: `proof` is what the repository said when it was asked for it, None where it was not.

    `deleted` tells whether it is deleted now, by the plan or otherwise; `title` is its first title.
    """

    identifier: str
    title: str
    item: str | None
    deleted: bool
    proof: str | None


def get_plan(store: Store, plan_id: int) -> Plan | None:
    """Give a plan, or None."""
    return next(iter(_list(store, _plans().where(plans.c.id == plan_id))), None)


def plan_of_run(store: Store, run_id: int) -> Plan | None:
    """Give the plan that was made of a run's list, or None."""
    return next(iter(_list(store, _plans().where(plans.c.run == run_id))), None)


def list_plans(
    store: Store, *, endpoint: str | None = None, states: Sequence[PlanState] = (), limit: int = 50
) -> list[Plan]:
    """Give plans, the newest first; of one endpoint and in some states, where given."""
    statement = _plans().order_by(plans.c.id.desc()).limit(limit)
    if endpoint is not None:
        statement = statement.where(plans.c.endpoint == endpoint)
    return _list(store, statement.where(plans.c.state.in_(states)) if states else statement)


def iter_plan_records(store: Store, plan: Plan) -> Iterator[PlannedRecord]:
    """Yield the records of a plan in order of identifier, read in chunks."""
    after = ""
    while chunk := _read_records(store, plan, after=after, order=(), limit=CHUNK):
        yield from chunk
        after = chunk[-1].identifier


def sample_plan_records(store: Store, plan: Plan, limit: int) -> list[PlannedRecord]:
    """Give some records of a plan: those first that the repository was asked for."""
    return _read_records(store, plan, after="", order=(plan_records.c.proof.is_(None),), limit=limit)


def count_proofs(store: Store, plan_id: int) -> dict[str, int]:
    """Count the answers of the repository when it was asked for records of a plan."""
    asked = select(plan_records.c.proof, func.count()).where(
        plan_records.c.plan == plan_id, plan_records.c.proof.is_not(None)
    )
    with store.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(asked.group_by(plan_records.c.proof))}


def approve_plan(store: Store, plan_id: int, now: float, *, actor: str) -> Plan | None:
    """Have a plan applied without (further) proof; None where it is neither held nor proposed.

    It is applied by whoever claims it next; then its run is complete and moves its watermarks.
    """
    return _decide(store, plan_id, {"held": "applying", "proposed": "applying"}, now, actor=actor)


def undo_plan(store: Store, plan_id: int, now: float, *, actor: str) -> Plan | None:
    """Take a plan back; None where there is nothing to take back.

    One that was applied, or is being, is then `undoing`: whoever claims it next brings its records back. One that was
    not is `dismissed`, and its run complete; the watermarks stay, because its list may have been short of more.
    """
    moves: dict[str, PlanState] = {"applied": "undoing", "applying": "undoing"}
    return _decide(store, plan_id, moves | {"held": "dismissed", "proposed": "dismissed"}, now, actor=actor)


def settle_run(connection: Connection, store: Store, plan: Row[Any], note: str, *, moves: bool) -> None:
    """Have the run of a plan be complete now that this is decided, and move its watermarks where it `moves` them."""
    release = update(runs).where(runs.c.id == plan.run, runs.c.state == "held")
    connection.execute(release.values(state="complete", error=note))
    run = read_run(connection, plan.run)
    if moves and run is not None and run.state == "complete":
        move_watermarks(connection, store, run, late=True)


def _decide(store: Store, plan_id: int, moves: dict[str, PlanState], now: float, *, actor: str) -> Plan | None:
    """Change the state of a plan by a person's word; whoever works on it has lost it then."""
    with store.begin() as connection:
        kept = connection.execute(select(plans).where(plans.c.id == plan_id).with_for_update()).one_or_none()
        if kept is None or kept.state not in moves:
            return None
        values = FREED | {"state": moves[kept.state], "decided": now, "fence": plans.c.fence + 1}
        connection.execute(update(plans).where(plans.c.id == plan_id).values(values))
        details = {"endpoint": kept.endpoint, "was": kept.state, "vanished": kept.vanished}
        action = ACTIONS[moves[kept.state]]
        audit_in(connection, actor=actor, action=action, object=f"plan:{plan_id}", details=details, now=now)
        if moves[kept.state] == "dismissed":
            settle_run(connection, store, kept, f"its deletion plan {plan_id} was dismissed", moves=False)
        return _plan(connection.execute(_plans().where(plans.c.id == plan_id)).one())


def _plans() -> Select[Any]:
    return select(*(plans.c[name] for name in Plan.__struct_fields__))


def _list(store: Store, statement: Select[Any]) -> list[Plan]:
    with store.connect() as connection:
        return [_plan(row) for row in connection.execute(statement)]


def _plan(row: Row[Any]) -> Plan:
    return Plan(**row._mapping)  # noqa: SLF001  the documented name


def _read_records(
    store: Store, plan: Plan, *, after: str, order: Sequence[ColumnElement[bool]], limit: int
) -> list[PlannedRecord]:
    """Give records of a plan behind an identifier; by identifier, or first by another order."""
    mine = select(plan_records).where(plan_records.c.plan == plan.id, plan_records.c.identifier > after)
    ordered = mine.order_by(*order, plan_records.c.identifier).limit(limit)
    with store.connect() as connection:
        chosen = {row.identifier: row.proof for row in connection.execute(ordered)}
        columns = (records.c[name] for name in ("identifier", "item_id", "deleted", "metadata"))
        here = (records.c.endpoint == plan.endpoint, records.c.metadata_prefix == plan.metadata_prefix)
        kept = select(*columns).where(*here, among(connection, records.c.identifier, list(chosen)))
        found = {row[0]: row for row in connection.execute(kept)}
    return [_planned(found[identifier], proof) for identifier, proof in chosen.items()]


def _planned(row: Row[Any], proof: str | None) -> PlannedRecord:
    titles = METADATA_DECODER.decode(row.metadata).title if row.metadata else ()
    return PlannedRecord(row.identifier, titles[0].value if titles else "", row.item_id, row.deleted, proof)
