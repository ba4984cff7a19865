"""A run by its number."""

from harvester.store import Store
from harvester.store.ledger.runs import Run, get_run
from workers.errors import UsageError


def existing_run(store: Store, number: int) -> Run:
    """Give the run of a number. Raises: UsageError."""
    run = get_run(store, number)
    if run is None:
        raise UsageError(f"there is no run {number}: `oaihub runs` lists them")
    return run
