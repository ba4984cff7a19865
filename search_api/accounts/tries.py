"""Wrong passwords by client address: after five in a row none is looked at for a while, each process by itself."""

import threading
from typing import Final

from harvester.store.accounts.signing import LONGEST_WAIT_S, wait_after

MOST_CLIENTS: Final = 100_000
"""Clients that are remembered; beyond it the one that has tried nothing for longest is forgotten."""


class Tries:
    """Tries since the last right one, by client."""

    def __init__(self) -> None:
        self._tried: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, client: str, now: float) -> float:
        """Count a try before its password is looked at; or give the seconds to wait for one, and count nothing."""
        with self._lock:
            count, last = self._tried.pop(client, (0, now))
            wait_s = last + wait_after(count) - now
            if wait_s > 0:
                self._tried[client] = (count, last)
                return wait_s
            is_long_ago = now - last > LONGEST_WAIT_S
            self._tried[client] = (1 if is_long_ago else count + 1, now)
            if len(self._tried) > MOST_CLIENTS:
                del self._tried[next(iter(self._tried))]
            return 0.0

    def forgive(self, client: str) -> None:
        """Forget the tries of a client that knew the password."""
        with self._lock:
            self._tried.pop(client, None)
