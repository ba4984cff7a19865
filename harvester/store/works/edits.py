"""People's edits of items: kept beside what sources say, so that no harvest or replay can touch them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, insert, select, update

from harvester.item import Item, Metadata
from harvester.store.connection import Store
from harvester.store.items import read_items
from harvester.store.locking import lock_repository
from harvester.store.membership import among
from harvester.store.outbox import URGENT, enqueue
from harvester.store.records import bump_items
from harvester.store.tables import edits, items
from harvester.store.works.joining import JOINER
from harvester.store.works.parts import lock_items, work_of
from harvester.works.editing import EditError, check_edit

ENCODER: Final = msgspec.json.Encoder()


def put_edits(
    store: Store, item_id: str, changes: Mapping[str, Sequence[str]], *, author: str, reason: str, now: float
) -> None:
    """Edit properties of an item, all or none; no values clear one. Raises: EditError."""
    with store.begin() as connection:
        item = lock_item(connection, item_id)
        write_edits(store, connection, item_id, item, changes, author=author, reason=reason, now=now)


def write_edits(
    store: Store,
    connection: Connection,
    item_id: str,
    item: Metadata,
    changes: Mapping[str, Sequence[str]],
    *,
    author: str,
    reason: str,
    now: float,
) -> dict[str, int]:
    """Edit properties of an item that `lock_item` gave, as a part of a transaction; give the ids of the edits by name.

    Raises: EditError.
    """
    said = {name: ENCODER.encode(check_edit(item, name, values)) for name, values in changes.items()}
    row = {"item_id": item_id, "author": author, "reason": reason, "at": now, "revoked": 0.0}
    found = {}
    for name, values in said.items():
        adding = insert(edits).values(row | {"property": name, "said": values})
        found[name] = int(connection.execute(adding.returning(edits.c.id)).scalar_one())
    touch(store, connection, item_id, now)
    return found


def undo_edits(store: Store, item_id: str, properties: Sequence[str], *, now: float) -> list[str]:
    """Take the newest edit of each property back, or where none is named the newest of all; give their properties.

    Edits of all parts of the item's work count. What was edited at once is taken back at once; an edit before it counts
    again. Raises: EditError.
    """
    with store.begin() as connection:
        lock_repository(connection, JOINER)  # only who has this may hold several repositories
        parts = work_of(connection, item_id)
        lock_items(connection, parts)
        mine = (among(connection, edits.c.item_id, parts), edits.c.revoked == 0)
        columns = (edits.c.id, edits.c.item_id, edits.c.property, edits.c.at)
        rows = connection.execute(select(*columns).where(*mine).order_by(edits.c.at, edits.c.id)).all()
        newest = {row.property: row for row in rows}
        chosen = [newest[name] for name in properties if name in newest]
        if not properties:
            chosen = [row for row in newest.values() if row.at == rows[-1].at]
        missing = [name for name in properties if name not in newest]
        if missing or not chosen:
            raise EditError(f"item {item_id} has no edit{' of ' + ', '.join(missing) if missing else ''} to take back")
        connection.execute(update(edits).where(edits.c.id.in_([row.id for row in chosen])).values(revoked=now))
        for touched in sorted({row.item_id for row in chosen}):
            touch(store, connection, touched, now)
        return sorted(row.property for row in chosen)


def list_edits(store: Store, item_id: str) -> list[dict[str, Any]]:
    """Give all edits of the parts of an item's work, also those taken back (`revoked` is not 0), the newest first."""
    with store.connect() as connection:
        mine = among(connection, edits.c.item_id, work_of(connection, item_id))
        chosen: Select[Any] = select(edits).where(mine).order_by(edits.c.at.desc(), edits.c.id.desc())
        rows = connection.execute(chosen).mappings()
        return [{**row, "said": msgspec.json.decode(row["said"], type=tuple[str, ...])} for row in rows]


def lock_item(connection: Connection, item_id: str) -> Item:
    """Keep harvests and other edits of an item's repository waiting, and give its work as it is."""
    if not lock_items(connection, [item_id]):
        raise EditError(f"there is no item {item_id}: `oaihub search` finds items and shows their ids")
    lead = select(func.coalesce(items.c.merged_into, items.c.id)).where(items.c.id == item_id)
    (item,) = read_items(connection, select(items.c.id).where(items.c.id.in_(lead)))
    return item


def touch(store: Store, connection: Connection, item_id: str, now: float) -> None:
    """Have an item whose edits are others now be indexed before all that nobody waits for."""
    bump_items(connection, [item_id], now)
    enqueue(store, connection, [item_id], now, priority=URGENT)
