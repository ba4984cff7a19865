"""What a page of records means for what is kept: nothing here touches the database."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct


class RecordRow(Struct, frozen=True, gc=False):
    """A record as it is stored: `metadata` is JSON of harvester.item.Metadata, b"" when deleted.

    Two records are the same where their `digest` is. `doi` is the record's own DOI, in lower case.
    """

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool
    metadata: bytes
    digest: bytes
    doi: str | None = None


class Kept(Struct, frozen=True, gc=False):
    """What the store holds of a record; `run` and `number` are the page that it was last read from.

    `plan` is the deletion plan that deleted it, None where none did.
    """

    identifier: str
    item_id: str | None
    datestamp: str
    deleted: bool
    digest: bytes
    seen_run: int
    run: int
    number: int
    plan: int | None


class Plan(Struct):
    """What a page means for the store: record rows to insert, to update and to touch, and the counts."""

    fresh: list[RecordRow]
    altered: list[RecordRow]
    seen: list[str]
    counts: dict[str, int]


def fold_rows(rows: Sequence[RecordRow]) -> tuple[dict[str, RecordRow], int]:
    """Give one row for each identifier, and how many were left out."""
    newest: dict[str, RecordRow] = {}
    for row in rows:
        other = newest.get(row.identifier)
        if other is None or row.datestamp >= other.datestamp:
            newest[row.identifier] = row
    return newest, len(rows) - len(newest)


def plan_page(rows: Iterable[RecordRow], kept: Mapping[str, Kept], run: int, *, old: bool = False) -> Plan:
    """Sort the records of a page, one for each identifier, by what is to be done with them.

    A page may be `old` (of a dump): then a record that is older than what is kept leaves it as it is.
    """
    plan = Plan([], [], [], dict.fromkeys(("new", "changed", "unchanged", "deleted", "duplicate"), 0))
    for row in rows:
        before = kept.get(row.identifier)
        if old and before is not None and row.datestamp < before.datestamp:
            plan.counts["duplicate" if before.seen_run == run else "unchanged"] += 1
            plan.seen.append(row.identifier)
            continue
        plan.counts[_line(row, before, run)] += 1
        if before is None:
            plan.fresh.append(row)
        elif before.plan is not None:  # it is back, or the repository says itself that it is deleted
            plan.altered.append(row)
        elif _is_same(row, before) or (before.seen_run == run and row.datestamp < before.datestamp):
            plan.seen.append(row.identifier)
        else:
            plan.altered.append(row)
    return plan


def _is_same(row: RecordRow, before: Kept) -> bool:
    return before.deleted if row.deleted else (not before.deleted and row.digest == before.digest)


def _line(row: RecordRow, before: Kept | None, run: int) -> str:
    """Give the line of the balance that a record counts in."""
    if before is None:
        return "deleted" if row.deleted else "new"
    if before.seen_run == run:
        return "duplicate"
    if _is_same(row, before):
        return "unchanged"
    if row.deleted:
        return "deleted"
    return "changed" if before.item_id else "new"
