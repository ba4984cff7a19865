"""A reading as families of metrics: names, labels, help."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from harvester.store.operating.controls import STAGES
from harvester.store.operating.processes import is_gone
from workers.operator.facts.reading import BrokerReading, StoreReading
from workers.operator.metrics.counted import counted_families
from workers.operator.metrics.reading import MOST_ENDPOINTS, Reading, Watched

PREFIX: Final = "oaihub"
KINDS: Final = ("worker", "pool", "beat", "serve")
RUN_STATES: Final = ("open", "complete", "partial", "failed", "cancelled", "unbalanced", "held", "never")
Values = Mapping[str, float]


def families(reading: Reading, version: str) -> Iterator[Metric]:
    """Yield all families; where the store is away those that it would tell are not there."""
    yield gauge("build_info", "The version of this process", {version: 1}, "version")
    yield alone("store_up", "Whether the store answered", reading.store is not None)
    yield from _of_disks(reading.disks)
    yield from _of_broker(reading.broker)
    store = reading.store
    if store is None:
        return
    yield from _of_pages(store)
    yield from _of_endpoints(store)
    yield from _of_waiting(store)
    yield from _of_stops(store.hub)
    yield from _of_processes(store.hub, reading.queues)
    yield from counted_families(store.hub.counters)


def gauge(name: str, told: str, values: Values, label: str) -> GaugeMetricFamily:
    """Give the family of a gauge that has a value for each value of a label."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", told, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), float(value))
    return family


def alone(name: str, told: str, value: float) -> GaugeMetricFamily:
    """Give the family of a gauge that has one value."""
    return GaugeMetricFamily(f"{PREFIX}_{name}", told, value=float(value))


def _of_disks(disks: Mapping[str, tuple[int, int]]) -> Iterable[Metric]:
    yield gauge("disk_free_bytes", "Free bytes of the disk", {at: free for at, (free, _) in disks.items()}, "holding")
    yield gauge("disk_size_bytes", "All bytes of the disk", {at: size for at, (_, size) in disks.items()}, "holding")


def _of_broker(broker: BrokerReading) -> Iterable[Metric]:
    state = broker.state
    yield alone("broker_up", "Whether the broker answered", state is not None)
    if state is None:
        return
    yield alone("broker_aof_enabled", "Whether the broker logs its writes to disk", state.keeps_writes)
    yield alone("broker_memory_bytes", "Memory of the broker", state.memory_bytes)
    yield alone("broker_unacked_messages", "Messages that workers took and did not confirm", state.held)
    yield gauge("hints_waiting", "Messages that nobody has taken yet", broker.waiting, "queue")


def _of_pages(store: Watched) -> Iterable[Metric]:
    counts = {pages.state: pages.count for pages in store.pages}
    ages = {pages.state: _age(store.hub, pages.since) for pages in store.pages}
    told = "Longest time that a run with such a page has done none, those that are paused left out"
    yield alone("runs_open", "Runs that have not ended", store.open_runs)
    yield gauge("pages_open", "Pages that are not done", counts, "state")
    yield gauge("oldest_open_page_seconds", told, ages, "state")


def _of_endpoints(store: Watched) -> Iterable[Metric]:
    ages = {one.endpoint: _age(store.hub, one.good_at) for one in store.endpoints if one.good_at is not None}
    left_out = max(0, sum(store.states.values()) - MOST_ENDPOINTS)
    told = "Time since the end of the last complete run, or since the first run where none was complete"
    told_interval = "Longest time between runs by the schedule, of those that nobody has stopped"
    yield gauge("endpoint_age_seconds", told, ages, "endpoint")
    yield gauge("endpoint_interval_seconds", told_interval, store.intervals, "endpoint")
    yield gauge(
        "endpoints", "Endpoints by the state of their newest run", _listed(store.states, RUN_STATES), "last_run"
    )
    yield alone("endpoints_left_out", "Endpoints that have no series, harvested lately", left_out)
    yield alone("plans_held", "Deletion plans that wait for a person", store.held_plans)


def _of_waiting(store: Watched) -> Iterable[Metric]:
    depth = store.hub.outbox
    items = {"waiting": depth.waiting, "urgent": depth.urgent, "refused": depth.rejected}
    died = {str(kind): at for kind, (_, at) in store.dead.items()}
    yield gauge("outbox_items", "Items for the index; people wait for the urgent among the waiting", items, "state")
    yield alone("outbox_oldest_seconds", "Age of the oldest that waits", _age(store.hub, depth.oldest))
    yield gauge("dead_letters", "What was given up", {str(kind): n for kind, (n, _) in store.dead.items()}, "kind")
    yield gauge("dead_newest_timestamp_seconds", "When the newest dead letter died, 0 without any", died, "kind")
    yield alone("store_bytes", "Size of the store", store.hub.size_bytes)


def _of_stops(store: StoreReading) -> Iterable[Metric]:
    shut = {breaker.stage: breaker for breaker in store.breakers}
    stopped: Counter[str] = Counter(control.scope for control in store.controls)
    scopes = _listed(stopped, ("everything", "stage", "endpoint"))
    failures: Values = {stage: shut[stage].failures if stage in shut else 0 for stage in STAGES}
    yield gauge("breaker_open", "Whether a stage is left alone", {one: one in shut for one in STAGES}, "stage")
    yield gauge("breaker_failures", "Failures of a stage in a row", failures, "stage")
    yield gauge("paused", "Things that people have paused or drain", scopes, "scope")


def _of_processes(store: StoreReading, queues: tuple[str, ...]) -> Iterable[Metric]:
    alive = [process for process in store.processes if not is_gone(process, store.at)]
    kinds: Counter[str] = Counter(process.kind for process in alive)
    workers = Counter(queue for process in alive if process.kind == "worker" for queue in process.queues)
    silent = len(store.processes) - len(alive)
    yield gauge("workers", "Living workers of a queue that somebody must work for", _listed(workers, queues), "queue")
    yield gauge("processes", "Living processes", _listed(kinds, KINDS), "kind")
    yield alone("processes_silent", "Processes of the last day that ended without a word", silent)


def _listed(counted: Mapping[str, int], names: Iterable[str]) -> Values:
    """Give what was counted for all names, so that a series does not come and go."""
    return {name: counted.get(name, 0) for name in names}


def _age(store: StoreReading, since: float | None) -> float:
    return 0.0 if since is None else max(0.0, store.at - since)
