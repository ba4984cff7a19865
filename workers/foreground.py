"""A harvest in this process, without a queue: page after page as the ledger says, then the outbox."""

import contextlib
import time
from collections.abc import Callable
from typing import Final

from harvester.endpoint import Endpoint
from harvester.errors import FatalError, RetryableError
from harvester.harvest import begin_run
from harvester.harvesting import Harvesting, PageResult
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.pages import next_page
from harvester.store.ledger.runs import Run, RunOpenError, finish_run, get_run, running
from harvester.store.operating.controls import PausedError, find_control
from harvester.store.outbox import outbox_depth
from indexer.errors import IndexBusyError, IndexShutError, IndexUnavailableError
from indexer.index import Index
from workers.errors import QueueError
from workers.outbox import LEASE_S, index_waiting
from workers.team import Team, Watcher

TRIES: Final = 3
LOOK_EVERY_S: Final = 0.5
INDEXED_AT_ONCE: Final = 5_000
STANDSTILL_S: Final = LEASE_S + 30.0  # so long what a process had in hand that was killed may wait
INDEX_EVERY_S: Final = 20.0
PATIENCE_S: Final = 5.0


class RunHeldError(QueueError, FatalError):
    """Another process is working on the open run of the endpoint."""


class GivenUpError(QueueError, RetryableError):
    """A page failed several times in a row, or cannot be kept; the run stays open, and the next harvest goes on."""


class IndexPausedError(PausedError):
    """What is stored is not indexed now, for an operator has stopped that."""


def begin_or_resume(
    harvesting: Harvesting,
    endpoint: Endpoint,
    watcher: Watcher,
    *,
    since: str | None = None,
    until: str | None = None,
    full: bool = False,
) -> Run:
    """Begin a run, or go on with the one that is open.

    A holder who died lets go of its page within a lease, so that long is waited. Raises: RunHeldError where somebody
    works on it, or another selection is asked for; and what begin_run raises.
    """
    try:
        return begin_run(harvesting, endpoint, since=since, until=until, full=full)
    except RunOpenError as error:
        run = error.run
    if since or until or full:
        raise RunHeldError(
            f"run {run.id} of {endpoint.key} is not finished: `oaihub harvest {endpoint.key}` goes on with it; "
            "then harvest again with --from, --until or --full"
        )
    _wait_for_holder(harvesting, run, watcher)
    page = next_page(harvesting.store, run.id)
    watcher.note(f"goes on with run {run.id}" + ("" if page is None else f" from page {page.number}"))
    return run


def harvest_run(harvesting: Harvesting, run: Run, index: Callable[[], Index], watcher: Watcher) -> Run:
    """Harvest what is open of a run, indexing now and then, and give the run as it ended.

    As many pages at once as the endpoint allows, each in a thread. `index` opens the index; the harvest goes on where
    that is away. Raises: GivenUpError.
    """
    endpoint = get_endpoint(harvesting.store, run.endpoint)
    team = Team(harvesting, run, 1 if endpoint is None else endpoint.parallel)
    failures = 0
    indexed = time.monotonic()
    for result in team.results(watcher):
        if result.outcome == "stored":
            failures = 0
            watcher.stored(result)
            if time.monotonic() - indexed > INDEX_EVERY_S:
                with contextlib.suppress(IndexUnavailableError):  # the end of the harvest tries once more, and tells
                    _index_some(harvesting.store, index, INDEXED_AT_ONCE)
                indexed = time.monotonic()
        elif result.own_fault:
            raise _stopped(result, run)
        elif result.failed_try:
            failures += 1
            if failures >= TRIES * team.size:
                raise _given_up(result, run)
    return finish_run(harvesting.store, run.id, harvesting.store.now()) or get_run(harvesting.store, run.id) or run


def drain_outbox(store: Store, index: Index, watcher: Watcher, *, only_urgent: bool = False) -> None:
    """Index what waits in the outbox, or watch another process do it; on return all of it can be found.

    With `only_urgent` no more than what people wait for. Raises: IndexPausedError, IndexUnavailableError; GivenUpError
    where nobody takes what waits for longer than its lease.
    """
    waiting, since = -1, time.monotonic()
    while True:
        limit = min(INDEXED_AT_ONCE, outbox_depth(store).urgent) if only_urgent else INDEXED_AT_ONCE
        try:
            written, taken = _index_some(store, lambda: index, limit)
        except IndexShutError as error:
            if not _is_soon(error.until - store.now()):
                raise
            written = taken = 0
        depth = outbox_depth(store)
        left = depth.urgent if only_urgent else depth.waiting
        watcher.indexed(written, left)
        if left == 0:
            index.refresh()
            return
        if not taken:
            _check_paused(store)
        if taken or left != waiting:
            waiting, since = left, time.monotonic()
        elif time.monotonic() - since > STANDSTILL_S:
            raise GivenUpError(
                f"{left:,} items wait to be indexed, and the process that has the index does not take them: "
                "`oaihub queues` shows what waits; restart `oaihub run`, or stop it and harvest again"
            )
        if not taken:
            time.sleep(LOOK_EVERY_S)


def _is_soon(wait_s: float) -> bool:
    """Wait for a time that is near; False where it is not."""
    if wait_s > PATIENCE_S:
        return False
    time.sleep(max(0.0, wait_s))
    return True


def _check_paused(store: Store) -> None:
    control = find_control(store, stage="index")
    if control is not None:
        raise IndexPausedError(control)


def _index_some(store: Store, index: Callable[[], Index], limit: int) -> tuple[int, int]:
    """Index a batch and give the numbers of documents written and of rows taken; none where another process writes."""
    try:
        report = index_waiting(store, index, limit=limit)
    except IndexBusyError:
        return 0, 0
    return report.written, report.taken


def _wait_for_holder(harvesting: Harvesting, run: Run, watcher: Watcher) -> None:
    """Return when nobody holds a page of the run. Raises: RunHeldError where that takes longer than a lease."""
    end = time.monotonic() + harvesting.lease_s + 1
    told = False
    while running(harvesting.store, run.id, harvesting.store.now()):
        if time.monotonic() > end:
            raise RunHeldError(
                f"run {run.id} of {run.endpoint} is being harvested by another process: `oaihub runs {run.id}` shows it"
            )
        if not told:
            watcher.note(f"run {run.id} is held by another process; waits whether that lives")
            told = True
        time.sleep(LOOK_EVERY_S)


def _stopped(result: PageResult, run: Run) -> GivenUpError:
    """Give the error of a page that cannot be kept here: to ask the repository again would not help."""
    return GivenUpError(
        f"page {result.number} of run {run.id}: {result.error}; what was harvested is kept, and "
        f"`oaihub harvest {run.endpoint}` goes on with this page"
    )


def _given_up(result: PageResult, run: Run) -> GivenUpError:
    return GivenUpError(
        f"page {result.number} of run {run.id} failed {TRIES} times ({result.error}); what was harvested is kept, "
        f"and `oaihub harvest {run.endpoint}` goes on with this page"
    )
