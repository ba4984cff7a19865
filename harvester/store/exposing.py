"""Items in the order of their changes, as those ask for them who keep a copy of this hub: deleted ones too."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Select, func, literal, or_, select, tuple_

from harvester.item import Item
from harvester.store.connection import Store
from harvester.store.gone import IS_GONE
from harvester.store.items import read_contents, read_items
from harvester.store.membership import among
from harvester.store.tables import changes, items, members, records, saved_filters, stampings

PART: Final = items.alias("part")
START: Final = (0, "")

Place = tuple[int, str]
"""The number of a change and the id of its item: a place in the order of all changes."""


class Changed(Struct, frozen=True):
    """An item at its last change (seconds since 1970).

    One that was deleted or is a part of another is `gone`, and in the list of a filter one that has left it.
    `endpoints` are those that its records are of, `filters` the saved filters that have it, both in order.
    """

    id: str
    seq: int
    at: float
    gone: bool
    endpoints: tuple[str, ...]
    filters: tuple[str, ...]


class Selection(Struct, frozen=True, kw_only=True):
    """Which items: those that changed at or after `since` and before `before`.

    And that have records of an `endpoint`, or that a saved filter has or has had, by its id.
    """

    since: float | None = None
    before: float | None = None
    endpoint: str | None = None
    saved_filter: int | None = None


def list_changed(store: Store, chosen: Selection, *, after: Place, limit: int) -> list[Changed]:
    """Give the next items in the order of their last change, then of id, behind the place `after`.

    An item that changes meanwhile moves to the end of the list, so none is missed.
    """
    with store.connect() as connection:
        wanted = _from_filter(chosen.saved_filter) if chosen.saved_filter is not None else _from_all(chosen.endpoint)
        seq, item_id = wanted.selected_columns.seq, wanted.selected_columns.item_id
        wanted = wanted.where(tuple_(seq, item_id) > tuple_(*after))
        if chosen.since is not None:
            first = select(stampings.c.seq).where(stampings.c.at >= chosen.since)
            wanted = wanted.where(seq >= first.order_by(stampings.c.at, stampings.c.seq).limit(1).scalar_subquery())
        if chosen.before is not None:
            wanted = wanted.where(seq <= _last_before(chosen.before).scalar_subquery())
        return _read(connection, wanted.order_by(seq, item_id).limit(limit))


def get_changed(store: Store, item_id: str) -> Changed | None:
    """Give an item as it stands in such a list; None where there is none of this id."""
    with store.connect() as connection:
        return next(iter(_read(connection, _from_all(None).where(changes.c.item_id == item_id))), None)


def read_live(store: Store, item_ids: Sequence[str]) -> dict[str, Item]:
    """Give those of some items that are live, by id."""
    with store.connect() as connection:
        found = read_items(connection, select(items.c.id).where(among(connection, items.c.id, item_ids)))
    return {item.id: item for item in found if not item.deleted}


def first_change(store: Store) -> float | None:
    """Give a time that no item's last change is before; None where nothing has changed yet."""
    with store.connect() as connection:
        return connection.execute(select(func.min(stampings.c.at))).scalar()


def seq_before(store: Store, since: float | None) -> int:
    """Give the number of the last change before a time, or of the last of all."""
    wanted = select(func.max(stampings.c.seq)) if since is None else _last_before(since)
    with store.connect() as connection:
        return connection.execute(wanted).scalar() or 0


def read_changes(store: Store, *, after: Place, limit: int) -> list[tuple[int, float, Item, bytes]]:
    """Give the next changes with their time, and the item of each as it is now, with its JSON.

    Their number, in whose order they come, is never given late: what is not there yet comes behind what is.
    """
    place = tuple_(changes.c.seq, changes.c.item_id)
    wanted = select(changes.c.item_id, changes.c.seq, stampings.c.at).join(stampings, stampings.c.seq == changes.c.seq)
    ordered = wanted.where(place > tuple_(*after)).order_by(changes.c.seq, changes.c.item_id).limit(limit)
    with store.connect() as connection:
        rows = connection.execute(ordered).all()
        ids = select(items.c.id).where(among(connection, items.c.id, [row.item_id for row in rows]))
        contents = {item.id: (item, content) for item, content in read_contents(connection, ids)}
    return [(row.seq, row.at, *contents[row.item_id]) for row in rows]


def _last_before(moment: float) -> Select[tuple[int]]:
    """Select the number of the last change before a time; times rise with numbers, so the index of times finds it."""
    before = select(stampings.c.seq).where(stampings.c.at < moment)
    return before.order_by(stampings.c.at.desc(), stampings.c.seq.desc()).limit(1)


def _from_all(endpoint: str | None) -> Select[tuple[str, int, float, bool]]:
    wanted = (
        select(changes.c.item_id, changes.c.seq, stampings.c.at, IS_GONE.label("gone"))
        .join(stampings, stampings.c.seq == changes.c.seq)
        .join(items, items.c.id == changes.c.item_id)
    )
    if endpoint is None:
        return wanted
    # Not "exists … of this endpoint", for which SQLite would go through all records of the endpoint for each item.
    own = select(records.c.endpoint).where(records.c.item_id == items.c.id)
    of_parts = select(records.c.endpoint).join(PART, records.c.item_id == PART.c.id)
    of_parts = of_parts.where(PART.c.merged_into == items.c.id)
    return wanted.where(or_(literal(endpoint).in_(own), literal(endpoint).in_(of_parts)))


def _from_filter(filter_id: int) -> Select[tuple[str, int, float, bool]]:
    return (
        select(members.c.item_id, members.c.seq, stampings.c.at, (~members.c.present).label("gone"))
        .join(stampings, stampings.c.seq == members.c.seq)
        .where(members.c.filter == filter_id)
    )


def _read(connection: Connection, wanted: Select[tuple[str, int, float, bool]]) -> list[Changed]:
    rows = connection.execute(wanted).all()
    ids = [row.item_id for row in rows]
    endpoints, filters = _endpoints_of(connection, ids), _filters_of(connection, ids)
    return [
        Changed(row.item_id, row.seq, row.at, row.gone, endpoints.get(row.item_id, ()), filters.get(row.item_id, ()))
        for row in rows
    ]


def _endpoints_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the endpoints of items' records, those of their parts among them."""
    found: dict[str, set[str]] = {}
    for column in (PART.c.id, PART.c.merged_into):
        of = select(column, records.c.endpoint).join(records, records.c.item_id == PART.c.id)
        for item_id, endpoint in connection.execute(of.where(among(connection, column, item_ids)).distinct()).all():
            found.setdefault(item_id, set()).add(endpoint)
    return {item_id: tuple(sorted(keys)) for item_id, keys in found.items()}


def _filters_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    has = saved_filters.c.id == members.c.filter, members.c.present, saved_filters.c.reached.is_(None)
    of = select(members.c.item_id, saved_filters.c.name).where(*has, among(connection, members.c.item_id, item_ids))
    for item_id, name in connection.execute(of.order_by(saved_filters.c.name)).all():
        found.setdefault(item_id, []).append(name)
    return {item_id: tuple(names) for item_id, names in found.items()}
