"""What commands, JSON, pages and /metrics all tell of the hub as a whole, read in one place: store, broker, queues."""

from collections.abc import Mapping

from msgspec import Struct

from harvester.counting import Key
from harvester.settings import HarvesterSettings
from harvester.store import Store
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


class StoreReading(Struct, frozen=True, kw_only=True):
    """What the store tells; `at` is its time, `counters` are what processes have counted since it was made."""

    at: float
    counters: Mapping[Key, float]
    outbox: Depth
    controls: list[Control]
    breakers: list[Breaker]
    processes: list[Process]
    size_bytes: int


class BrokerReading(Struct, frozen=True, kw_only=True):
    """What the broker tells of itself, and by queue how many messages nobody has taken.

    Where it does not answer `state` is None, nothing is known of any queue, and `error` says why.
    """

    state: BrokerState | None
    waiting: Mapping[str, int]
    error: str


class Reading(Struct, frozen=True):
    """Both."""

    store: StoreReading
    broker: BrokerReading


def read_hub(tools: Tools) -> Reading:
    """Read the hub. Raises: the errors of the store where that does not answer."""
    return Reading(read_store(tools.store), read_broker(tools.broker))


def read_store(store: Store) -> StoreReading:
    """Read the store, each fact by one bounded question. Raises: its errors."""
    return StoreReading(
        at=store.now(),
        counters=read_counters(store),
        outbox=outbox_depth(store),
        controls=list_controls(store),
        breakers=list_breakers(store),
        processes=list_processes(store),
        size_bytes=store_bytes(store),
    )


def read_broker(broker: Broker) -> BrokerReading:
    """Read the broker; one that is away is waited for but once."""
    try:
        waiting = {queue: broker.depth(queue) for queue in QUEUES}
        return BrokerReading(state=broker.state(), waiting=waiting, error="")
    except BrokerAwayError as error:
        return BrokerReading(state=None, waiting={}, error=str(error))


def needed_queues(settings: HarvesterSettings) -> tuple[str, ...]:
    """Give the queues that somebody must work for: not that of registries where those are not asked."""
    return tuple(queue for queue in QUEUES if queue != "doi" or settings.asks_registries())
