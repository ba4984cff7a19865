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
        self._names: frozenset[str] = frozenset()
        self._asked: float | None = None

    def __contains__(self, name: str) -> bool:
        with self._lock:
            now = self._clock()
            kept_s = KEPT_S if name in self._names else MISSED_S
            if self._asked is None or now - self._asked >= kept_s:
                self._names = frozenset(self._index.properties(Query()))
                self._asked = now
            return name in self._names
