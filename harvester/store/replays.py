"""Taking a page back into the store that was normalised anew: only what the page still owns, and only what differs.

A record is owned by the page that it was last read from. Everything else on a page is history: a newer page has it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select, tuple_

from harvester.endpoint import Endpoint
from harvester.store.comparing import Kept, Plan, RecordRow, fold_rows
from harvester.store.connection import Store
from harvester.store.errors import UnknownEndpointError
from harvester.store.ledger.rejected import Rejected, read_rejected, replace_rejected
from harvester.store.locking import lock_repository
from harvester.store.outbox import enqueue
from harvester.store.records import read_kept, write_plan
from harvester.store.tables import endpoints, pages, plans, records, rejected, runs

ENDPOINT_DECODER: Final = msgspec.json.Decoder(Endpoint)


class ReplayPage(Struct, frozen=True):
    """An archived page that can be normalised anew."""

    run: int
    number: int
    endpoint: Endpoint
    metadata_prefix: str
    verb: str
    location: str


class ReplayCounts(Struct, frozen=True):
    """What became of the records of a page; the sum is their number.

    unchanged: as they are kept; changed: rewritten; recovered: they had been rejected; rejected: they still are;
    newly_rejected: they cannot be normalised any more, and stay as they are; elsewhere: a newer page has them.
    """

    unchanged: int = 0
    changed: int = 0
    recovered: int = 0
    rejected: int = 0
    newly_rejected: int = 0
    elsewhere: int = 0


class _Outcome(Struct):
    """What a page means for the store: what is to be written, and the counts."""

    plan: Plan
    kept: dict[str, Kept]
    counts: dict[str, int]
    rejects: list[Rejected]
    rejects_differ: bool

    @property
    def writes(self) -> bool:
        return bool(self.plan.fresh or self.plan.altered or self.rejects_differ)


def endpoint_pages(store: Store, endpoint: str | None = None) -> list[ReplayPage]:
    """Give the pages that own a live record of an endpoint (of all where None), or have rejected ones, oldest first."""
    own = select(records.c.run, records.c.number).where(~records.c.deleted)
    aside = select(rejected.c.run, rejected.c.number)
    if endpoint is not None:
        own = own.where(records.c.endpoint == endpoint)
    page = tuple_(pages.c.run, pages.c.number)
    wanted = or_(page.in_(own.distinct()), page.in_(aside.distinct()))
    return _list(store, wanted if endpoint is None else and_(wanted, runs.c.endpoint == endpoint))


def rejected_pages(store: Store, *, endpoint: str | None, cause: str | None, run: int | None) -> list[ReplayPage]:
    """Give the pages that have set records aside, oldest first: of an endpoint, a cause, a run where given."""
    aside = select(rejected.c.run, rejected.c.number)
    aside = aside if cause is None else aside.where(rejected.c.cause == cause)
    aside = aside if run is None else aside.where(rejected.c.run == run)
    wanted = tuple_(pages.c.run, pages.c.number).in_(aside.distinct())
    return _list(store, wanted if endpoint is None else and_(wanted, runs.c.endpoint == endpoint))


def run_pages(store: Store, run: int, number: int | None = None) -> list[ReplayPage]:
    """Give the pages of a run that are archived and stored, or the one of this number."""
    of_run = pages.c.run == run
    return _list(store, of_run if number is None else and_(of_run, pages.c.number == number))


def rejected_places(store: Store, page: ReplayPage) -> list[int]:
    """Give the places on a page of the records that were set aside."""
    of_page = (rejected.c.run == page.run, rejected.c.number == page.number)
    with store.connect() as connection:
        return list(connection.execute(select(rejected.c.position).where(*of_page)).scalars())


def put_replay(
    store: Store,
    page: ReplayPage,
    rows: Sequence[RecordRow],
    rejects: Sequence[Rejected],
    freed: Collection[str],
    *,
    now: float,
) -> ReplayCounts:
    """Take the records of a page back, in one transaction; where nothing differs nothing is written.

    `freed` are the identifiers of those that had been set aside and now can be read: they become records unless a
    newer page, or a later run, has shown them. What is deleted stays deleted. Raises: UnknownEndpointError where the
    endpoint is gone.
    """
    with store.connect() as connection:
        outcome = _compare(connection, page, rows, rejects, freed)
    if not outcome.writes:
        return ReplayCounts(**outcome.counts)
    with store.begin() as connection:
        lock_repository(connection, page.endpoint.base_url)
        if not connection.execute(select(exists().where(endpoints.c.key == page.endpoint.key))).scalar():
            raise UnknownEndpointError(f"endpoint {page.endpoint.key} was removed: its records stay deleted")
        outcome = _compare(connection, page, rows, rejects, freed)
        enqueue(store, connection, write_plan(connection, page, outcome.plan, outcome.kept, now), now)
        if outcome.rejects_differ:
            replace_rejected(connection, page.run, page.number, outcome.rejects)
    return ReplayCounts(**outcome.counts)


def _compare(
    connection: Connection,
    page: ReplayPage,
    rows: Sequence[RecordRow],
    rejects: Sequence[Rejected],
    freed: Collection[str],
) -> _Outcome:
    newest, repeated = fold_rows(rows)
    named = [row.identifier for row in rejects if row.identifier is not None]
    kept = read_kept(connection, page, [*newest, *named])
    plan_runs = _plan_runs(connection, kept)
    outcome = _Outcome(Plan([], [], [], {}), kept, dict.fromkeys(ReplayCounts.__struct_fields__, 0), [], False)
    for row in newest.values():
        before = kept.get(row.identifier)
        deleted_by = plan_runs.get(before.plan, 0) if before is not None and before.plan is not None else 0
        line = _line(row, before, page, deleted_by, freed=row.identifier in freed)
        outcome.counts[line] += 1
        if line in {"changed", "recovered"}:
            (outcome.plan.fresh if before is None else outcome.plan.altered).append(row)
    outcome.counts["elsewhere"] += repeated
    _compare_rejects(connection, page, rejects, outcome)
    return outcome


def _plan_runs(connection: Connection, kept: Mapping[str, Kept]) -> dict[int, int]:
    """Give the run of each deletion plan that deleted one of some records."""
    deleting = {record.plan for record in kept.values() if record.plan is not None}
    if not deleting:
        return {}
    found = connection.execute(select(plans.c.id, plans.c.run).where(plans.c.id.in_(deleting)))
    return {row.id: row.run for row in found}


def _compare_rejects(connection: Connection, page: ReplayPage, rejects: Sequence[Rejected], outcome: _Outcome) -> None:
    """Sort what was set aside now: again, anew, or of a record that a newer page has."""
    before = read_rejected(connection, page.run, page.number)
    places = {reject.position for reject in before}
    for reject in sorted(rejects, key=lambda reject: reject.position):
        kept = None if reject.identifier is None else outcome.kept.get(reject.identifier)
        if reject.position in places:
            line = "rejected"
        elif kept is None or _owns(page, kept):
            line = "newly_rejected"
        else:
            line = "elsewhere"
        outcome.counts[line] += 1
        if line != "elsewhere":
            outcome.rejects.append(reject)
    outcome.rejects_differ = outcome.rejects != before


def _line(row: RecordRow, kept: Kept | None, page: ReplayPage, deleted_by: int, *, freed: bool) -> str:
    """Give the count that a record goes to."""
    if kept is None:
        return "recovered"
    same = kept.deleted if row.deleted else (not kept.deleted and row.digest == kept.digest)
    if _owns(page, kept):
        return "unchanged" if same or kept.deleted else "changed"
    if not (freed and _is_newer(row, kept, page, deleted_by)):
        return "elsewhere"
    return "unchanged" if same else "recovered"


def _is_newer(row: RecordRow, kept: Kept, page: ReplayPage, deleted_by: int) -> bool:
    """Tell whether a page says something newer of a record than the page that owns it, and all that showed it since.

    `deleted_by` is the run whose complete list lacked the record (0: none did).
    """
    if max(kept.seen_run, deleted_by) > page.run:
        return False
    return row.datestamp > kept.datestamp or (kept.seen_run < page.run and not kept.deleted)


def _owns(page: ReplayPage, kept: Kept) -> bool:
    return (kept.run, kept.number) == (page.run, page.number)


def _list(store: Store, condition: ColumnElement[bool]) -> list[ReplayPage]:
    known: dict[bytes, Endpoint] = {}
    found = []
    with store.connect() as connection:
        for row in connection.execute(_replayable().where(condition).order_by(pages.c.run, pages.c.number)):
            endpoint = known.get(row.definition) or ENDPOINT_DECODER.decode(row.definition)
            known[row.definition] = endpoint
            found.append(ReplayPage(row.run, row.number, endpoint, row.metadata_prefix, row.verb, row.location))
    return found


def _replayable() -> Select[tuple[int, int, bytes, str, str, str]]:
    joined = pages.join(runs, runs.c.id == pages.c.run).join(endpoints, endpoints.c.key == runs.c.endpoint)
    columns = (
        pages.c.run,
        pages.c.number,
        endpoints.c.definition,
        runs.c.metadata_prefix,
        pages.c.verb,
        pages.c.location,
    )
    return (
        select(*columns)
        .select_from(joined)
        .where(pages.c.state == "stored", pages.c.location.is_not(None), pages.c.removed == 0)
    )
