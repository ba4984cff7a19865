"""One reading of all that Prometheus watches, or of what answers where the store is away."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.gauges import (
    EndpointState,
    OpenPages,
    count_endpoints,
    count_held_plans,
    count_open_pages,
    count_open_runs,
    intervals_of,
    list_endpoint_states,
)
from harvester.store.ledger.dead import KINDS, Chosen, Kind, count_dead, list_dead
from workers.operator.facts.reading import BrokerReading, StoreReading, needed_queues, read_broker, read_store
from workers.tools import Tools

KEPT_S: Final = 5.0
MOST_ENDPOINTS: Final = 1_000
"""Endpoints with series of their own: those that were not harvested for longest."""


class Watched(Struct, frozen=True, kw_only=True):
    """What of the store is watched: `hub` is what all look at.

    `endpoints` are those that were not harvested for longest, `states` counts all of them by the state of their newest
    run. `dead` has by kind how many there are and when the newest died.
    """

    hub: StoreReading
    pages: list[OpenPages]
    open_runs: int
    endpoints: list[EndpointState]
    intervals: Mapping[str, float]
    states: Mapping[str, int]
    held_plans: int
    dead: Mapping[Kind, tuple[int, float]]


class Reading(Struct, frozen=True, kw_only=True):
    """What is watched; `store` is None where that did not answer.

    `queues` are those that somebody must work for, `disks` free and all bytes by place.
    """

    store: Watched | None
    broker: BrokerReading
    queues: tuple[str, ...]
    disks: Mapping[str, tuple[int, int]]


class Readings:
    """Readings by the tools of a server; one is kept for five seconds, so who asks more often costs nothing."""

    def __init__(self, tools: Tools, clock: Callable[[], float] = time.monotonic) -> None:
        self._tools = tools
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[float, Reading] | None = None

    def latest(self) -> Reading:
        """Give a reading that is no older than five seconds; who comes while one is made waits for it."""
        with self._lock:
            if self._last is None or self._clock() - self._last[0] >= KEPT_S:
                self._last = (self._clock(), read_all(self._tools))
            return self._last[1]


def read_all(tools: Tools) -> Reading:
    """Read all that is watched."""
    return Reading(
        store=_read_store(tools.store),
        broker=read_broker(tools.broker),
        queues=needed_queues(tools.harvester),
        disks=_read_disks(tools),
    )


def _read_store(store: Store) -> Watched | None:
    try:
        hub, states = read_store(store), list_endpoint_states(store, limit=MOST_ENDPOINTS)
        return Watched(
            hub=hub,
            pages=count_open_pages(store),
            open_runs=count_open_runs(store),
            endpoints=states,
            intervals=intervals_of(states, hub.controls, hub.at),
            states=count_endpoints(store),
            held_plans=count_held_plans(store),
            dead=_read_dead(store),
        )
    except HarvestError:
        return None


def _read_dead(store: Store) -> dict[Kind, tuple[int, float]]:
    counted = count_dead(store)
    newest = {kind: list_dead(store, Chosen(kind=kind), limit=1) if counted[kind] else [] for kind in KINDS}
    return {kind: (counted[kind], newest[kind][0].since if newest[kind] else 0.0) for kind in KINDS}


def _read_disks(tools: Tools) -> dict[str, tuple[int, int]]:
    """Give the disks by what they hold; an archive in a bucket has none."""
    rooms = {"archive": tools.harvesting.archive.room(), "data": _room(tools.harvester.data_dir)}
    return {place: room for place, room in rooms.items() if room is not None}


def _room(folder: Path) -> tuple[int, int] | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free, usage.total
