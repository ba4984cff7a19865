"""Indexing what waits, in a process that may not be the only one that wants to."""

from collections.abc import Callable
from typing import Final

from harvester.errors import cut
from harvester.store import Store
from harvester.store.operating.breakers import breaker_state, close_breaker, give_back, note_failure, take_turn, told
from indexer.errors import IndexBusyError, IndexShutError, IndexUnavailableError
from indexer.index import Index
from indexer.indexing import IndexReport, index_outbox

LEASE_S: Final = 60.0
TRIAL_ROWS: Final = 100


def index_waiting(store: Store, open_index: Callable[[], Index], *, limit: int) -> IndexReport:
    """Index up to `limit` items of the outbox; while the index is down, one process at a time tries a few of them.

    Raises: IndexBusyError before any row is taken, so that the process that has the index finds all of them;
    IndexShutError where it is left alone now, IndexUnavailableError where it does not answer.
    """
    turn = take_turn(store, "index", store.now())
    if turn == "shut":
        breaker = breaker_state(store, "index")
        if breaker is not None:
            raise IndexShutError(told(breaker), breaker.open_until)
    is_trial = turn == "trial"
    try:
        index = open_index()
        index.write(())  # takes the writer of an embedded index
        if is_trial:
            index.ping()
            index_outbox(store, index, limit=min(limit, TRIAL_ROWS), lease_s=LEASE_S, trial=True)
            close_breaker(store, "index")
        return index_outbox(store, index, limit=limit, lease_s=LEASE_S)
    except IndexBusyError:
        if is_trial:
            give_back(store, "index", store.now())
        raise
    except IndexUnavailableError as error:
        note_failure(store, "index", cut(error), store.now())
        raise
