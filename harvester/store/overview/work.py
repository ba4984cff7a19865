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


class UndonePage(Struct, frozen=True):
    """A page of a run that is not stored."""

    number: int
    state: str
    tries: int
    error: str | None


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


def count_pages(store: Store, run: int) -> dict[str, int]:
    """Count the pages of a run by their state."""
    counted = select(pages.c.state, func.count()).where(pages.c.run == run).group_by(pages.c.state)
    with store.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(counted.order_by(pages.c.state))}


def list_undone(store: Store, run: int, limit: int) -> list[UndonePage]:
    """Give the first pages of a run that are not stored."""
    columns = (pages.c[name] for name in UndonePage.__struct_fields__)
    undone = select(*columns).where(pages.c.run == run, pages.c.state != "stored").order_by(pages.c.number).limit(limit)
    with store.connect() as connection:
        return [UndonePage(*row) for row in connection.execute(undone)]


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
