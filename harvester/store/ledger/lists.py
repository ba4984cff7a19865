"""How a list goes on: a page and what follows from it are written together, so a list never loses its thread."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from harvester.store.connection import Store
from harvester.store.ledger.pages import IS_OPEN, Claim, held
from harvester.store.ledger.rejected import Rejected, insert_rejected
from harvester.store.ledger.windows import NewPage, insert_pages, open_windows
from harvester.store.membership import among
from harvester.store.tables import pages, records, rejected, windows
from harvester.windows import Bounds, Reason, full_datestamp

ENCODER: Final = msgspec.json.Encoder()
OTHER: Final = pages.alias("other")


class Following(Struct, frozen=True, kw_only=True):
    """What comes after a page: pages of its own window, or windows of its set instead."""

    pages: tuple[NewPage, ...] = ()
    slices: tuple[Bounds, ...] = ()
    reason: Reason = "slice"


class Archived(Struct, frozen=True):
    """A page that was marked archived, and the numbers of the pages that were opened with it."""

    next_numbers: tuple[int, ...]


class Repeated(Struct, frozen=True):
    """A page that was not marked, because its list gave the same records before, on page `number`."""

    number: int


class SoFar(Struct, frozen=True):
    """What some pages of a list brought: records in all and on the largest, and the largest count it said it has."""

    received: int
    page_size: int
    size: int | None


class Dug(Struct, frozen=True):
    """How a run's digging goes: windows opened for it, and how many of their lists answered and did not."""

    opened: int
    answered: int
    failed: int


def mark_archived(
    store: Store,
    claim: Claim,
    *,
    location: str,
    received: int,
    size_bytes: int = 0,
    response_date: str,
    complete_list_size: int | None,
    now: float,
    digest: bytes | None = None,
    notes: Mapping[str, int] | None = None,
    following: Following | None = None,
) -> Archived | Repeated | None:
    """Note where a page is archived, in how many bytes, and what was met on it, and write what follows.

    The page stays held, with its tries counted anew. Gives None where it is no longer held; nothing is written then.
    """
    values = {
        "state": "archived",
        "location": location,
        "archived_bytes": size_bytes,
        "received": received,
        "response_date": response_date,
        "complete_list_size": complete_list_size,
        "digest": digest,
        "notes": ENCODER.encode(notes).decode() if notes else None,
        "tries": 1,
        "error": None,
    }
    mine = update(pages).where(held(claim), pages.c.state == "pending")
    if digest is not None:
        mine = mine.where(~exists().where(_same_page(claim, digest)))
    with store.begin() as connection:
        if connection.execute(mine.values(values)).rowcount != 1:
            return None if digest is None else _repeated(connection, claim, digest)
        return Archived(_write_following(connection, claim, following or Following(), now))


def replace_page(
    store: Store,
    claim: Claim,
    parts: Sequence[Bounds],
    *,
    reason: Reason,
    note: str,
    error: str,
    now: float,
    restarts: int = 0,
    verb: str = "ListRecords",
) -> tuple[int, ...] | None:
    """Close a page that cannot be had, and open windows over its set instead; give the numbers of their first pages.

    None where the page is no longer held: nothing is written then.
    """
    closed = {"state": "stored", "restarted": True, "leased_until": 0.0, "error": error, "notes": _one(note)}
    with store.begin() as connection:
        if (
            connection.execute(update(pages).where(held(claim), pages.c.state == "pending").values(closed)).rowcount
            != 1
        ):
            return None
        wanted = [(claim.window.set_spec, bounds) for bounds in parts]
        return open_windows(connection, claim.run, wanted, reason=reason, now=now, restarts=restarts, verb=verb)


def merge_windows(store: Store, claim: Claim, *, error: str, now: float) -> tuple[int, ...] | None:
    """Close all open pages of a set that was cut into windows, and begin it anew as one list.

    For a repository that turns out not to give what the windows ask for. None where the page is no longer held.
    """
    closed = {"state": "stored", "restarted": True, "leased_until": 0.0, "error": error, "fence": pages.c.fence + 1}
    bounds = (
        full_datestamp(claim.since) if claim.since else None,
        full_datestamp(claim.until, end=True) if claim.until else None,
    )
    others = and_(pages.c.run == claim.run, pages.c.set_spec == claim.window.set_spec, pages.c.state == "pending")
    with store.begin() as connection:
        mine = select(pages.c.number).where(held(claim), pages.c.state == "pending").with_for_update()
        if connection.execute(mine).scalar() is None:
            return None
        connection.execute(update(pages).where(others).values(closed | {"notes": _one("not_selective")}))
        return open_windows(connection, claim.run, [(claim.window.set_spec, bounds)], reason="whole", now=now)


