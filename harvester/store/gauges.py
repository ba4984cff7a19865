"""How the hub is now, in the numbers that are watched: a few queries whose cost grows with what is open, not with all.

What is counted where it happens stands in operating/counters.py.
"""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select

from harvester.store.connection import Store
from harvester.store.ledger.pages import IS_OPEN, moved_at
from harvester.store.operating.controls import EVERYTHING, Control, is_stopped
from harvester.store.tables import endpoints, pages, plans, runs, schedules
from harvester.timing import longest_gaps

OPEN_STATES: Final = ("pending", "archived")
NEWEST: Final = runs.alias("newest")


class OpenPages(Struct, frozen=True):
    """Pages in one open state: how many, and since when the run that has stood still for longest has done none.

    A run that is paused waits for a person, and is not looked at for `since`; None where no other is open.
    """

    state: str
    count: int
    since: float | None


class EndpointState(Struct, frozen=True, kw_only=True):
    """An endpoint: its newest run, when its last complete one ended, and its schedule, empty where it has none.

    `last_state` is None while its newest run is open, "never" where it has none. `good_at` is the begin of the first
    run where none was ever complete; None where there is none at all.
    """

    endpoint: str
    last_run: int | None
    last_state: str | None
    last_error: str | None
    good_at: float | None
    rule: str
    zone: str


def count_open_pages(store: Store) -> list[OpenPages]:
    """Count the pages of open runs that are not done, by state."""
    by_run = select(pages.c.run, pages.c.state, func.count().label("number")).where(IS_OPEN)
    counted = by_run.group_by(pages.c.run, pages.c.state).subquery()
    since = func.min(func.coalesce(moved_at(), runs.c.started)).filter(~is_stopped("harvest", runs.c.endpoint))
    summed = select(counted.c.state, func.sum(counted.c.number), since).join(runs, runs.c.id == counted.c.run)
    with store.connect() as connection:
        rows = connection.execute(summed.where(runs.c.ended.is_(None)).group_by(counted.c.state)).all()
    found = {state: OpenPages(state, int(number), oldest) for state, number, oldest in rows}
    return [found.get(state, OpenPages(state, 0, None)) for state in OPEN_STATES]


def list_endpoint_states(store: Store, *, limit: int) -> list[EndpointState]:
    """Give how endpoints stand, those that were not harvested for longest first."""
    complete = _of_endpoint(runs.c.ended, runs.c.state == "complete").order_by(runs.c.id.desc())
    first = _of_endpoint(runs.c.started).order_by(runs.c.id)
    good = func.coalesce(_one(complete), _one(first)).label("good_at")
    newest = _one(_of_endpoint(runs.c.id).order_by(runs.c.id.desc()))
    columns = (NEWEST.c.id, NEWEST.c.state, NEWEST.c.error, schedules.c.rule, schedules.c.zone)
    joined = endpoints.outerjoin(NEWEST, NEWEST.c.id == newest).outerjoin(
        schedules, schedules.c.endpoint == endpoints.c.key
    )
    ordered = select(endpoints.c.key, good, *columns).select_from(joined).order_by(good.asc().nulls_last())
    with store.connect() as connection:
        return [
            EndpointState(
                endpoint=key,
                last_run=run,
                last_state="never" if run is None else state,
                last_error=error,
                good_at=good_at,
                rule=rule or "",
                zone=zone or "",
            )
            for key, good_at, run, state, error, rule, zone in connection.execute(ordered.limit(limit))
        ]


def intervals_of(states: Iterable[EndpointState], controls: Iterable[Control], now: float) -> dict[str, float]:
    """Give the longest time between two runs that each endpoint's schedule means.

    Endpoints without a schedule have none, nor have those that a person has stopped: their silence is meant.
    """
    stopped = {(control.scope, control.name) for control in controls}
    if stopped & {EVERYTHING, ("stage", "harvest")}:
        return {}
    going = [state for state in states if state.rule and ("endpoint", state.endpoint) not in stopped]
    gaps = longest_gaps({(state.rule, state.zone) for state in going}, now)
    return {state.endpoint: gaps[state.rule, state.zone] for state in going if (state.rule, state.zone) in gaps}


def count_endpoints(store: Store) -> dict[str, int]:
    """Count the endpoints by the state of their newest run: "open" while it is, "never" where there is none."""
    newest = _one(_of_endpoint(runs.c.id).order_by(runs.c.id.desc()))
    joined = endpoints.outerjoin(NEWEST, NEWEST.c.id == newest)
    state = case((NEWEST.c.id.is_(None), "never"), else_=func.coalesce(NEWEST.c.state, "open")).label("state")
    listed = select(state).select_from(joined).subquery()
    with store.connect() as connection:
        rows = connection.execute(select(listed.c.state, func.count()).group_by(listed.c.state))
        return {row[0]: row[1] for row in rows}


def count_open_runs(store: Store) -> int:
    """Count the runs that have not ended."""
    with store.connect() as connection:
        counted = select(func.count()).select_from(runs).where(runs.c.ended.is_(None))
        return connection.execute(counted).scalar_one()


def count_held_plans(store: Store) -> int:
    """Count the deletion plans that wait for a person."""
    with store.connect() as connection:
        held = select(func.count()).select_from(plans).where(plans.c.state == "held")
        return connection.execute(held).scalar_one()


def _of_endpoint(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(column).where(runs.c.endpoint == endpoints.c.key, *conditions)


def _one(ordered: Select[Any]) -> ScalarSelect[Any]:
    """Give the first of the runs of an endpoint."""
    return ordered.limit(1).correlate(endpoints).scalar_subquery()
