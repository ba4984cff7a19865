"""One reading of all that is watched: each fact by one bounded question, or nothing where the store is away."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from harvester.counting import Key
from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.gauges import (
    EndpointState,
    OpenPages,
    count_endpoints,
    count_held_plans,
    count_open_pages,
    intervals_of,
    list_endpoint_states,
)
from harvester.store.ledger.dead import KINDS, Chosen, Kind, count_dead, list_dead
from harvester.store.ledger.runs import list_open_runs
from harvester.store.operating.breakers import Breaker, list_breakers
from harvester.store.operating.controls import Control, list_controls
from harvester.store.operating.counters import read_counters
from harvester.store.operating.processes import Process, list_processes
from harvester.store.outbox import Depth, outbox_depth
from harvester.store.overview.sizes import store_bytes
from workers.app import QUEUES
from workers.broker import Broker, BrokerState
from workers.errors import BrokerAwayError
from workers.tools import Tools

KEPT_S: Final = 5.0
MOST_ENDPOINTS: Final = 1_000
"""Endpoints with series of their own: those that were not harvested for longest."""


class StoreReading(Struct, frozen=True, kw_only=True):
    """What the store tells; `at` is its time. `dead` has by kind how many there are and when the newest died."""

    at: float
    counters: Mapping[Key, float]
    pages: list[OpenPages]
    open_runs: int
    endpoints: list[EndpointState]
    intervals: Mapping[str, float]
    all_endpoints: int
    held_plans: int
    dead: Mapping[Kind, tuple[int, float]]
    outbox: Depth
    controls: list[Control]
    breakers: list[Breaker]
    processes: list[Process]
    size_bytes: int


class BrokerReading(Struct, frozen=True):
    """What the broker tells, and by queue how many messages nobody has taken."""

    state: BrokerState
    waiting: Mapping[str, int]


class Reading(Struct, frozen=True, kw_only=True):
    """What is watched; None where the store or the broker did not answer.

    `queues` are those that somebody must work for, `disks` free and all bytes by place.
    """

    store: StoreReading | None
    broker: BrokerReading | None
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
        broker=_read_broker(tools.broker),
        queues=tuple(queue for queue in QUEUES if queue != "doi" or tools.harvester.asks_registries()),
        disks=_read_disks(tools),
    )


def _read_store(store: Store) -> StoreReading | None:
    try:
        now = store.now()
        states = list_endpoint_states(store, limit=MOST_ENDPOINTS)
        return StoreReading(
            at=now,
            counters=read_counters(store),
            pages=count_open_pages(store),
            open_runs=len(list_open_runs(store)),
            endpoints=states,
            intervals=intervals_of(states, now),
            all_endpoints=count_endpoints(store),
            held_plans=count_held_plans(store),
            dead=_read_dead(store),
            outbox=outbox_depth(store),
            controls=list_controls(store),
            breakers=list_breakers(store),
            processes=list_processes(store),
            size_bytes=store_bytes(store),
        )
    except HarvestError:
        return None


def _read_dead(store: Store) -> dict[Kind, tuple[int, float]]:
    counted = count_dead(store)
    newest = {kind: list_dead(store, Chosen(kind=kind), limit=1) if counted[kind] else [] for kind in KINDS}
    return {kind: (counted[kind], newest[kind][0].since if newest[kind] else 0.0) for kind in KINDS}


def _read_broker(broker: Broker) -> BrokerReading | None:
    try:
        return BrokerReading(broker.state(), {queue: broker.depth(queue) for queue in QUEUES})
    except BrokerAwayError:
        return None


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
