"""Schedules: when an endpoint is due, and how exactly one run begins for it.

    waits until next_due > due (due_since) > its run is open, and nothing is due

A time that passes moves `next_due` and leaves `due_since`; whatever passes until the run has begun is counted as missed
and brings no second run. Whoever begins the run holds the row by a lease and a fence, and clears it in the transaction
that opens the run: neither a kill nor two who begin at once make two runs, or none. An endpoint without a rule has a
row (with an empty rule) only while a run that a person asked for has not begun.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, exists, func, select, update

from harvester.counting import RUNS_MISSED, count
from harvester.endpoint import Endpoint
from harvester.errors import RetryableError
from harvester.store.connection import Store
from harvester.store.endpoints import read_endpoint
from harvester.store.errors import UnknownEndpointError
from harvester.store.operating.audit import NO_DETAILS, audit_in
from harvester.store.operating.controls import ANY, is_stopped
from harvester.store.tables import runs, schedules
from harvester.timing import BadScheduleError, check_zone, iter_times, jitter_of

Within = Callable[[Connection], None]
FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 3_600.0
COUNTED_AT_MOST: Final = 1_000  # times that one look counts as missed: a year of minutes must not take minutes
NOTHING_DUE: Final = {"due_since": 0.0, "leased_until": 0.0, "tries": 0, "error": None}
FRESH: Final = NOTHING_DUE | {"missed": 0, "fence": 0, "hinted_at": 0.0}
NEWEST: Final = runs.alias("newest")
IS_DUE: Final = schedules.c.due_since > 0
HAS_OPEN_RUN: Final = exists().where(runs.c.endpoint == schedules.c.endpoint, runs.c.ended.is_(None))
MAY_BEGIN: Final = ~is_stopped("harvest", schedules.c.endpoint, ANY) & ~HAS_OPEN_RUN


class LastRun(Struct, frozen=True):
    """The newest run of an endpoint; `state` is None while it is open."""

    id: int
    state: str | None
    started: float
    ended: float | None


class Schedule(Struct, frozen=True, kw_only=True):
    """When an endpoint is harvested; times in seconds since 1970, 0 is never.

    `due_since` is that of a run that has not begun yet, which was tried `tries` times in vain, last with `error`, and
    is not tried again before `leased_until` (or held until then). `missed` counts the times that brought no run of
    their own.
    """

    endpoint: str
    rule: str
    zone: str
    jitter_s: float
    next_due: float
    due_since: float
    missed: int
    tries: int
    error: str | None
    leased_until: float
    last_run: LastRun | None


class Due(Struct, frozen=True):
    """A run that is due and held: its endpoint, since when it is due, and how often it was tried before."""

    endpoint: Endpoint
    due_since: float
    tries: int
    fence: int


class DueLostError(RetryableError):
    """Somebody else has begun the run that was due, or its schedule is gone."""

    def __init__(self, due: Due) -> None:
        super().__init__(f"the run that was due of {due.endpoint.key} is begun by somebody else")


def set_schedule(
    store: Store, endpoint_key: str, rule: str, *, zone: str, jitter_s: float, actor: str, now: float
) -> None:
    """Give an endpoint a schedule, in place of the one that it has; what is due stays due.

    Raises: BadScheduleError, UnknownEndpointError.
    """
    first = next(_times(endpoint_key, rule, check_zone(zone), jitter_s, after=now), None)
    if first is None:
        raise BadScheduleError(f"schedule {rule!r} never comes: no such day in the next 50 years")
    values = {"rule": " ".join(rule.split()), "zone": zone, "jitter_s": jitter_s, "next_due": first}
    changed = values | {"error": case((IS_DUE, schedules.c.error))}  # else it is that of the rule before
    put = store.upsert(schedules).values(values | FRESH | {"endpoint": endpoint_key})
    with store.begin() as connection:
        _need(connection, endpoint_key)
        connection.execute(put.on_conflict_do_update(index_elements=[schedules.c.endpoint], set_=changed))
        details = {name: values[name] for name in ("rule", "zone", "jitter_s")}
        _audit(connection, "set", endpoint_key, actor=actor, now=now, details=details)


def remove_schedule(store: Store, endpoint_key: str, *, actor: str, now: float) -> bool:
    """Take an endpoint's schedule away, and what is due by it; False where it has none."""
    with store.begin() as connection:
        gone = connection.execute(delete(schedules).where(schedules.c.endpoint == endpoint_key)).rowcount == 1
        if gone:
            _audit(connection, "remove", endpoint_key, actor=actor, now=now)
        return gone


