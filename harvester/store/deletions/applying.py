"""The work on a deletion plan: taken by a lease and a fence, like a page, in steps that a crash cannot halve."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, select, update

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.deletions.plans import FREED, Plan, settle_run
from harvester.store.endpoints import read_endpoint
from harvester.store.locking import lock_repository
from harvester.store.membership import among
from harvester.store.operating.controls import is_stopped
from harvester.store.outbox import enqueue
from harvester.store.records import bump_items
from harvester.store.tables import endpoints, plan_records, plans, records, runs
from harvester.store.vanished import told_held, told_share

WORKING: Final = ("proposed", "applying", "undoing")
CHUNK: Final = 5_000


class PlanClaim(Struct, frozen=True, kw_only=True):
    """A plan that is held to be proven, applied or undone, as it is now; `endpoint` is as it is kept."""

    plan: Plan
    fence: int
    tries: int
    endpoint: Endpoint


def claim_plan(store: Store, plan_id: int, *, lease_s: float, now: float) -> PlanClaim | None:
    """Take a plan for `lease_s`; None where nothing is to be done, it is not due, held, or its endpoint is gone."""
    free = and_(plans.c.id == plan_id, _is_due(now))
    values = {"fence": plans.c.fence + 1, "tries": plans.c.tries + 1, "leased_until": now + lease_s}
    with store.begin() as connection:
        row = connection.execute(update(plans).where(free).values(values).returning(plans)).one_or_none()
        endpoint = None if row is None else read_endpoint(connection, row.endpoint)
        if row is None or endpoint is None:
            return None
        plan = Plan(**{name: getattr(row, name) for name in Plan.__struct_fields__})
        return PlanClaim(plan=plan, fence=row.fence, tries=row.tries, endpoint=endpoint)


def renew_plan(store: Store, claim: PlanClaim, *, lease_s: float, now: float) -> bool:
    """Hold a plan for `lease_s` from now on; False where it is no longer held."""
    with store.begin() as connection:
        return connection.execute(update(plans).where(_held(claim)).values(leased_until=now + lease_s)).rowcount == 1


def put_off_plan(store: Store, claim: PlanClaim, *, error: str | None, not_before: float, failed: bool) -> None:
    """Give a plan back, not to be taken before `not_before`; with `failed` False it was no try."""
    tries = claim.tries if failed else claim.tries - 1
    values = {"leased_until": 0.0, "not_before": not_before, "error": error, "tries": tries}
    with store.begin() as connection:
        connection.execute(update(plans).where(_held(claim)).values(values))


def stale_plans(store: Store, *, now: float, age_s: float, limit: int) -> list[int]:
    """Give plans that wait for work, nobody holds, and no hint was sent for within `age_s`; stamp them as hinted."""
    old = select(plans.c.id).where(_is_due(now), plans.c.hinted_at < now - age_s).order_by(plans.c.hinted_at)
    once = old.limit(limit).with_for_update(skip_locked=True, of=plans).cte()
    stamp = update(plans).where(plans.c.id.in_(select(once.c.id))).values(hinted_at=now).returning(plans.c.id)
    with store.begin() as connection:
        return sorted(connection.execute(stamp).scalars())


def due_plans(store: Store, endpoint_key: str, now: float) -> list[int]:
    """Give the plans of an endpoint that wait for work and that nobody holds, the oldest first."""
    due = select(plans.c.id).where(plans.c.endpoint == endpoint_key, _is_due(now)).order_by(plans.c.id)
    with store.connect() as connection:
        return list(connection.execute(due).scalars())


def sample_plan(store: Store, claim: PlanClaim, count: int) -> list[str]:
    """Give identifiers of a plan, at random, that are to be asked for until `count` of its records have a proof."""
    mine = plan_records.c.plan == claim.plan.id
    asked = select(func.count()).where(mine, plan_records.c.proof.is_not(None))
    others = select(plan_records.c.identifier).where(mine, plan_records.c.proof.is_(None)).order_by(func.random())
    with store.connect() as connection:
        left = count - connection.execute(asked).scalar_one()
        return list(connection.execute(others.limit(left)).scalars()) if left > 0 else []


def seen_record(store: Store, claim: PlanClaim) -> str | None:
    """Give the identifier of a live record that the list of the plan's run did hold."""
    seen = select(records.c.identifier).where(
        *_scope(claim.plan), ~records.c.deleted, records.c.seen_run >= claim.plan.run
    )
    with store.connect() as connection:
        return connection.execute(seen.limit(1)).scalar()


def note_proof(store: Store, claim: PlanClaim, identifier: str, proof: str) -> bool:
    """Write what the repository said of a record; False where the plan is no longer held."""
    this = plan_records.c.plan == claim.plan.id, plan_records.c.identifier == identifier
    mine = exists().where(_held(claim))
    with store.begin() as connection:
        return connection.execute(update(plan_records).where(*this, mine).values(proof=proof)).rowcount == 1


