"""What an index of the store's items is expected to hold: id, version and deleted of each, and what waits for it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Connection, and_, func, select, tuple_, update

from harvester.store.connection import Store
from harvester.store.gone import IS_GONE
from harvester.store.membership import among, listed_values
from harvester.store.outbox import FREED
from harvester.store.tables import dois, items, outbox, pages

ROWS: Final = 10_000
IS_KEPT: Final = and_(pages.c.location.is_not(None), pages.c.removed == 0)

Standing: TypeAlias = Literal["taken", "waiting", "refused"]


class Expected(Struct, frozen=True, gc=False):
    """An item as the index is to hold it. Its standing: taken by the index, still waiting for that, or refused."""

    version: int
    deleted: bool
    standing: Standing


def iter_versions(store: Store) -> Iterator[tuple[str, int, bool]]:
    """Yield id, version and deleted (or merged into another) of every item, in order of id.

    Read in chunks, each as the store is then.
    """
    after = ""
    while True:
        chunk = select(items.c.id, items.c.version, IS_GONE).where(items.c.id > after).order_by(items.c.id).limit(ROWS)
        with store.connect() as connection:
            rows = connection.execute(chunk).all()
        for item_id, version, gone in rows:
            yield item_id, version, bool(gone)
        if len(rows) < ROWS:
            return
        after = rows[-1][0]


def read_expected(store: Store, item_ids: Sequence[str]) -> dict[str, Expected]:
    """Give what the index is to hold of some items, all as of one moment; those that there are not are left out."""
    with store.connect() as connection:
        columns = (items.c.id, items.c.version, IS_GONE, outbox.c.item_id, outbox.c.reason)
        with_outbox = items.outerjoin(outbox, outbox.c.item_id == items.c.id)
        found = select(*columns).select_from(with_outbox).where(among(connection, items.c.id, item_ids))
        return {
            item_id: Expected(version, bool(gone), _standing(queued, reason))
            for item_id, version, gone, queued, reason in connection.execute(found)
        }


def set_aside(store: Store, refused: Sequence[tuple[str, str]], now: float) -> None:
    """Keep items that an index being built refuses, each (id, reason), as the outbox keeps them.

    Those that wait stay where they are: their turn will tell.
    """
    statement = store.upsert(outbox).on_conflict_do_nothing()
    with store.begin() as connection:
        for item_id, reason in refused:
            row = {"item_id": item_id, "queued": now, "reason": reason}
            connection.execute(statement.values(row | FREED))


def retry_refused(store: Store, refused: Sequence[str], now: float) -> None:
    """Have the outbox try again what an index has refused, but for what the one that was built refuses, too."""
    with store.begin() as connection:
        too = outbox.c.item_id.in_(select(listed_values(connection, refused)))
        again = update(outbox).where(outbox.c.reason.is_not(None), ~too)
        connection.execute(again.values(FREED | {"queued": now, "reason": None}))


def count_expected(store: Store) -> int:
    """Count all items, deleted ones too."""
    with store.connect() as connection:
        return connection.execute(select(func.count()).select_from(items)).scalar_one()


def iter_locations(store: Store) -> Iterator[str]:
    """Yield where the archive is to hold pages and answers of DOI registries, each place once.

    Read in chunks, each as the store is then: whoever looks at each file takes hours.
    """
    yield from read_locations(store.connect)


def read_locations(connect: Callable[[], AbstractContextManager[Connection]]) -> Iterator[str]:
    """As iter_locations, by connections to be closed after each chunk, or always by the same one."""
    after = (0, -1)
    page = tuple_(pages.c.run, pages.c.number)
    of_pages = select(pages.c.run, pages.c.number, pages.c.location).order_by(pages.c.run, pages.c.number).limit(ROWS)
    while True:
        with connect() as connection:
            rows = connection.execute(of_pages.where(page > after, IS_KEPT)).all()
        yield from (location for _, _, location in rows)
        if len(rows) < ROWS:
            break
        after = (rows[-1][0], rows[-1][1])
    yield from _read_answers(connect)


def _read_answers(connect: Callable[[], AbstractContextManager[Connection]]) -> Iterator[str]:
    """Yield where answers of registries are; one answer is of many DOIs."""
    after = ""
    places = select(dois.c.location).distinct().order_by(dois.c.location).limit(ROWS)
    while True:
        with connect() as connection:
            chunk = list(connection.execute(places.where(dois.c.location > after)).scalars())
        yield from (place for place in chunk if place)
        if len(chunk) < ROWS:
            return
        after = chunk[-1] or ""


def _standing(queued: str | None, reason: str | None) -> Standing:
    if queued is None:
        return "taken"
    return "waiting" if reason is None else "refused"
