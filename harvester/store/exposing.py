"""Items in the order of their last change, as those ask for them who harvest this hub: deleted ones too."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, tuple_

from harvester.item import Item
from harvester.store.connection import Store
from harvester.store.items import read_items
from harvester.store.membership import among
from harvester.store.tables import items, records

PART: Final = items.alias("part")
IS_GONE: Final = or_(items.c.deleted, items.c.merged_into.is_not(None))
COLUMNS: Final = (items.c.id, items.c.changed, IS_GONE.label("gone"))


class Changed(Struct, frozen=True):
    """An item at its last change (seconds since 1970); one that was deleted or is a part of another is `gone`.

    `endpoints` are those that its records are of, in order.
    """

    id: str
    at: float
    gone: bool
    endpoints: tuple[str, ...]


class Selection(Struct, frozen=True, kw_only=True):
    """Which items: those that changed at or after `since` and before `before`, and have records of an `endpoint`."""

    since: float | None = None
    before: float | None = None
    endpoint: str | None = None


def list_changed(store: Store, chosen: Selection, *, after: tuple[float, str] | None, limit: int) -> list[Changed]:
    """Give the next items in the order of their last change, then of id, behind the one (time, id) `after`.

    An item that changes meanwhile moves to the end of the list, so none is missed.
    """
    place = tuple_(items.c.changed, items.c.id)
    wanted = select(*COLUMNS).where(_chosen(chosen))
    if after is not None:
        wanted = wanted.where(place > tuple_(*after))
    with store.connect() as connection:
        rows = connection.execute(wanted.order_by(items.c.changed, items.c.id).limit(limit)).all()
        of = _endpoints_of(connection, [row.id for row in rows])
        return [Changed(row.id, row.changed, row.gone, of.get(row.id, ())) for row in rows]


def get_changed(store: Store, item_id: str) -> Changed | None:
    """Give an item as it stands in such a list; None where there is none of this id."""
    with store.connect() as connection:
        row = connection.execute(select(*COLUMNS).where(items.c.id == item_id)).one_or_none()
        if row is None:
            return None
        return Changed(row.id, row.changed, row.gone, _endpoints_of(connection, [item_id]).get(item_id, ()))


def read_live(store: Store, item_ids: Sequence[str]) -> dict[str, Item]:
    """Give those of some items that are live, by id."""
    with store.connect() as connection:
        found = read_items(connection, select(items.c.id).where(among(connection, items.c.id, item_ids)))
    return {item.id: item for item in found if not item.deleted}


def first_change(store: Store) -> float | None:
    """Give the time of the earliest last change of all items; None where there is no item."""
    with store.connect() as connection:
        return connection.execute(select(func.min(items.c.changed))).scalar()


def _chosen(chosen: Selection) -> ColumnElement[bool]:
    conditions = []
    if chosen.since is not None:
        conditions.append(items.c.changed >= chosen.since)
    if chosen.before is not None:
        conditions.append(items.c.changed < chosen.before)
    if chosen.endpoint is not None:
        has_part = or_(PART.c.id == items.c.id, PART.c.merged_into == items.c.id)
        own = records.c.item_id == PART.c.id, records.c.endpoint == chosen.endpoint
        conditions.append(exists(select(1).select_from(records.join(PART, own[0])).where(own[1], has_part)))
    return and_(True, *conditions)


def _endpoints_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the endpoints of items' records, those of their parts among them."""
    found: dict[str, set[str]] = {}
    for column in (PART.c.id, PART.c.merged_into):
        of = select(column, records.c.endpoint).join(records, records.c.item_id == PART.c.id)
        for item_id, endpoint in connection.execute(of.where(among(connection, column, item_ids)).distinct()).all():
            found.setdefault(item_id, set()).add(endpoint)
    return {item_id: tuple(sorted(keys)) for item_id, keys in found.items()}
