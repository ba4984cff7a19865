"""Saved filters: kept by name, and filled with the items that they find already."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from harvester.item import Item
from harvester.store.connection import Store
from harvester.store.items import read_contents
from harvester.store.stamping import enter, forget_members, next_stamp
from harvester.store.tables import items, members, saved_filters

CHUNK: Final = 500
SAID: Final = msgspec.json.Decoder(tuple[str, ...])

Picker = Callable[[Sequence[tuple[Item, bytes]]], Sequence[str]]
"""Gives the ids of those items, each with its JSON, that a filter finds."""


class SavedFilter(Struct, frozen=True):
    """A saved filter: what a person wrote, and its conditions as they are stored.

    `is_filled` tells that all items have been looked at; `has` is how many it has.
    """

    id: int
    name: str
    said: tuple[str, ...]
    conditions: bytes
    created: float
    is_filled: bool
    has: int


def save_filter(store: Store, name: str, said: Sequence[str], conditions: bytes, now: float) -> SavedFilter | None:
    """Keep a filter, to be filled; one that is there with the same conditions is given, with others None is."""
    with store.begin() as connection:
        kept = connection.execute(select(saved_filters.c.conditions).where(saved_filters.c.name == name)).scalar()
        if kept is None:
            values = {"name": name, "said": msgspec.json.encode(said), "conditions": conditions, "created": now}
            connection.execute(insert(saved_filters).values(values | {"reached": ""}))
    return get_filter(store, name) if kept is None or kept == conditions else None


def fill_filter(store: Store, found: SavedFilter, pick: Picker, *, now: Callable[[], float]) -> None:
    """Put all items into a filter that it finds, going on where this was broken off.

    What changes from the time on that the filter was saved comes into it by itself; so an item is looked at here in a
    transaction that lets nobody change it, and is taken out again by whatever changes it then.
    """
    while (reached := _reached(store, found.id)) is not None:
        with store.begin() as connection:
            chunk = select(items.c.id).where(items.c.id > reached).order_by(items.c.id).limit(CHUNK)
            ids = list(connection.execute(chunk.with_for_update(read=True)).scalars())
            if ids:
                among_them = select(items.c.id).where(items.c.id > reached, items.c.id <= ids[-1])
                wanted = sorted(pick(read_contents(connection, among_them)))
                if wanted:
                    enter(store, connection, found.id, wanted, next_stamp(connection, now()))
            this = update(saved_filters).where(saved_filters.c.id == found.id)
            connection.execute(this.values(reached=ids[-1] if len(ids) == CHUNK else None))


def list_filters(store: Store) -> list[SavedFilter]:
    """Give all saved filters, in order of their names."""
    columns = (*(saved_filters.c[name] for name in ("id", "name", "said", "conditions", "created", "reached")),)
    has = select(func.count()).where(members.c.filter == saved_filters.c.id, members.c.present).scalar_subquery()
    with store.connect() as connection:
        rows = connection.execute(select(*columns, has.label("has")).order_by(saved_filters.c.name)).all()
    return [
        SavedFilter(row.id, row.name, SAID.decode(row.said), row.conditions, row.created, row.reached is None, row.has)
        for row in rows
    ]


def get_filter(store: Store, name: str) -> SavedFilter | None:
    """Give a saved filter by its name; None where there is none."""
    return next((one for one in list_filters(store) if one.name == name), None)


def names_of_filters(store: Store) -> dict[str, int]:
    """Give the ids of the filters that are filled, by name."""
    with store.connect() as connection:
        filled = select(saved_filters.c.name, saved_filters.c.id).where(saved_filters.c.reached.is_(None))
        return {row.name: row.id for row in connection.execute(filled.order_by(saved_filters.c.name))}


def said_by_filters(store: Store) -> dict[str, tuple[str, ...]]:
    """Give what a person wrote of each filter that is filled, by name; nothing is counted, as `list_filters` does."""
    with store.connect() as connection:
        filled = select(saved_filters.c.name, saved_filters.c.said).where(saved_filters.c.reached.is_(None))
        rows = connection.execute(filled.order_by(saved_filters.c.name)).all()
    return {row.name: SAID.decode(row.said) for row in rows}


def remove_filter(store: Store, name: str) -> bool:
    """Forget a saved filter; tell whether there was one. One of its name that comes later is another."""
    with store.begin() as connection:
        gone = delete(saved_filters).where(saved_filters.c.name == name).returning(saved_filters.c.id)
        filter_id = connection.execute(gone).scalar()
        if filter_id is not None:
            forget_members(connection, filter_id)
    return filter_id is not None


def _reached(store: Store, filter_id: int) -> str | None:
    with store.connect() as connection:
        return connection.execute(select(saved_filters.c.reached).where(saved_filters.c.id == filter_id)).scalar()
