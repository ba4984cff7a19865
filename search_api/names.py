"""The names of properties that occur in the index, remembered for a short while."""

import threading
import time
from collections.abc import Callable
from typing import Final

from indexer.index import Index
from indexer.query import Query

KEPT_S: Final = 60.0
MISSED_S: Final = 2.0


class KnownNames:
    """Tells whether a property occurs; asks the index again after a minute, or 2 s after it where a name is new."""

    def __init__(self, index: Index, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._asked: float | None = None

    def __contains__(self, name: str) -> bool:
        with self._lock:
            now = self._clock()
            self._ask(now, KEPT_S if name in self._counts else MISSED_S)
            return name in self._counts

    def counts(self) -> dict[str, int]:
        """Give the number of items that have each property, as it was at most a minute ago."""
        with self._lock:
            self._ask(self._clock(), KEPT_S)
            return self._counts

    def _ask(self, now: float, kept_s: float) -> None:
        if self._asked is None or now - self._asked >= kept_s:
            self._counts = self._index.properties(Query())
            self._asked = now
