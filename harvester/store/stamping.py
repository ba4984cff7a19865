"""The order of all changes, and which items saved filters have, written when the index has taken an item.

Each batch gets the next number under a lock that is held until its commit, so numbers become visible in their order:
whoever has read up to one has missed nothing before it, however late a transaction ends. Its time never runs backwards
either. What stands in the outbox has not been stamped yet.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, Integer, delete, func, insert, literal, or_, select, true, update

from harvester.store.connection import Store
from harvester.store.locking import is_stamping, lock_changes
from harvester.store.membership import among
from harvester.store.tables import changes, items, members, saved_filters, stampings

Matcher = Callable[[bytes], Collection[str]]
"""Gives those of the items of a batch that a filter finds, by its conditions as they are stored."""


def match_nothing(_conditions: bytes) -> Collection[str]:
    """Find no item."""
    return ()


def stamp(store: Store, connection: Connection, item_ids: Sequence[str], now: float, match: Matcher) -> None:
    """Give items the next number, as a part of the transaction that takes them out of the outbox.

    Their rows of the outbox are held by it, so their versions are those that the index has taken. What has its version
    already keeps its number, in a filter too.
    """
    if not item_ids:
        return
    seq = next_stamp(connection, now)
    wanted = select(items.c.id, literal(seq, Integer), items.c.version).where(among(connection, items.c.id, item_ids))
    put = store.upsert(changes).from_select(["item_id", "seq", "version"], wanted)
    new = {"seq": put.excluded.seq, "version": put.excluded.version}
    connection.execute(
        put.on_conflict_do_update(
            index_elements=[changes.c.item_id], set_=new, where=changes.c.version != put.excluded.version
        )
    )
    for row in connection.execute(select(saved_filters.c.id, saved_filters.c.conditions)).all():
        found = sorted(set(match(row.conditions)) & set(item_ids))
        enter(store, connection, row.id, found, seq)
        _leave(connection, row.id, sorted(set(item_ids) - set(found)), seq)


def next_stamp(connection: Connection, now: float) -> int:
    """Take the next number; until the end of the transaction no other takes one."""
    lock_changes(connection)
    last = connection.execute(select(func.max(stampings.c.seq), func.max(stampings.c.at))).one()
    seq = (last[0] or 0) + 1
    connection.execute(insert(stampings).values(seq=seq, at=max(last[1] or 0.0, now)))
    return int(seq)


def enter(store: Store, connection: Connection, filter_id: int, item_ids: Sequence[str], seq: int) -> None:
    """Have a filter have items; one that it has at this version already keeps its number."""
    if not item_ids:
        return
    columns = (literal(filter_id, Integer), items.c.id, literal(seq, Integer), items.c.version, true())
    wanted = select(*columns).where(among(connection, items.c.id, item_ids))
    put = store.upsert(members).from_select(["filter", "item_id", "seq", "version", "present"], wanted)
    new = {name: put.excluded[name] for name in ("seq", "version", "present")}
    is_new = or_(~members.c.present, members.c.version != put.excluded.version)
    keys = [members.c.filter, members.c.item_id]
    connection.execute(put.on_conflict_do_update(index_elements=keys, set_=new, where=is_new))


def settled_until(store: Store, now: float, margin_s: float) -> float:
    """Give a time before which nothing will be stamped any more.

    That is `margin_s` ago, for the clocks of several machines differ; while a batch is being stamped, however long that
    takes, it is no later than the last one that is done.
    """
    with store.connect() as connection:
        is_busy = is_stamping(connection)
        last = connection.execute(select(func.max(stampings.c.at))).scalar()
    return min(now - margin_s, last or 0.0) if is_busy else now - margin_s


def forget_members(connection: Connection, filter_id: int) -> None:
    """Delete what is kept of a filter's items."""
    connection.execute(delete(members).where(members.c.filter == filter_id))


def _leave(connection: Connection, filter_id: int, item_ids: Sequence[str], seq: int) -> None:
    if item_ids:
        had = members.c.filter == filter_id, members.c.present, among(connection, members.c.item_id, item_ids)
        connection.execute(update(members).where(*had).values(present=False, seq=seq))