def run_now(store: Store, endpoint_key: str, *, actor: str, now: float) -> None:
    """Have a run of an endpoint be due now, or be tried again now. Raises: UnknownEndpointError."""
    once = {"endpoint": endpoint_key, "rule": "", "zone": "UTC", "jitter_s": 0.0, "next_due": 0.0}
    put = store.upsert(schedules).values(once | FRESH | {"due_since": now})
    at_once = {
        "due_since": func.coalesce(func.nullif(schedules.c.due_since, 0.0), now),
        "leased_until": 0.0,
        "hinted_at": 0.0,
    }
    with store.begin() as connection:
        _need(connection, endpoint_key)
        connection.execute(put.on_conflict_do_update(index_elements=[schedules.c.endpoint], set_=at_once))
        _audit(connection, "run", endpoint_key, actor=actor, now=now)


def get_schedule(store: Store, endpoint_key: str) -> Schedule | None:
    """Give the schedule of an endpoint, or None."""
    return next(iter(_list(store, endpoint_key)), None)


def list_schedules(store: Store) -> list[Schedule]:
    """Give all schedules, by endpoint, and the runs that are due by a person's word."""
    return _list(store, None)


def mark_due(store: Store, *, now: float, limit: int) -> int:
    """Note which schedules have come due, at most so many, those that are late most first; give their number."""
    passed = and_(schedules.c.next_due > 0, schedules.c.next_due <= now)
    ordered = select(schedules).where(passed).order_by(schedules.c.next_due).limit(limit)
    with store.begin() as connection:
        rows = connection.execute(ordered.with_for_update(skip_locked=True)).all()
        for row in rows:
            here = update(schedules).where(schedules.c.endpoint == row.endpoint)
            connection.execute(here.values(_after_or_never(row, now)))
        return len(rows)


def offer_due(store: Store, *, now: float, age_s: float, limit: int) -> list[str]:
    """Give endpoints whose run is due, that nobody holds or has stopped, and no hint was sent for within `age_s`.

    They are stamped as hinted now, so that the next call gives others. One that has an open run waits for its end.
    """
    old = schedules.c.hinted_at < now - age_s
    waiting = select(schedules.c.endpoint).where(IS_DUE, schedules.c.leased_until < now, old, MAY_BEGIN)
    once = waiting.order_by(schedules.c.hinted_at, schedules.c.due_since).limit(limit)
    chosen = once.with_for_update(skip_locked=True, of=schedules).cte()
    stamp = update(schedules).where(schedules.c.endpoint.in_(select(chosen))).values(hinted_at=now)
    with store.begin() as connection:
        return sorted(connection.execute(stamp.returning(schedules.c.endpoint)).scalars())


def claim_due(store: Store, endpoint_key: str, *, lease_s: float, now: float) -> Due | None:
    """Take the run that is due of an endpoint for `lease_s`; None where none is, it is held or stopped, or one open."""
    free = and_(schedules.c.endpoint == endpoint_key, IS_DUE, schedules.c.leased_until < now, MAY_BEGIN)
    take = update(schedules).where(free).values(fence=schedules.c.fence + 1, leased_until=now + lease_s)
    with store.begin() as connection:
        endpoint = read_endpoint(connection, endpoint_key)
        row = None if endpoint is None else connection.execute(take.returning(schedules)).one_or_none()
        return None if endpoint is None or row is None else Due(endpoint, row.due_since, row.tries, row.fence)


def renew_due(store: Store, due: Due, *, lease_s: float, now: float) -> bool:
    """Hold a due run for `lease_s` from now on; False where it is no longer held."""
    with store.begin() as connection:
        return connection.execute(update(schedules).where(_held(due)).values(leased_until=now + lease_s)).rowcount == 1


def settle_due(connection: Connection, due: Due) -> None:
    """Note that the run has begun, in the transaction that opens it. Raises: DueLostError, and then no run is open."""
    if connection.execute(update(schedules).where(_held(due)).values(NOTHING_DUE)).rowcount != 1:
        raise DueLostError(due)
    connection.execute(delete(schedules).where(schedules.c.endpoint == due.endpoint.key, schedules.c.rule == ""))


