"""The main path of the indexer: what waits in the outbox becomes documents in the index.

A crash anywhere loses nothing: a row leaves the outbox only after its document is durable in the index, and a document
that is written twice has the same version.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from msgspec import Struct

from harvester.counting import INDEX_DOCUMENTS, INDEX_ERRORS, count
from harvester.errors import RetryableError, cut
from harvester.item import Item
from harvester.leases import renewed
from harvester.spans import note_indexed
from harvester.store import Store
from harvester.store.outbox import (
    OutboxBatch,
    acknowledge,
    claim_outbox,
    enqueue_all,
    reject_documents,
    release_outbox,
    renew_outbox,
)
from harvester.store.works.joining import join_works
from indexer.document import Document, to_document
from indexer.errors import DocumentRejectedError
from indexer.index import Index
from indexer.matching import find_matching

BATCH_ROWS: Final = 5_000  # 88 % of the ceiling of ready bytes on Elasticsearch; 84 % with 2,000
LEAST_ROWS: Final = 1_000  # a commit of the embedded index costs as much CPU as 300 rows
BATCH_S: Final = 1.0
"""So long a batch may take, as far as the one before tells: what a person waits for comes after the one in hand."""
PAUSE_S: Final = 5.0

log = logging.getLogger(__name__)


class IndexReport(Struct, frozen=True):
    """What became of outbox rows.

    Taken = written + newer + rejected. Newer: the index held that version or a later one.
    """

    taken: int = 0
    written: int = 0
    newer: int = 0
    rejected: int = 0


def prepare_index(store: Store, index: Index) -> None:
    """Make the index where there is none, and have all items of the store indexed into the new one.

    So an index that was lost comes back by itself. The rows are written first: a crash in between is made good by the
    next call. Raises: IndexMismatchError, IndexUnavailableError.
    """
    if not index.exists():
        count = enqueue_all(store, store.now())
        if count:
            log.warning("there is no index: all items wait for a new one", extra={"items": count})
    index.create()


def index_outbox(
    store: Store,
    index: Index,
    *,
    limit: int,
    lease_s: float,
    clock: Callable[[], float] | None = None,
    trial: bool = False,
) -> IndexReport:
    """Index what waits in the outbox, until it is empty or `limit` rows are done; nothing while its breaker is open.

    A `trial` is what shows whether the index is back.

    Changes are dated by the `clock`, else by the store's.
    Raises: IndexUnavailableError, IndexBusyError; the rows in hand are given back before, to be taken again in 5 s.
    """
    done, rows = IndexReport(), LEAST_ROWS
    while done.taken < limit:
        began = time.monotonic()
        join_works(store, now=store.now(), limit=rows)
        batch = claim_outbox(store, limit=min(rows, limit - done.taken), lease_s=lease_s, now=store.now(), trial=trial)
        if batch is None:
            break
        with _held(store, batch.fence, lease_s):
            done = _add(done, _index_batch(store, index, batch, clock or store.now))
        if len(batch.items) == rows:
            rows = fitting_rows(rows, time.monotonic() - began)
    return done


def fitting_rows(rows: int, took_s: float) -> int:
    """Give how many rows the next batch is to have where one of `rows` took so long."""
    return max(LEAST_ROWS, min(BATCH_ROWS, int(rows * BATCH_S / max(took_s, 0.001))))


def _held(store: Store, fence: int, lease_s: float) -> AbstractContextManager[None]:
    """Hold a batch until the block ends: a slow index may take longer than a lease for it."""

    def renew() -> bool:
        return renew_outbox(store, fence, lease_s=lease_s, now=store.now())

    return renewed(renew, lease_s=lease_s, name="outbox")


def _index_batch(store: Store, index: Index, batch: OutboxBatch, clock: Callable[[], float]) -> IndexReport:
    began = time.time()
    documents, rejected = make_documents(list(zip(batch.items, batch.contents, strict=True)))
    try:
        report = index.write(documents)
    except RetryableError as away:
        count(INDEX_ERRORS, _kind_of(away))
        release_outbox(store, batch.fence, store.now() + PAUSE_S)
        raise
    now = clock()  # not before: writing may last longer than those who follow the changes wait for late ones
    rejected += report.rejected
    for error in rejected:
        log.warning("document rejected", extra={"item": error.item_id, "reason": error.reason})
    if rejected:
        refused = [(error.item_id, error.reason) for error in rejected]
        reject_documents(store, batch.fence, refused, now=now)
    acknowledge(store, batch.fence, now=now, match=partial(find_matching, documents))
    _count(report.written, report.newer, rejected)
    note_indexed(store.place, (record.page for item in batch.items for record in item.provenance), began)
    log.info("outbox indexed", extra={"rows": len(batch.items), "written": report.written, "newer": report.newer})
    return IndexReport(len(batch.items), report.written, report.newer, len(rejected))


def _count(written: int, newer: int, rejected: Sequence[DocumentRejectedError]) -> None:
    for outcome, documents in (("written", written), ("newer", newer), ("rejected", len(rejected))):
        count(INDEX_DOCUMENTS, outcome, documents)
    for error in rejected:
        kind, colon, _ = error.reason.partition(":")  # Elasticsearch: the type of its exception, then the value
        count(INDEX_ERRORS, kind if colon and kind.isidentifier() else "document")


def _kind_of(error: Exception) -> str:
    """Give the kind of an error as a label: IndexUnavailableError is "unavailable"."""
    return type(error).__name__.removeprefix("Index").removesuffix("Error").lower()


def make_documents(contents: Sequence[tuple[Item, bytes]]) -> tuple[list[Document], list[DocumentRejectedError]]:
    """Give the documents of items with their JSON; one that cannot be made (text that is no Unicode) is set aside."""
    documents, rejected = [], []
    for item, content in contents:
        try:
            documents.append(to_document(item, content))
        except ValueError as error:
            rejected.append(DocumentRejectedError(item.id, cut(error)))
    return documents, rejected


def _add(one: IndexReport, other: IndexReport) -> IndexReport:
    return IndexReport(
        one.taken + other.taken, one.written + other.written, one.newer + other.newer, one.rejected + other.rejected
    )
