"""Takedowns: a person hides a work for good, whatever its sources say from then on.

All parts that the work has then are taken down, those that are deleted too. A work with a part that is taken down is
hidden (`items.hidden`, kept up by the step that joins works): what joins it later is hidden as long as it is a part of
it, and shown again when it leaves; what was a part of it from the start stays hidden by itself when the work is taken
apart. Nothing is thrown away: pages, records and edits stay, so that a takedown can be taken back.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, insert, select, tuple_, update

from harvester.errors import RejectedError
from harvester.moments import utc
from harvester.store.connection import Store
from harvester.store.locking import lock_repository
from harvester.store.membership import among
from harvester.store.operating.audit import audit_in
from harvester.store.outbox import URGENT, enqueue
from harvester.store.records import bump_items
from harvester.store.tables import items, takedowns
from harvester.store.works.joining import JOINER
from harvester.store.works.parts import lock_items, work_of

MAX_REASON: Final = 2_000


class TakedownError(RejectedError):
    """A takedown that cannot be made or taken back; the text says why."""


class Takedown(Struct, frozen=True, kw_only=True):
    """A takedown of a work, by the item that led it then, and all parts that it had.

    `public`: readers are told the reason. `at` and `revoked` in seconds since 1970, `revoked` 0 while it is in force.
    """

    item: str
    parts: tuple[str, ...]
    actor: str
    reason: str
    public: bool
    at: float
    revoked: float


def told(takedown: Takedown) -> str:
    """Give a takedown in a sentence, for operators."""
    reason = f"{takedown.reason}, which readers are told" if takedown.public else takedown.reason
    return f"item {takedown.item} was taken down by {takedown.actor} at {utc(takedown.at)} ({reason})"


def take_down(store: Store, item_id: str, *, actor: str, reason: str, public: bool = False, now: float) -> Takedown:
    """Hide the work of an item; the index is to take that before all else. Raises: TakedownError."""
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise TakedownError(f"a takedown needs a reason of 1 to {MAX_REASON:,} characters")
    with store.begin() as connection:
        lock_repository(connection, JOINER)  # only who has this may hold several repositories
        parts = work_of(connection, item_id)
        if not lock_items(connection, parts):
            raise TakedownError(f"there is no item {item_id}: `oaihub search` finds items and shows their ids")
        if standing := _read(connection, parts, in_force=True):
            raise TakedownError(f"item {item_id} is taken down already ({standing[0].reason})")
        lead = connection.execute(select(items.c.merged_into).where(items.c.id == item_id)).scalar() or item_id
        made = Takedown(item=lead, parts=tuple(parts), actor=actor, reason=reason, public=public, at=now, revoked=0.0)
        row = {"work": lead, "actor": actor, "reason": reason, "public": public, "at": now, "revoked": 0.0}
        connection.execute(insert(takedowns), [row | {"item_id": part} for part in parts])
        connection.execute(update(items).where(among(connection, items.c.id, parts)).values(hidden=True))
        bump_items(connection, parts, now)
        enqueue(store, connection, parts, now, priority=URGENT)
        details = {"reason": reason, "public": public, "parts": parts}
        audit_in(connection, actor=actor, action="takedown", object=f"item:{lead}", details=details, now=now)
        return made


def undo_takedown(store: Store, item_id: str, *, actor: str, reason: str = "", now: float) -> list[Takedown]:
    """Take back what hides an item, for all parts at once; they are shown when works are joined next.

    Raises: TakedownError where nothing hides it.
    """
    with store.begin() as connection:
        lock_repository(connection, JOINER)
        standing = _read(connection, work_of(connection, item_id), in_force=True)
        if not standing:
            raise TakedownError(f"item {item_id} is not taken down: `oaihub takedown list` lists what is")
        places = [(one.item, one.at) for one in standing]
        mine = tuple_(takedowns.c.work, takedowns.c.at).in_(places), takedowns.c.revoked == 0
        connection.execute(update(takedowns).where(*mine).values(revoked=now))
        parts = sorted({part for one in standing for part in one.parts})
        enqueue(store, connection, parts, now, priority=URGENT)
        for one in standing:
            details = {"reason": reason, "parts": one.parts}
            audit_in(
                connection, actor=actor, action="takedown undo", object=f"item:{one.item}", details=details, now=now
            )
        return standing


def get_takedown(store: Store, item_id: str) -> Takedown | None:
    """Give what hides an item: the oldest takedown in force of a part of its work; None where nothing does."""
    with store.connect() as connection:
        return next(iter(_read(connection, work_of(connection, item_id), in_force=True)), None)


def list_takedowns(store: Store, *, also_revoked: bool = False) -> list[Takedown]:
    """Give the takedowns in force, or all that there were, the oldest first."""
    with store.connect() as connection:
        return _read(connection, None, in_force=not also_revoked)


def _read(connection: Connection, parts: Iterable[str] | None, *, in_force: bool) -> list[Takedown]:
    """Give takedowns whole, of some items (None: of all), the oldest first."""
    wanted = select(takedowns).order_by(takedowns.c.at, takedowns.c.id)
    if in_force:
        wanted = wanted.where(takedowns.c.revoked == 0)
    if parts is not None:
        of = among(connection, takedowns.c.item_id, sorted(parts))
        works = select(takedowns.c.work, takedowns.c.at).where(of)
        wanted = wanted.where(tuple_(takedowns.c.work, takedowns.c.at).in_(works))
    found: dict[tuple[str, float], list[str]] = {}
    rows = {}
    for row in connection.execute(wanted):
        found.setdefault((row.work, row.at), []).append(row.item_id)
        rows[row.work, row.at] = row
    return [
        Takedown(
            item=row.work,
            parts=tuple(found[place]),
            actor=row.actor,
            reason=row.reason,
            public=row.public,
            at=row.at,
            revoked=row.revoked,
        )
        for place, row in rows.items()
    ]
