"""Storing a page: its records are compared with what is kept, and one transaction writes what is new of them.

This is the hot path: whole lists go to the database at once.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, select, update

from harvester.endpoint import Endpoint
from harvester.store.comparing import Kept, Plan, RecordRow, fold_rows, plan_page
from harvester.store.connection import Store
from harvester.store.dois import enqueue_dois
from harvester.store.earlier import keep_versions, says_otherwise
from harvester.store.ledger.pages import Claim, held, is_import
from harvester.store.ledger.rejected import Rejected, insert_rejected
from harvester.store.locking import lock_repository, repository_of
from harvester.store.many import execute_many
from harvester.store.membership import among
from harvester.store.minting import mint_ids
from harvester.store.outbox import enqueue
from harvester.store.tables import items, pages, records

__all__ = ["Origin", "PageCounts", "RecordRow", "bump_items", "put_page", "read_kept", "write_plan"]

ENCODER: Final = msgspec.json.Encoder()

ITEM_NAMES: Final = ("id", "repository", "identifier", "version", "deleted", "changed")
KEY_NAMES: Final = ("endpoint", "metadata_prefix", "identifier")
THIS_NAMES: Final = tuple(f"this_{name}" for name in KEY_NAMES)
VALUE_NAMES: Final = (
    *("item_id", "datestamp", "sets", "deleted", "digest"),
    *("run", "number", "seen_run", "metadata", "plan", "doi"),
)

INSERT_ITEM: Final = insert(items)
INSERT_RECORD: Final = insert(records)
UPDATE_RECORD: Final = (
    update(records)
    .where(*(records.c[name] == bindparam(this) for name, this in zip(KEY_NAMES, THIS_NAMES, strict=True)))
    .values({name: bindparam(name) for name in VALUE_NAMES})
)


class Origin(Protocol):
    """The page that records come from: one that is held (a claim), or one that is replayed."""

    @property
    def run(self) -> int:
        """The run of the page."""

    @property
    def number(self) -> int:
        """The page's number in the run."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that the records are of."""

    @property
    def metadata_prefix(self) -> str:
        """The format of the records."""


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
    deleted record that was never seen is kept as deleted, without an item. What a record said before it changes is
    kept as a version of it. Raises: StoreBusyError, StoreFullError.
    """
    with store.begin() as connection:
        lock_repository(connection, claim.endpoint.base_url)
        mine = select(pages.c.number).where(held(claim), pages.c.state == "archived").with_for_update()
        if connection.execute(mine).scalar() is None:
            return None
        newest, repeated = fold_rows(rows)
        kept = read_kept(connection, claim, list(newest))
        plan = plan_page(newest.values(), kept, claim.run, old=is_import(connection, claim.run))
        otherwise = [row.identifier for row in plan.altered if says_otherwise(row, kept[row.identifier])]
        keep_versions(connection, claim.endpoint.key, claim.metadata_prefix, otherwise, now)
        enqueue(store, connection, write_plan(connection, claim, plan, kept, now), now)
        insert_rejected(connection, rejected)
        plan.counts["duplicate"] += repeated
        counts = PageCounts(**plan.counts, rejected=len(rejected))
        stored = {"state": "stored", "leased_until": now, "error": None} | msgspec.structs.asdict(counts)
        connection.execute(update(pages).where(held(claim)).values(stored))
        return counts


def read_kept(connection: Connection, page: Origin, identifiers: Sequence[str]) -> dict[str, Kept]:
    """Give what is kept of the records of a page's endpoint and format, by identifier."""
    columns = [records.c[name] for name in Kept.__struct_fields__]
    same = among(connection, records.c.identifier, identifiers)
    found = connection.execute(select(*columns).where(*_scope(page), same)).all()
    return {row[0]: Kept(*row) for row in found}


def _scope(page: Origin) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return records.c.endpoint == page.endpoint.key, records.c.metadata_prefix == page.metadata_prefix