def put_off_due(store: Store, due: Due, *, until: float) -> None:
    """Give a due run back, not to be tried before `until`, as if it had not been tried."""
    with store.begin() as connection:
        connection.execute(update(schedules).where(_held(due)).values(leased_until=until, fence=due.fence + 1))


def fail_due(store: Store, due: Due, error: str, *, wait_s: float, within: Within, now: float) -> float | None:
    """Give a due run back that could not be begun, and give when it is tried again: in a minute, then later each time.

    `wait_s` is the least wait. `within` is called in the same transaction, to note the failure where people look.
    None where it was no longer held.
    """
    until = now + max(wait_s, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(due.tries, 10)))
    values = {"leased_until": until, "fence": due.fence + 1, "tries": schedules.c.tries + 1, "error": error}
    with store.begin() as connection:
        if connection.execute(update(schedules).where(_held(due)).values(values)).rowcount != 1:
            return None
        within(connection)
        return until


def _after_or_never(row: Row[Any], now: float) -> dict[str, object]:
    """As _after; a schedule whose zone or rule is not understood any more tells so, and is due no more."""
    try:
        return _after(row, now)
    except BadScheduleError as error:
        return {"next_due": 0.0, "error": str(error)}


def _after(row: Row[Any], now: float) -> dict[str, object]:
    """Give what a schedule that has come due is then: its next time, and what is due or missed."""
    times = _times(row.endpoint, row.rule, row.zone, row.jitter_s, after=row.next_due)
    passed, following = 1, 0.0
    for following in islice(times, COUNTED_AT_MOST):
        if following > now:
            break
        passed += 1
    else:
        following = next(_times(row.endpoint, row.rule, row.zone, row.jitter_s, after=now), 0.0)
    waiting = row.due_since > 0
    missed = passed - (0 if waiting else 1)
    count(RUNS_MISSED, by=missed)
    return {
        "next_due": following,
        "due_since": row.due_since if waiting else row.next_due,
        "missed": row.missed + missed,
        "hinted_at": row.hinted_at if waiting else 0.0,
    }


def _times(endpoint_key: str, rule: str, zone: str, jitter_s: float, *, after: float) -> Iterator[float]:
    """Yield when an endpoint's runs are due after a moment: the rule's times, each as much later."""
    later = jitter_of(endpoint_key, jitter_s)
    return (moment + later for moment in iter_times(rule, zone, after - later) if moment + later > after)


def _held(due: Due) -> ColumnElement[bool]:
    return and_(schedules.c.endpoint == due.endpoint.key, schedules.c.fence == due.fence, IS_DUE)


def _audit(
    connection: Connection,
    action: str,
    endpoint_key: str,
    *,
    actor: str,
    now: float,
    details: Mapping[str, object] = NO_DETAILS,
) -> None:
    subject = f"endpoint:{endpoint_key}"
    audit_in(connection, actor=actor, action=f"schedule {action}", object=subject, details=details, now=now)


def _need(connection: Connection, endpoint_key: str) -> None:
    if read_endpoint(connection, endpoint_key) is None:
        raise UnknownEndpointError(f"there is no endpoint {endpoint_key}: `oaihub endpoints list` shows them")


def _list(store: Store, endpoint_key: str | None) -> list[Schedule]:
    newest = select(func.max(NEWEST.c.id)).where(NEWEST.c.endpoint == schedules.c.endpoint).scalar_subquery()
    columns = [schedules.c[name] for name in Schedule.__struct_fields__ if name != "last_run"]
    last = [runs.c[name].label(f"run_{name}") for name in LastRun.__struct_fields__]
    statement = select(*columns, *last).select_from(schedules.outerjoin(runs, runs.c.id == newest))
    if endpoint_key is not None:
        statement = statement.where(schedules.c.endpoint == endpoint_key)
    with store.connect() as connection:
        return [_schedule(row) for row in connection.execute(statement.order_by(schedules.c.endpoint))]


def _schedule(row: Row[Any]) -> Schedule:
    values = dict(row._mapping)  # noqa: SLF001  the documented name
    last = [values.pop(f"run_{name}") for name in LastRun.__struct_fields__]
    return Schedule(**values, last_run=None if last[0] is None else LastRun(*last))
