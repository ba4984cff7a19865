"""Threads of one process that harvest the pages of a run, as many at once as its repository allows."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import Final, Protocol

from harvester.errors import HarvestError, RetryableError
from harvester.harvest import harvest_page
from harvester.harvesting import Harvesting, PageResult
from harvester.store.ledger.pages import OpenPage, open_pages
from harvester.store.ledger.runs import Run
from harvester.store.operating.breakers import breaker_state, told
from harvester.store.operating.controls import PausedError, find_control
from workers.errors import QueueError

LOOK_EVERY_S: Final = 0.5
PATIENCE_S: Final = 5.0


class ArchiveAwayError(QueueError, RetryableError):
    """Pages cannot be kept now; the run stays open."""


class Watcher(Protocol):
    """Is told how a harvest goes on."""

    def stored(self, result: PageResult) -> None:
        """Take note of a page that is stored."""

    def waits(self, until: float, reason: str) -> None:
        """Take note that nothing happens until then (epoch seconds), and why."""

    def note(self, text: str) -> None:
        """Take note of anything else worth a line."""

    def indexed(self, documents: int, left: int) -> None:
        """Take note of documents written, and of items still waiting for it."""


class Team:
    """The threads of a run; `size` is how many there are at most."""

    def __init__(self, harvesting: Harvesting, run: Run, size: int) -> None:
        self.size = size
        self._harvesting = harvesting
        self._run = run
        self._done: queue.SimpleQueue[PageResult | BaseException] = queue.SimpleQueue()
        self._busy: set[int] = set()
        self._stop: HarvestError | None = None

    def results(self, watcher: Watcher) -> Iterator[PageResult]:
        """Yield what became of each page, until no page of the run is open.

        Raises: PausedError, ArchiveAwayError when what was under way has ended; what harvest_page raises.
        """
        self._look_for_stop()
        while True:
            open_now = open_pages(self._harvesting.store, self._run.id, limit=2 * self.size)
            free = [page for page in open_now if page.number not in self._busy]
            due = [page for page in free if page.not_before <= self._harvesting.store.now() and not self._stop]
            for page in due[: self.size - len(self._busy)]:
                self._begin(page)
            if self._busy:
                yield self._next_result()
            elif self._stop and open_now:
                raise self._stop
            elif not open_now:
                return
            else:
                self._wait(free, watcher)

    def _begin(self, page: OpenPage) -> None:
        self._busy.add(page.number)
        if self.size == 1:
            self._harvest(page.number)
        else:  # daemons: who is interrupted does not wait for them, and the ledger knows where they stood
            threading.Thread(target=self._harvest, args=(page.number,), daemon=True).start()

    def _harvest(self, number: int) -> None:
        try:
            self._done.put(harvest_page(self._harvesting, self._run.id, number))
        except Exception as error:  # noqa: BLE001  raised again in the thread that waits for it
            self._done.put(error)

    def _next_result(self) -> PageResult:
        result = self._done.get()
        if isinstance(result, BaseException):
            raise result
        self._busy.discard(result.number)
        if result.outcome in {"absorbed", "fenced"}:  # paused, or somebody else has it, or the host has enough to do
            self._look_for_stop()
            time.sleep(0 if self._stop else LOOK_EVERY_S)
        return result

    def _look_for_stop(self) -> None:
        """See whether an operator has stopped the run, or the archive is away and not soon tried again."""
        store = self._harvesting.store
        control = find_control(store, stage="harvest", endpoint=self._run.endpoint)
        breaker = breaker_state(store, "harvest")
        if control is not None:
            self._stop = PausedError(control)
        elif breaker is not None and breaker.open_until - store.now() > PATIENCE_S:
            self._stop = ArchiveAwayError(told(breaker))

    def _wait(self, waiting: list[OpenPage], watcher: Watcher) -> None:
        """Wait for the first page that is put off."""
        page = min(waiting, key=lambda page: page.not_before)
        watcher.waits(page.not_before, page.error or "the page is put off")
        time.sleep(max(0.0, page.not_before - self._harvesting.store.now()))
