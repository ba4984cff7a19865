"""Hints: which open pages are to be told to the workers, some of them and not too often."""

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_, update

from harvester.store.connection import Store
from harvester.store.ledger.pages import IS_OPEN, NEXT_FIRST
from harvester.store.operating.breakers import is_shut
from harvester.store.operating.controls import is_stopped
from harvester.store.tables import endpoints, pages, runs

HINTED_OF_A_RUN: Final = 8


def stale_pages(store: Store, *, now: float, age_s: float, limit: int) -> list[tuple[int, int]]:
    """Give run and number of open pages that are due, that nobody holds, and no hint was sent for within `age_s`.

    They are stamped as hinted now, so that the next call gives others: hints are bounded (ckan/ckanext-harvest#420).
    Of one run the next few only: a list that is cut into a hundred windows still has few requests under way. None of
    what is paused.
    """
    place = func.row_number().over(partition_by=pages.c.run, order_by=NEXT_FIRST)
    ranked = select(pages.c.run, pages.c.number, place.label("place")).where(
        IS_OPEN, pages.c.leased_until < now, pages.c.not_before <= now, _run_goes_on()
    )
    first = ranked.subquery()
    nearest = select(first.c.run, first.c.number).where(first.c.place <= HINTED_OF_A_RUN)
    may_go = or_(pages.c.state == "archived", ~is_shut("harvest", now))
    waiting = and_(
        may_go, IS_OPEN, pages.c.leased_until < now, pages.c.not_before <= now, pages.c.hinted_at < now - age_s
    )
    chosen = select(pages.c.run, pages.c.number).where(waiting, tuple_(pages.c.run, pages.c.number).in_(nearest))
    once = chosen.order_by(pages.c.hinted_at).limit(limit).with_for_update(skip_locked=True, of=pages).cte()
    stamp = update(pages).where(tuple_(pages.c.run, pages.c.number).in_(select(once)))
    with store.begin() as connection:
        found = connection.execute(stamp.values(hinted_at=now).returning(pages.c.run, pages.c.number))
        return sorted((row.run, row.number) for row in found)


def _run_goes_on() -> ColumnElement[bool]:
    """Give the condition that the page's run is open, its endpoint still there, and neither paused."""
    ours = (runs.c.id == pages.c.run, runs.c.ended.is_(None), endpoints.c.key == runs.c.endpoint)
    return exists().where(*ours, ~is_stopped("harvest", runs.c.endpoint))
