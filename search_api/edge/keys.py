"""What a key may ask for in a minute, as the store says; looked up at most each 5 s, by each process."""

import time
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.accounts.keys import Quota, find_quota

KEPT_S: Final = 5.0
MOST_KEYS: Final = 10_000
"""Keys that are remembered; beyond it those that were looked up first are forgotten."""


class KeyQuotas:
    """Quotas of keys that were looked up a short while ago, by the key."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, tuple[float, Quota | None]] = {}

    async def __call__(self, key: str) -> Quota | None:
        """Give the quota of a key; None where it has none of its own, or the store does not say."""
        now = self._clock()
        end, quota = self._kept.get(key, (0.0, None))
        if end > now:
            return quota
        quota = await run_in_threadpool(self._look, key)
        self._kept.pop(key, None)  # so that the order is the order of looking
        self._kept[key] = (now + KEPT_S, quota)
        if len(self._kept) > MOST_KEYS:
            del self._kept[next(iter(self._kept))]
        return quota

    def _look(self, key: str) -> Quota | None:
        try:
            return find_quota(self._store, key, self._store.now())
        except HarvestError:  # whoever needs the store says so
            return None
