"""Storing a page: its records are compared with what is kept, and one transaction writes what is new of them.

This is the hot path: whole lists go to the database at once.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, select, update

from harvester.store.comparing import Kept, Plan, RecordRow, fold_rows, plan_page
from harvester.store.connection import Store
from harvester.store.locking import lock_repository, repository_of
from harvester.store.many import execute_many
from harvester.store.membership import among
from harvester.store.minting import mint_ids
from harvester.store.outbox import enqueue
from harvester.store.pages import Claim, held
from harvester.store.rejected import Rejected, insert_rejected
from harvester.store.tables import items, pages, records

__all__ = ["PageCounts", "RecordRow", "put_page"]

ENCODER: Final = msgspec.json.Encoder()

ITEM_NAMES: Final = ("id", "repository", "identifier", "version", "deleted", "changed")
KEY_NAMES: Final = ("endpoint", "metadata_prefix", "identifier")
THIS_NAMES: Final = tuple(f"this_{name}" for name in KEY_NAMES)
VALUE_NAMES: Final = ("item_id", "datestamp", "sets", "deleted", "digest", "run", "number", "seen_run", "metadata")

INSERT_ITEM: Final = insert(items)
INSERT_RECORD: Final = insert(records)
UPDATE_RECORD: Final = (
    update(records)
    .where(*(records.c[name] == bindparam(this) for name, this in zip(KEY_NAMES, THIS_NAMES, strict=True)))
    .values({name: bindparam(name) for name in VALUE_NAMES})
)


class PageCounts(Struct, frozen=True):
    """What became of the records of a page; the sum is their number."""

    new: int
    changed: int
    unchanged: int
    deleted: int
    duplicate: int
    rejected: int


def put_page(
    store: Store, claim: Claim, rows: Sequence[RecordRow], rejected: Sequence[Rejected], *, now: float
) -> PageCounts | None:
    """Store the records of an archived page in one transaction; None where the page is no longer held.

    A record that this run has seen before counts as duplicate; its newest datestamp wins, the later one of equals. A
    deleted record that was never seen is kept as deleted, without an item. Raises: StoreBusyError, StoreFullError.
    """
    with store.begin() as connection:
        lock_repository(connection, claim.endpoint.base_url)
        mine = select(pages.c.number).where(held(claim), pages.c.state == "archived").with_for_update()
        if connection.execute(mine).scalar() is None:
            return None
        newest, repeated = fold_rows(rows)
        kept = _read_kept(connection, claim, list(newest))
        plan = plan_page(newest.values(), kept, claim.run)
        enqueue(store, connection, _write(connection, claim, plan, kept, now), now)
        insert_rejected(connection, rejected)
        plan.counts["duplicate"] += repeated
        counts = PageCounts(**plan.counts, rejected=len(rejected))
        stored = {"state": "stored", "leased_until": 0.0, "error": None} | msgspec.structs.asdict(counts)
        connection.execute(update(pages).where(held(claim)).values(stored))
        return counts


def _read_kept(connection: Connection, claim: Claim, identifiers: Sequence[str]) -> dict[str, Kept]:
    columns = [records.c[name] for name in Kept.__struct_fields__]
    same = among(connection, records.c.identifier, identifiers)
    found = connection.execute(select(*columns).where(*_scope(claim), same)).all()
    return {row[0]: Kept(*row) for row in found}


def _scope(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return records.c.endpoint == claim.endpoint.key, records.c.metadata_prefix == claim.metadata_prefix


def _write(connection: Connection, claim: Claim, plan: Plan, kept: Mapping[str, Kept], now: float) -> list[str]:
    """Write what a page changes; give the ids of the items that are new or changed, in order."""
    homes = {row.identifier: kept[row.identifier].item_id for row in plan.altered}
    item_of = {identifier: item_id for identifier, item_id in homes.items() if item_id is not None}
    changed = (*plan.fresh, *plan.altered)
    homeless = [row.identifier for row in changed if not row.deleted and row.identifier not in item_of]
    item_of |= _find_items(connection, claim, homeless)
    unknown = [identifier for identifier in homeless if identifier not in item_of]
    joined = sorted(set(item_of.values()))
    minted = dict(zip(unknown, mint_ids(len(unknown), now), strict=True))
    item_of |= minted
    _insert_items(connection, claim, minted, now)
    _insert_records(connection, claim, plan.fresh, item_of)
    _update_records(connection, claim, plan.altered, item_of)
    _touch_records(connection, claim, plan.seen)
    _bump_items(connection, joined, now)
    return sorted([*joined, *minted.values()])


def _find_items(connection: Connection, claim: Claim, identifiers: Sequence[str]) -> dict[str, str]:
    """Give the items that other formats or endpoints of the repository have made, by OAI identifier."""
    here = items.c.repository == repository_of(claim.endpoint.base_url)
    same = among(connection, items.c.identifier, identifiers)
    found = connection.execute(select(items.c.identifier, items.c.id).where(here, same)).all()
    return {row[0]: row[1] for row in found}


def _insert_items(connection: Connection, claim: Claim, minted: Mapping[str, str], now: float) -> None:
    repository = repository_of(claim.endpoint.base_url)
    rows = [(key, repository, identifier, 1, False, now) for identifier, key in minted.items()]
    execute_many(connection, INSERT_ITEM, ITEM_NAMES, rows)


def _insert_records(
    connection: Connection, claim: Claim, rows: Sequence[RecordRow], item_of: Mapping[str, str]
) -> None:
    execute_many(connection, INSERT_RECORD, KEY_NAMES + VALUE_NAMES, _record_rows(claim, rows, item_of))


def _update_records(
    connection: Connection, claim: Claim, rows: Sequence[RecordRow], item_of: Mapping[str, str]
) -> None:
    execute_many(connection, UPDATE_RECORD, THIS_NAMES + VALUE_NAMES, _record_rows(claim, rows, item_of))


def _record_rows(claim: Claim, rows: Sequence[RecordRow], item_of: Mapping[str, str]) -> list[tuple[object, ...]]:
    """Give the values of records, their key first, in the order of the names above."""
    endpoint, prefix, run, number = claim.endpoint.key, claim.metadata_prefix, claim.run, claim.number
    sets = {said: ENCODER.encode(said).decode() for said in {row.sets for row in rows}}
    return [
        (
            *(endpoint, prefix, row.identifier, item_of.get(row.identifier), row.datestamp, sets[row.sets]),
            *(row.deleted, row.digest, run, number, run, row.metadata),
        )
        for row in rows
    ]


def _touch_records(connection: Connection, claim: Claim, identifiers: Sequence[str]) -> None:
    if identifiers:
        same = among(connection, records.c.identifier, identifiers)
        connection.execute(update(records).where(*_scope(claim), same).values(seen_run=claim.run))


def _bump_items(connection: Connection, item_ids: Sequence[str], now: float) -> None:
    """Give items a new version; one without a live record left is deleted, any other is not."""
    if item_ids:
        live = exists().where(records.c.item_id == items.c.id, ~records.c.deleted)
        bumped = update(items).where(among(connection, items.c.id, item_ids))
        connection.execute(bumped.values(version=items.c.version + 1, changed=now, deleted=~live))