def hold_plan(store: Store, claim: PlanClaim, reason: str) -> bool:
    """Leave a plan to a person after all, and its run with it; False where it is no longer held by the claim."""
    with store.begin() as connection:
        values = {"state": "held", "reason": reason, "leased_until": 0.0}
        if connection.execute(update(plans).where(_held(claim)).values(values)).rowcount != 1:
            return False
        told = told_held(claim.plan.id, f"{told_share(claim.plan.vanished, claim.plan.live)}: {reason}")
        mine = runs.c.id == claim.plan.run, runs.c.state == "complete"
        connection.execute(update(runs).where(*mine).values(state="held", error=told))
        return True


def accept_plan(store: Store, claim: PlanClaim) -> bool:
    """Have a plan be applied, now that it is proven; False where it is no longer held by the claim."""
    with store.begin() as connection:
        values = {"state": "applying", "error": None, "reached": None}
        return connection.execute(update(plans).where(_held(claim)).values(values)).rowcount == 1


def advance_plan(store: Store, claim: PlanClaim, *, lease_s: float, now: float, chunk: int = CHUNK) -> bool:
    """Delete the next records of a plan that is applied, or bring them back where it is undone; False at the end of it.

    One transaction: the records, their items, the outbox and how far the plan has come. A record that a list has had
    since is not deleted; one that the repository has shown since is not brought back.
    """
    with store.begin() as connection:
        lock_repository(connection, claim.endpoint.base_url)
        taken = update(plans).where(_held(claim)).values(leased_until=now + lease_s).returning(plans)
        plan = connection.execute(taken).one_or_none()
        if plan is None or plan.state not in {"applying", "undoing"}:
            return False
        following = select(plan_records.c.identifier).where(plan_records.c.plan == plan.id)
        if plan.reached is not None:
            following = following.where(plan_records.c.identifier > plan.reached)
        ordered = following.order_by(plan_records.c.identifier).limit(chunk)
        identifiers = list(connection.execute(ordered).scalars())
        change = _delete if plan.state == "applying" else _restore
        touched = change(connection, plan, identifiers)
        item_ids = sorted({item_id for item_id in touched if item_id is not None})
        bump_items(connection, item_ids, now)
        enqueue(store, connection, item_ids, now)
        count = len(touched) if plan.state == "applying" else -len(touched)
        values: dict[str, object] = {"deleted": plan.deleted + count}
        if len(identifiers) == chunk:
            values |= {"reached": identifiers[-1]}
        else:
            values |= _ended(connection, store, plan, now)
        connection.execute(update(plans).where(plans.c.id == plan.id).values(values))
        return len(identifiers) == chunk


def _delete(connection: Connection, plan: Row[Any], identifiers: Sequence[str]) -> list[str | None]:
    chosen = among(connection, records.c.identifier, identifiers)
    unseen = and_(*_scope(plan), ~records.c.deleted, records.c.seen_run < plan.run)
    change = update(records).where(unseen, chosen).values(deleted=True, plan=plan.id)
    return list(connection.execute(change.returning(records.c.item_id)).scalars())


def _restore(connection: Connection, plan: Row[Any], identifiers: Sequence[str]) -> list[str | None]:
    chosen = among(connection, records.c.identifier, identifiers)
    marked = and_(*_scope(plan), records.c.plan == plan.id)
    change = update(records).where(marked, chosen).values(deleted=False, plan=None)
    return list(connection.execute(change.returning(records.c.item_id)).scalars())


def _ended(connection: Connection, store: Store, plan: Row[Any], now: float) -> dict[str, object]:
    """Have the run of a plan be complete, and give what the plan is when nothing of it is left to do."""
    state = "applied" if plan.state == "applying" else "undone"
    settle_run(connection, store, plan, f"its deletion plan {plan.id} was {state}", moves=state == "applied")
    return FREED | {"state": state, "decided": plan.decided or now}


def _scope(plan: Plan | Row[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return records.c.endpoint == plan.endpoint, records.c.metadata_prefix == plan.metadata_prefix


def _is_due(now: float) -> ColumnElement[bool]:
    """Give the condition that a plan waits for work, is due and not held, and its endpoint is there and not paused."""
    there = and_(exists().where(endpoints.c.key == plans.c.endpoint), ~is_stopped("harvest", plans.c.endpoint))
    return and_(plans.c.state.in_(WORKING), plans.c.leased_until < now, plans.c.not_before <= now, there)


def _held(claim: PlanClaim) -> ColumnElement[bool]:
    return and_(plans.c.id == claim.plan.id, plans.c.fence == claim.fence, plans.c.state.in_(WORKING))
