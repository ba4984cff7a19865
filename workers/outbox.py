"""Indexing what waits, in a process that may not be the only one that wants to."""

from typing import Final

from harvester.store import Store
from indexer.index import Index
from indexer.indexing import IndexReport, index_outbox

LEASE_S: Final = 60.0


def index_waiting(store: Store, index: Index, *, limit: int) -> IndexReport:
    """Index up to `limit` items of the outbox.

    Raises: IndexBusyError before any row is taken, so that the process that has the index finds all of them;
    IndexUnavailableError.
    """
    index.write(())  # takes the writer of an embedded index
    return index_outbox(store, index, limit=limit, lease_s=LEASE_S)
