"""Writing to a generation of the embedded index: one process at a time, versions compared, one commit per batch.

A deleted item stays as a document with its version and `deleted`, so that a late older write finds it.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import tantivy

from harvester.errors import cut
from indexer.document import Document
from indexer.engines.columns.rows import find_many_rows, set_row
from indexer.engines.columns.writing import Batch, is_worn, merge_blocks, next_row, sweep_blocks
from indexer.engines.embedded_facets import counted_values
from indexer.engines.embedded_faults import refused
from indexer.engines.embedded_files import COLUMNS, META, note_writer, noted_writer
from indexer.engines.embedded_query import compile_query
from indexer.engines.embedded_schema import to_hex, to_tantivy
from indexer.engines.embedded_versions import held_versions
from indexer.errors import SEARCH_TIMEOUT_S, DocumentRejectedError, IndexBusyError
from indexer.index import WriteReport

HEAP_BYTES: Final = 48_000_000
"""What a batch may take before it becomes a second segment. tantivy clears a sixth of it for each segment that it
begins: with 128 MB batches of 3,000 take the same CPU, those of 50 a tenth more (measured)."""

THREADS: Final = 1
QUIET_S: Final = 3 * SEARCH_TIMEOUT_S
"""So long after a commit no search is under way that began before it."""


class EmbeddedWriter:
    """The writer of one generation: taken at the first batch, kept until it is closed."""

    def __init__(self, folder: Path, index: tantivy.Index) -> None:
        self._folder = folder
        self._columns = folder / COLUMNS
        self._index = index
        self._writer: tantivy.IndexWriter | None = None
        self._lock = threading.Lock()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write a batch and commit what is new of it.

        Raises: IndexBusyError, IndexUnavailableError; nothing is written then.
        """
        with self._lock:
            writer = self._take()
            try:
                self._sweep()
                batch = Batch(next_row(self._columns))
                report = self._add(writer, batch, documents)
                if report.written:  # a commit, also an empty one, makes every reader load the index again
                    batch.write(self._columns)
                    writer.commit()
                    merge_blocks(self._columns)
            except (ValueError, OSError) as error:
                self._drop()
                raise refused(error, self._folder.parent) from error
        return report

    def close(self) -> None:
        """Let segments that are being merged end, then give the writer back."""
        with self._lock:
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._drop()

    def abandon(self) -> None:
        """Give the writer back at once: the generation is not in use any more, so its segments need no merging."""
        with self._lock:
            self._drop()

    def _take(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(HEAP_BYTES, THREADS)
            except (ValueError, OSError) as error:
                if "LockBusy" not in str(error):
                    raise refused(error, self._folder.parent) from error
                raise IndexBusyError(
                    f"process {noted_writer(self._folder)} writes to the index in {self._folder}; what waits in the "
                    "outbox is indexed by it, or by the next `oaihub harvest` after it has ended"
                ) from error
            note_writer(self._folder)
        return self._writer

    def _drop(self) -> None:
        """Forget the writer: what it had not committed is gone, its lock is free."""
        self._writer = None

    def _sweep(self) -> None:
        """Empty the rows of documents that were replaced, once they are many and no search can find them any more."""
        if time.time() - (self._folder / META).stat().st_mtime < QUIET_S:
            return
        self._index.reload()
        searcher, schema = self._index.searcher(), self._index.schema
        if is_worn(self._columns, searcher.num_docs):
            sweep_blocks(self._columns, find_many_rows(schema, searcher, compile_query(schema, "", ())))

    def _add(self, writer: tantivy.IndexWriter, batch: Batch, documents: Sequence[Document]) -> WriteReport:
        held = self._held({document.id for document in documents})
        written = newer = 0
        rejected = []
        for document in documents:
            if held.get(document.id, document.version) > document.version:
                newer += 1
                continue
            try:
                made = to_tantivy(document)
            except (ValueError, OverflowError) as error:
                rejected.append(DocumentRejectedError(document.id, cut(error)))
                continue
            set_row(made, batch.add(counted_values(document)))
            writer.delete_documents_by_term("id", to_hex(document.id))
            writer.add_document(made)
            held[document.id] = document.version
            written += 1
        return WriteReport(written, newer, tuple(rejected))

    def _held(self, ids: set[str]) -> dict[str, int]:
        """Give the versions that the last commit holds of some items."""
        self._index.reload()
        held = held_versions(self._index, self._index.searcher(), list(ids))
        return {item_id: version for item_id, (version, _) in held.items()}
