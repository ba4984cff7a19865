"""What is under way: how far open runs are, and how much was done lately."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, RowMapping, case, func, select

from harvester.store.connection import Store
from harvester.store.ledger.pages import IS_OPEN, IS_STORED, moved_at
from harvester.store.tables import changes, dois, pages, runs, stampings, windows

LOOKED_AT: Final = 2_000
"""So many of the newest runs are looked at for what was done lately, besides those that are open."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far an open run is: pages done, open, held by somebody now, and ready to be taken.

    `tries` are those of its open pages that failed. `size` is how many records the repository says its whole list has,
    None where it does not say. `next_at` is when the first page that waits may be tried again.
    """

    run: int
    endpoint: str
    started: float
    done: int
    open: int
    held: int
    ready: int
    tries: int
    received: int
    rejected: int
    last_done: float
    next_at: float | None
    size: int | None


class Done(Struct, frozen=True):
    """What was done since a time: pages and records stored, items indexed, DOIs answered."""

    pages: int
    records: int
    items: int
    dois: int


def read_progress(store: Store, now: float) -> list[Progress]:
    """Give how far each open run is, the oldest first."""
    is_held = IS_OPEN & (pages.c.leased_until >= now)
    is_ready = IS_OPEN & (pages.c.leased_until < now) & (pages.c.not_before <= now)
    is_waiting = IS_OPEN & (pages.c.leased_until < now) & (pages.c.not_before > now)
    columns = (
        runs.c.id.label("run"),
        runs.c.endpoint,
        runs.c.started,
        func.count().filter(IS_STORED).label("done"),
        func.count().filter(IS_OPEN).label("open"),
        func.count().filter(is_held).label("held"),
        func.count().filter(is_ready).label("ready"),
        func.coalesce(func.sum(case((IS_OPEN & (pages.c.error.is_not(None)), pages.c.tries), else_=0)), 0).label(
            "tries"
        ),
        func.coalesce(func.sum(pages.c.received), 0).label("received"),
        func.coalesce(func.sum(pages.c.rejected), 0).label("rejected"),
        func.coalesce(moved_at(), 0.0).label("last_done"),
        func.min(case((is_waiting, pages.c.not_before))).label("next_at"),
    )
    counted = select(*columns).outerjoin(pages, pages.c.run == runs.c.id).where(runs.c.ended.is_(None))
    with store.connect() as connection:
        sizes = _sizes(connection)
        rows = connection.execute(counted.group_by(runs.c.id, runs.c.endpoint, runs.c.started).order_by(runs.c.id))
        return [_progress(row, sizes) for row in rows.mappings()]


def count_done(store: Store, since: float) -> Done:
    """Count what was done since a time."""
    newest = select(runs.c.id, runs.c.ended).order_by(runs.c.id.desc()).limit(LOOKED_AT).subquery()
    lately = select(newest.c.id).where(newest.c.ended > since).union(select(runs.c.id).where(runs.c.ended.is_(None)))
    stored = select(func.count(), func.coalesce(func.sum(pages.c.received), 0)).where(
        pages.c.run.in_(lately), IS_STORED, pages.c.leased_until > since
    )
    batch = select(func.min(stampings.c.seq)).where(stampings.c.at > since).scalar_subquery()
    indexed = select(func.count()).select_from(changes).where(changes.c.seq >= batch)
    asked = select(func.count()).select_from(dois).where(dois.c.fetched > since)
    with store.connect() as connection:
        page = connection.execute(stored).one()
        items = connection.execute(indexed).scalar_one()
        return Done(page[0], int(page[1]), items, connection.execute(asked).scalar_one())


def last_page_done(store: Store) -> float | None:
    """Give when a page was last stored by one of the newest runs, None where none was."""
    newest = select(runs.c.id).order_by(runs.c.id.desc()).limit(100)
    stored = select(func.max(pages.c.leased_until)).where(pages.c.run.in_(newest), pages.c.state == "stored")
    with store.connect() as connection:
        return connection.execute(stored).scalar() or None


def _sizes(connection: Connection) -> Mapping[int, int]:
    """Sum up what the lists of open runs say they have, where each of them says so."""
    is_open = runs.c.ended.is_(None)
    lists = (
        select(windows.c.run, func.max(pages.c.complete_list_size).label("size"))
        .join(runs, runs.c.id == windows.c.run)
        .outerjoin(pages, (pages.c.run == windows.c.run) & (pages.c.window == windows.c.number))
        .where(is_open, windows.c.reason == "whole")
        .group_by(windows.c.run, windows.c.number)
        .subquery()
    )
    known = func.count() == func.count(lists.c.size)
    summed = select(lists.c.run, func.sum(lists.c.size)).group_by(lists.c.run).having(known)
    return {row[0]: int(row[1]) for row in connection.execute(summed)}


def _progress(row: RowMapping, sizes: Mapping[int, int]) -> Progress:
    return Progress(**row, size=sizes.get(row["run"]))
