"""The archived records of an endpoint for the commands that compare mappings: all of them, or some spread over all."""

import math
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Final

from harvester.archive import Archive
from harvester.errors import HarvestError
from harvester.parsing.record import Record
from harvester.store import Store
from harvester.store.ledger.archived import OwnedPage, count_records, iter_owned_pages
from workers.maps.comparing import Comparison, add_up, compare_page, iter_records

ALONE_UP_TO: Final = 5_000
"""Records that one process compares sooner than others have started."""
AHEAD: Final = 2
"""Pages that wait for each process."""


def sample_records(
    store: Store, archive: Archive, endpoint: str, count: int, damaged: list[str] | None = None
) -> Iterator[tuple[str, Record]]:
    """Yield metadataPrefix and record of at most `count` archived records, spread evenly over all of an endpoint.

    A page that cannot be read is left out, and its reason added to `damaged`.
    """
    every = max(1, math.ceil(count_records(store, endpoint) / count))
    first = 0
    for page in iter_owned_pages(store, endpoint):
        chosen = page.identifiers[-first % every :: every]
        first += len(page.identifiers)
        if chosen:
            try:
                yield from (
                    (page.metadata_prefix, record) for record in iter_records(archive.read(page.location), chosen)
                )
            except HarvestError as error:
                if damaged is not None:
                    damaged.append(f"{page.run}/{page.number}: {error}")


def compare_archived(
    store: Store,
    archive: Archive,
    endpoint: str,
    texts: tuple[str, str],
    *,
    processes: int,
    tell: Callable[[int, float], None] = lambda _records, _share: None,
) -> Comparison:
    """Compare what two mappings make of all archived records of an endpoint.

    `tell` gets the records of each page that is done, and the share that is done by then.
    """
    total = Comparison()
    whole = count_records(store, endpoint)

    def take(part: Comparison) -> None:
        add_up(total, part)
        tell(part.records, total.records / whole if whole else 1.0)

    pages = iter_owned_pages(store, endpoint)
    if processes < 2 or whole <= ALONE_UP_TO:
        for page in pages:
            take(_compare(archive, page, texts))
        return total
    # Fresh processes: the connections of the store must not be shared over a fork.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[Comparison]] = deque()
        for page in pages:
            waiting.append(pool.submit(_compare, archive, page, texts))
            if len(waiting) > AHEAD * processes:
                take(waiting.popleft().result())
        for future in waiting:
            take(future.result())
    return total


def _compare(archive: Archive, page: OwnedPage, texts: tuple[str, str]) -> Comparison:
    place = f"{page.run}/{page.number}"
    try:
        body = archive.read(page.location)
    except HarvestError as error:
        return Comparison(damaged=[f"{place}: {error}"])
    found = compare_page(body, page.metadata_prefix, page.identifiers, *texts)
    found.damaged = [f"{place}: {reason}" for reason in found.damaged]
    return found