def write_plan(connection: Connection, page: Origin, plan: Plan, kept: Mapping[str, Kept], now: float) -> list[str]:
    """Write what a page changes; give the ids of the items that are new or changed, in order."""
    homes = {row.identifier: kept[row.identifier].item_id for row in plan.altered}
    item_of = {identifier: item_id for identifier, item_id in homes.items() if item_id is not None}
    changed = (*plan.fresh, *plan.altered)
    enqueue_dois(connection, {row.doi for row in changed if row.doi}, now)
    homeless = [row.identifier for row in changed if not row.deleted and row.identifier not in item_of]
    item_of |= _find_items(connection, page, homeless)
    unknown = [identifier for identifier in homeless if identifier not in item_of]
    joined = sorted(set(item_of.values()))
    minted = dict(zip(unknown, mint_ids(len(unknown), now), strict=True))
    item_of |= minted
    _insert_items(connection, page, minted, now)
    _insert_records(connection, page, plan.fresh, item_of)
    _update_records(connection, page, plan.altered, item_of, kept)
    _touch_records(connection, page, plan.seen)
    bump_items(connection, joined, now)
    return sorted([*joined, *minted.values()])


def _find_items(connection: Connection, page: Origin, identifiers: Sequence[str]) -> dict[str, str]:
    """Give the items that other formats or endpoints of the repository have made, by OAI identifier."""
    here = items.c.repository == repository_of(page.endpoint.base_url)
    same = among(connection, items.c.identifier, identifiers)
    found = connection.execute(select(items.c.identifier, items.c.id).where(here, same)).all()
    return {row[0]: row[1] for row in found}


def _insert_items(connection: Connection, page: Origin, minted: Mapping[str, str], now: float) -> None:
    repository = repository_of(page.endpoint.base_url)
    rows = [(key, repository, identifier, 1, False, now) for identifier, key in minted.items()]
    execute_many(connection, INSERT_ITEM, ITEM_NAMES, rows)


def _insert_records(
    connection: Connection, page: Origin, rows: Sequence[RecordRow], item_of: Mapping[str, str]
) -> None:
    execute_many(connection, INSERT_RECORD, KEY_NAMES + VALUE_NAMES, _record_rows(page, rows, item_of, {}))


def _update_records(
    connection: Connection,
    page: Origin,
    rows: Sequence[RecordRow],
    item_of: Mapping[str, str],
    kept: Mapping[str, Kept],
) -> None:
    execute_many(connection, UPDATE_RECORD, THIS_NAMES + VALUE_NAMES, _record_rows(page, rows, item_of, kept))


def _record_rows(
    page: Origin, rows: Sequence[RecordRow], item_of: Mapping[str, str], kept: Mapping[str, Kept]
) -> list[tuple[object, ...]]:
    """Give the values of records, their key first, in the order of the names above."""
    endpoint, prefix, run, number = page.endpoint.key, page.metadata_prefix, page.run, page.number
    sets = {said: ENCODER.encode(said).decode() for said in {row.sets for row in rows}}
    seen = {row.identifier: run for row in rows}
    for identifier in seen.keys() & kept.keys():
        seen[identifier] = max(run, kept[identifier].seen_run)  # a replayed page is not the last that showed it
    return [
        (
            *(endpoint, prefix, row.identifier, item_of.get(row.identifier), row.datestamp, sets[row.sets]),
            *(row.deleted, row.digest, run, number, seen[row.identifier], row.metadata, None, row.doi),
        )
        for row in rows
    ]


def _touch_records(connection: Connection, page: Origin, identifiers: Sequence[str]) -> None:
    if identifiers:
        same = among(connection, records.c.identifier, identifiers)
        connection.execute(update(records).where(*_scope(page), same).values(seen_run=page.run))


def bump_items(connection: Connection, item_ids: Sequence[str], now: float) -> None:
    """Give items a new version; one without a live record left is deleted, any other is not."""
    if item_ids:
        live = exists().where(records.c.item_id == items.c.id, ~records.c.deleted)
        bumped = update(items).where(among(connection, items.c.id, item_ids))
        connection.execute(bumped.values(version=items.c.version + 1, changed=now, deleted=~live))
