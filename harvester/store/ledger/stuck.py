"""Runs that do not move: no page for three times as long as their pages usually take, and why."""

import statistics
from itertools import pairwise
from typing import Final

from msgspec import Struct
from sqlalchemy import select

from harvester.store.connection import Store
from harvester.store.hosts import host_state
from harvester.store.ledger.pages import open_pages
from harvester.store.ledger.runs import Run, list_open_runs
from harvester.store.operating import breakers, controls
from harvester.store.tables import pages, runs

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
    found = []
    for run in list_open_runs(store):
        done = _done_at(store, run.id)
        usual_s = statistics.median(later - earlier for earlier, later in pairwise(done)) if len(done) > 2 else None
        since = done[-1] if done else run.started
        if now - since > max(LEAST_S, TIMES * (usual_s or 0.0)):
            found.append(StuckRun(run=run, since=since, usual_s=usual_s, why=why_waiting(store, run, now)))
    return found


def why_waiting(store: Store, run: Run, now: float) -> str:
    """Give why an open run does no page now, as far as the store knows."""
    control = controls.find_control(store, stage="harvest", endpoint=run.endpoint)
    if control is not None:
        return controls.told(control)
    breaker = breakers.breaker_state(store, "harvest")
    if breaker is not None:
        return breakers.told(breaker)
    return _why_not_taken(store, run, now)


def _why_not_taken(store: Store, run: Run, now: float) -> str:
    page = next(iter(open_pages(store, run.id, limit=1)), None)
    if page is None:
        return "it has no open page, and nobody ends it: does the reconciler run?"
    if page.leased_until >= now:
        return f"somebody works on page {page.number}, and has not stored it yet"
    if page.not_before > now:
        return f"page {page.number} waits for {page.not_before - now:.0f} s more: {page.error}"
    host = host_state(store, _host(store, run.id))
    if host is not None and host.blocked_until > now:
        return f"{host.host} is left alone for {host.blocked_until - now:.0f} s more, after {host.failures} failures"
    return f"nobody takes page {page.number}: does a worker run for the queue `harvest`?"


def _done_at(store: Store, run: int) -> list[float]:
    """Give when the last pages of a run were stored, in order."""
    stored = select(pages.c.leased_until).where(pages.c.run == run, pages.c.state == "stored", pages.c.leased_until > 0)
    with store.connect() as connection:
        return sorted(connection.execute(stored.order_by(pages.c.number.desc()).limit(LOOKED_AT)).scalars())


def _host(store: Store, run: int) -> str:
    with store.connect() as connection:
        return str(connection.execute(select(runs.c.host).where(runs.c.id == run)).scalar_one())
