"""The time by which leases and due times are judged: one clock for all machines that share a store."""

import threading
import time
from collections.abc import Callable
from typing import Final

from harvester.errors import RetryableError

REFRESH_S: Final = 60.0


class SharedClock:
    """A clock of another machine, carried on by the monotonic clock of this one, whose own time may be wrong.

    `ask` gives the other's time (seconds since 1970); it is asked again each minute. Raises at the first use what `ask`
    raises; later, while the other does not answer, the time goes on from when it last did.
    """

    def __init__(self, ask: Callable[[], float]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._ahead_s: float | None = None
        self._asked = 0.0

    def now(self) -> float:
        """Give the time."""
        ahead_s = self._ahead_s
        if ahead_s is None or time.monotonic() - self._asked > REFRESH_S:
            ahead_s = self._look()
        return ahead_s + time.monotonic()

    def _look(self) -> float:
        """Measure by how much the other clock is ahead of our monotonic one; half of the way there and back is ours."""
        with self._lock:
            before = time.monotonic()
            if self._ahead_s is not None and before - self._asked <= REFRESH_S:
                return self._ahead_s  # another thread has asked meanwhile
            try:
                there = self._ask()
            except RetryableError:
                if self._ahead_s is None:
                    raise
            else:
                self._ahead_s = there - (before + time.monotonic()) / 2
            self._asked = before
            return self._ahead_s
