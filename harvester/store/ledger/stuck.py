"""Runs that do not move: no page for three times as long as their pages usually take, and why."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Row, func, select

from harvester.store.connection import Store
from harvester.store.ledger.pages import IMPORT, IS_OPEN, IS_STORED, NEXT_FIRST, moved_at
from harvester.store.ledger.runs import Run, list_open_runs
from harvester.store.many import in_parts
from harvester.store.operating import breakers, controls
from harvester.store.tables import controls as stops
from harvester.store.tables import hosts, pages, runs

TIMES: Final = 3.0
LEAST_S: Final = 60.0
LOOKED_AT: Final = 200


class StuckRun(Struct, frozen=True, kw_only=True):
    """An open run, since when it has done no page, how long one usually takes it (None: too few), and why it waits."""

    run: Run
    since: float
    usual_s: float | None
    why: str


def find_stuck(store: Store, now: float) -> list[StuckRun]:
    """Give the open runs that have done no page for three times their own median, at least a minute; oldest first."""
    since = _standing_since(store)
    still = [run for run in list_open_runs(store) if run.id in since and now - since[run.id] > LEAST_S]
    usual = _usual_s(store, [run.id for run in still])
    stuck = [run for run in still if now - since[run.id] > TIMES * usual.get(run.id, 0.0)]
    whys = why_waiting(store, stuck, now)
    return [StuckRun(run=run, since=since[run.id], usual_s=usual.get(run.id), why=whys[run.id]) for run in stuck]


def why_waiting(store: Store, waiting: Sequence[Run], now: float) -> dict[int, str]:
    """Give for each of some open runs why it does no page now, as far as the store knows."""
    numbers = [run.id for run in waiting]
    told = {run: controls.told(control) for run, control in _stopped(store, numbers).items()}
    if (breaker := breakers.breaker_state(store, "harvest")) is not None:
        told = dict.fromkeys(numbers, breakers.told(breaker)) | told
    rest = [run for run in numbers if run not in told]
    first, blocked = _first_pages(store, rest), _blocked_hosts(store, rest, now)
    return told | {run: _why_not_taken(first.get(run), blocked.get(run), now) for run in rest}


def _why_not_taken(page: Row[Any] | None, host: Row[Any] | None, now: float) -> str:
    if page is None:
        return "it has no open page, and nobody ends it: does the reconciler run?"
    if page.leased_until >= now:
        return f"somebody works on page {page.number}, and has not stored it yet"
    if page.not_before > now:
        return f"page {page.number} waits for {page.not_before - now:.0f} s more: {page.error}"
    if host is not None:
        return f"{host.host} is left alone for {host.blocked_until - now:.0f} s more, after {host.failures} failures"
    return f"nobody takes page {page.number}: does a worker run for the queue `harvest`?"


def _standing_since(store: Store) -> dict[int, float]:
    """Give when each open run last stored a page, or else when it began."""
    since = func.coalesce(moved_at(), runs.c.started)
    with store.connect() as connection:
        found = connection.execute(select(runs.c.id, since).where(runs.c.ended.is_(None)))
        return {row[0]: row[1] for row in found}


def _stopped(store: Store, wanted: Sequence[int]) -> Mapping[int, controls.Control]:
    """Give by which control some runs are paused, the oldest of several, by run."""
    found: dict[int, controls.Control] = {}
    with store.connect() as connection:
        for some in in_parts(wanted):
            of_runs = select(runs.c.id, stops).join(stops, controls.stopping("harvest", runs.c.endpoint))
            newest_first = of_runs.where(runs.c.id.in_(some)).order_by(stops.c.at.desc())
            found |= {row[0]: controls.Control(*row[1:]) for row in connection.execute(newest_first)}
    return found


def _usual_s(store: Store, wanted: Sequence[int]) -> dict[int, float]:
    """Give how long a page of each of some runs takes, the median of the last ones; runs with too few are left out."""
    done: dict[int, list[float]] = {}
    place = func.row_number().over(partition_by=pages.c.run, order_by=pages.c.leased_until.desc()).label("place")
    with store.connect() as connection:
        for some in in_parts(wanted):
            stored = select(pages.c.run, pages.c.leased_until, place).where(
                pages.c.run.in_(some), IS_STORED, pages.c.leased_until > 0
            )
            ranked = stored.subquery()
            for run, at in connection.execute(
                select(ranked.c.run, ranked.c.leased_until).where(ranked.c.place <= LOOKED_AT)
            ):
                done.setdefault(run, []).append(at)
    return {
        run: statistics.median(later - earlier for earlier, later in pairwise(sorted(times)))
        for run, times in done.items()
        if len(times) > 2
    }


def _first_pages(store: Store, wanted: Sequence[int]) -> Mapping[int, Row[Any]]:
    """Give for each of some runs the open page that would be taken next."""
    place = func.row_number().over(partition_by=pages.c.run, order_by=NEXT_FIRST).label("place")
    columns = [pages.c[name] for name in ("run", "number", "leased_until", "not_before", "error")]
    found: dict[int, Row[Any]] = {}
    with store.connect() as connection:
        for some in in_parts(wanted):
            ranked = select(*columns, place).where(pages.c.run.in_(some), IS_OPEN, pages.c.verb != IMPORT).subquery()
            found |= {row.run: row for row in connection.execute(select(ranked).where(ranked.c.place == 1))}
    return found


def _blocked_hosts(store: Store, wanted: Sequence[int], now: float) -> Mapping[int, Row[Any]]:
    """Give the hosts of some runs that are left alone, by run."""
    columns = (runs.c.id, hosts.c.host, hosts.c.blocked_until, hosts.c.failures)
    found: dict[int, Row[Any]] = {}
    with store.connect() as connection:
        for some in in_parts(wanted):
            joined = select(*columns).join(hosts, hosts.c.host == runs.c.host)
            blocked = joined.where(runs.c.id.in_(some), hosts.c.blocked_until > now)
            found |= {row.id: row for row in connection.execute(blocked)}
    return found