def reject_page(store: Store, claim: Claim, reject: Rejected, now: float) -> bool:
    """Set the one record of a GetRecord page aside that the repository does not give; False where it is not held."""
    stored = {"state": "stored", "leased_until": now, "error": reject.reason, "received": 1, "rejected": 1}
    with store.begin() as connection:
        marked = update(pages).where(held(claim), pages.c.state == "pending")
        if connection.execute(marked.values(stored)).rowcount != 1:
            return False
        insert_rejected(connection, [reject])
        return True


def unseen(store: Store, claim: Claim, identifiers: Sequence[str]) -> list[str]:
    """Give those of some identifiers that this run has neither stored nor set aside, in order."""
    endpoint, prefix = claim.endpoint.key, claim.metadata_prefix
    own = (records.c.endpoint == endpoint, records.c.metadata_prefix == prefix, records.c.seen_run == claim.run)
    with store.connect() as connection:
        stored = select(records.c.identifier).where(*own, among(connection, records.c.identifier, identifiers))
        aside = select(rejected.c.identifier).where(
            rejected.c.run == claim.run, among(connection, rejected.c.identifier, identifiers)
        )
        known = {*connection.execute(stored).scalars(), *connection.execute(aside).scalars()}
    return [identifier for identifier in dict.fromkeys(identifiers) if identifier not in known]


def window_so_far(store: Store, claim: Claim) -> SoFar:
    """Sum up the other pages of a window."""
    here = (pages.c.run == claim.run, pages.c.window == claim.window.number, pages.c.number != claim.number)
    received = (func.coalesce(count(pages.c.received), 0) for count in (func.sum, func.max))
    with store.connect() as connection:
        row = connection.execute(select(*received, func.max(pages.c.complete_list_size)).where(*here)).one()
        return SoFar(int(row[0]), int(row[1]), row[2])


def dug_so_far(store: Store, run: int) -> Dug:
    """Sum up the windows by which a run digs for records that the repository fails at."""
    digging = and_(windows.c.run == pages.c.run, windows.c.number == pages.c.window, windows.c.reason == "dig")
    counted = select(
        func.count(func.distinct(pages.c.window)),
        func.count().filter(pages.c.location.is_not(None) | (pages.c.removed > 0)),
        func.count().filter(pages.c.restarted | (pages.c.state == "dead")),
    )
    with store.connect() as connection:
        row = connection.execute(
            counted.select_from(pages).join(windows, digging).where(pages.c.run == run, pages.c.verb != "GetRecord")
        ).one()
        return Dug(*map(int, row))


def count_empty_pages(store: Store, claim: Claim) -> int:
    """Count the pages of a window that brought no record and yet named a next page."""
    here = (pages.c.run == claim.run, pages.c.window == claim.window.number, pages.c.received == 0, ~IS_OPEN)
    with store.connect() as connection:
        return int(connection.execute(select(func.count()).where(*here)).scalar_one())


def _write_following(connection: Connection, claim: Claim, following: Following, now: float) -> tuple[int, ...]:
    numbers = insert_pages(connection, claim.run, following.pages, now) if following.pages else ()
    if not following.slices:
        return numbers
    parts = [(claim.window.set_spec, bounds) for bounds in following.slices]
    return numbers + open_windows(connection, claim.run, parts, reason=following.reason, now=now)


def _same_page(claim: Claim, digest: bytes) -> ColumnElement[bool]:
    here = and_(OTHER.c.run == claim.run, OTHER.c.window == claim.window.number, OTHER.c.number != claim.number)
    return and_(here, OTHER.c.digest == digest)


def _repeated(connection: Connection, claim: Claim, digest: bytes) -> Repeated | None:
    """Tell which page gave the same, None where it is the lease that was lost."""
    mine = select(pages.c.number).where(held(claim), pages.c.state == "pending")
    if connection.execute(mine).scalar() is None:
        return None
    earlier = select(OTHER.c.number).where(_same_page(claim, digest)).order_by(OTHER.c.number).limit(1)
    return Repeated(connection.execute(earlier).scalar_one())


def _one(note: str) -> str:
    return ENCODER.encode({note: 1}).decode()
