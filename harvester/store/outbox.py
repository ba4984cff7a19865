"""The outbox: which items the index has still to take.

A row is written in the transaction that changes its item, and deleted when the index has taken the item as it was
then. An item that changes meanwhile loses its fence, so its row stays and is taken again.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, case, delete, func, literal, literal_column, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from harvester.counting import LAG_BUCKETS_S, SEARCHABLE_LAG_S, observe
from harvester.item import Item
from harvester.store.connection import Store
from harvester.store.items import read_contents
from harvester.store.membership import listed_values
from harvester.store.operating.breakers import is_open
from harvester.store.operating.controls import is_stopped
from harvester.store.stamping import Matcher, match_nothing, stamp
from harvester.store.tables import items, joining, outbox

FENCE_BITS: Final = 62
IS_TAKEN: Final = outbox.c.fence != literal_column("0")  # as in the index of taken rows
FREED: Final = {"fence": 0, "leased_until": 0.0}
URGENT: Final = 0
ORDINARY: Final = 1
"""The priorities of rows: a person waits for it, or nobody does."""


class OutboxBatch(Struct, frozen=True):
    """Items to index, deleted ones too, with the JSON of each, and the number that their rows are held by."""

    fence: int
    items: tuple[Item, ...]
    contents: tuple[bytes, ...]


class Depth(Struct, frozen=True):
    """How many items wait for the index, since when the first of them (seconds since 1970), and how many it refused.

    `urgent` and `oldest_urgent` are of those among them that people wait for.
    """

    waiting: int
    oldest: float | None
    rejected: int
    urgent: int = 0
    oldest_urgent: float | None = None


def enqueue(
    store: Store, connection: Connection, item_ids: Sequence[str], now: float, *, priority: int = ORDINARY
) -> None:
    """Have items joined with others of their work and indexed, as a part of the transaction that changes them.

    Give them in order of id. An item that waits keeps its place, or comes first where it is URGENT now; one that the
    index refused gets a new try.
    """
    if not item_ids:
        return
    enqueue_joining(store, connection, item_ids, priority=priority)
    enqueue_joined(store, connection, item_ids, now, priority=priority)


def enqueue_joining(store: Store, connection: Connection, item_ids: Sequence[str], *, priority: int = ORDINARY) -> None:
    """Have items joined with others of their work, as a part of a transaction; those that this changes are indexed."""
    listed = select(listed_values(connection, item_ids), literal(priority)).where(true())
    insert = store.upsert(joining).from_select(["item_id", "priority"], listed)
    if priority == URGENT:
        insert = insert.on_conflict_do_update(index_elements=[joining.c.item_id], set_={"priority": URGENT})
    else:
        insert = insert.on_conflict_do_nothing()
    connection.execute(insert)


def enqueue_joined(
    store: Store, connection: Connection, item_ids: Sequence[str], now: float, *, priority: int = ORDINARY
) -> None:
    """Have items indexed whose work needs not be looked for; else as `enqueue`."""
    if not item_ids:
        return
    listed = listed_values(connection, item_ids)
    insert = _insert_from(store, select(listed, literal(now), literal(0), literal(0.0), literal(priority)))
    waits = outbox.c.reason.is_(None)
    again = {
        "queued": case((waits, outbox.c.queued), else_=insert.excluded.queued),
        "priority": case((waits & (outbox.c.priority < priority), outbox.c.priority), else_=priority),
        "reason": None,
    }
    connection.execute(insert.on_conflict_do_update(index_elements=[outbox.c.item_id], set_=again | FREED))


def enqueue_all(store: Store, now: float) -> int:
    """Have every item indexed, deleted ones too; give how many there are. Those that wait keep their place."""
    insert = _insert_from(store, select(items.c.id, literal(now), literal(0), literal(0.0), literal(ORDINARY)))
    statement = insert.on_conflict_do_update(index_elements=[outbox.c.item_id], set_={"reason": None} | FREED)
    with store.begin() as connection:
        connection.execute(statement)
        return connection.execute(select(func.count()).select_from(items)).scalar_one()


def claim_outbox(store: Store, *, limit: int, lease_s: float, now: float, trial: bool = False) -> OutboxBatch | None:
    """Take up to `limit` waiting items for `lease_s`, those that wait longest first.

    Urgent ones come before all others, and by themselves, for what is small is soon done.
    None where there is none, the stage is paused, or its breaker is open; a trial is for whoever has its turn.
    """
    fence = secrets.randbits(FENCE_BITS) or 1
    may_take = ~is_stopped("index") if trial else ~(is_stopped("index") | is_open("index"))
    free = (outbox.c.reason.is_(None), outbox.c.leased_until < now)
    first = select(outbox.c.priority).where(*free).order_by(outbox.c.priority, outbox.c.queued).limit(1)
    waiting = (
        select(outbox.c.item_id)
        .where(*free, outbox.c.priority == first.scalar_subquery(), may_take)
        .order_by(outbox.c.priority, outbox.c.queued, outbox.c.item_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # evaluated once; as a subquery PostgreSQL may run it again and lock more than `limit`
    )
    take = update(outbox).where(outbox.c.item_id.in_(select(waiting))).values(fence=fence, leased_until=now + lease_s)
    with store.begin() as connection:
        if not connection.execute(take.returning(outbox.c.item_id)).all():
            return None
    with store.connect() as connection:  # what changes from here on has lost the fence, and comes again
        taken = select(outbox.c.item_id).where(outbox.c.fence == fence, IS_TAKEN)
        found = read_contents(connection, taken)
    return OutboxBatch(fence, tuple([item for item, _ in found]), tuple([content for _, content in found]))


def renew_outbox(store: Store, fence: int, *, lease_s: float, now: float) -> bool:
    """Hold the rows of a batch for `lease_s` from now on; False where none of them is held any more."""
    with store.begin() as connection:
        held = update(outbox).where(outbox.c.fence == fence, IS_TAKEN)
        return connection.execute(held.values(leased_until=now + lease_s)).rowcount > 0


def acknowledge(store: Store, fence: int, *, now: float, match: Matcher = match_nothing) -> int:
    """Delete the rows of a batch that the index has taken; give their number. Items changed meanwhile stay.

    What has been taken is put into the order of changes, and into the saved filters that `match` it.
    """
    with store.begin() as connection:
        taken = delete(outbox).where(outbox.c.fence == fence, IS_TAKEN).returning(outbox.c.item_id, outbox.c.queued)
        rows = connection.execute(taken).all()
        stamp(store, connection, sorted(row.item_id for row in rows), now, match)
    observe(SEARCHABLE_LAG_S, [now - row.queued for row in rows], LAG_BUCKETS_S)
    return len(rows)


def release_outbox(store: Store, fence: int, until: float) -> None:
    """Give the rows of a batch back, not to be taken before `until`."""
    with store.begin() as connection:
        held = update(outbox).where(outbox.c.fence == fence, IS_TAKEN)
        connection.execute(held.values(fence=0, leased_until=until))


def reject_documents(store: Store, fence: int, refused: Sequence[tuple[str, str]], *, now: float) -> None:
    """Set items aside that the index refuses, each (id, reason): kept, but not taken again before they change.

    They have changed all the same, and are in no saved filter.
    """
    with store.begin() as connection:
        kept = []
        for item_id, reason in refused:
            held = update(outbox).where(outbox.c.item_id == item_id, outbox.c.fence == fence)
            if connection.execute(held.values(FREED | {"reason": reason, "queued": now})).rowcount:
                kept.append(item_id)
        stamp(store, connection, sorted(kept), now, match_nothing)


def outbox_depth(store: Store) -> Depth:
    """Count what the outbox holds."""
    waits = outbox.c.reason.is_(None)
    count = select(func.count()).select_from(outbox)
    urgent = and_(waits, outbox.c.priority == URGENT)
    first = select(func.min(outbox.c.queued))
    with store.connect() as connection:
        oldest_urgent = connection.execute(first.where(urgent)).scalar()
        oldest = connection.execute(first.where(waits, outbox.c.priority == ORDINARY)).scalar()
        return Depth(
            waiting=connection.execute(count.where(waits)).scalar_one(),
            oldest=min((at for at in (oldest, oldest_urgent) if at is not None), default=None),
            rejected=connection.execute(count.where(outbox.c.reason.is_not(None))).scalar_one(),
            urgent=connection.execute(count.where(urgent)).scalar_one(),
            oldest_urgent=oldest_urgent,
        )


def _insert_from(store: Store, rows: Select[Any]) -> sqlite.Insert | postgresql.Insert:
    """Begin to queue what a query gives; without a WHERE, SQLite would take ON CONFLICT for a join."""
    return store.upsert(outbox).from_select(
        ["item_id", "queued", "fence", "leased_until", "priority"], rows.where(true())
    )
