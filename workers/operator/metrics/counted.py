"""What all processes have counted, as families; a label that has many values keeps the greatest of them."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from harvester import counting
from harvester.counting import Key

MOST_HOSTS: Final = 200
"""Hosts with series of their own: those that were asked most."""

Counters = Mapping[Key, float]


class Counted(Struct, frozen=True):
    """A counter: its name here and in the store, its help, its labels (parted by blanks), and values that it has."""

    name: str
    kept_as: str
    told: str
    labels: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


COUNTERS: Final = (
    Counted(
        "page_attempts",
        counting.PAGE_ATTEMPTS,
        "Attempts at pages by what came of them: absorbed was done already, waiting is a host's wish",
        ("outcome",),
        ("stored", "failed", "dead", "fenced", "waiting", "absorbed"),
    ),
    Counted("records", counting.RECORDS, "Records harvested by what became of them", ("outcome",)),
    Counted(
        "index_documents",
        counting.INDEX_DOCUMENTS,
        "Documents sent to the index",
        ("outcome",),
        ("written", "newer", "rejected"),
    ),
    Counted("index_errors", counting.INDEX_ERRORS, "Errors of the index", ("reason",)),
    Counted("doi_answers", counting.DOI_ANSWERS, "Answers of DOI registries", ("service", "outcome")),
    Counted(
        "hints_resent",
        counting.HINTS_AGAIN,
        "Hints sent again, because nobody had begun what they were for",
        ("what",),
        ("page", "plan", "probe", "schedule", "doi", "index"),
    ),
    Counted("runs_missed", counting.RUNS_MISSED, "Times of schedules that brought no run of their own", (), ("",)),
)
BY_HOST: Final = (
    Counted("http_requests", counting.HTTP_REQUESTS, "Requests sent", ("host",)),
    Counted("http_429", counting.HTTP_429, "Answers that too much was asked", ("host",)),
    Counted("http_wait_seconds", counting.HTTP_WAIT_S, "Time waited for a host's pace and its Retry-After", ("host",)),
)
TIMES: Final = {
    "last_page_done_timestamp_seconds": (counting.LAST_PAGE, "When a page was last stored, 0 for never"),
    "reconcile_last_timestamp_seconds": (counting.LAST_RECONCILE, "When the reconciler last ran, 0 for never"),
    "tick_last_timestamp_seconds": (counting.LAST_TICK, "When schedules were last looked at, 0 for never"),
}
CHECKS: Final = {
    "verify_missing": ("missing", "Items that the index lacked at the last check"),
    "verify_stale": ("stale", "Items that were old in the index at the last check"),
    "verify_last_timestamp_seconds": ("at", "When `oaihub check` last compared index and store, 0 for never"),
}


def counted_families(counters: Counters) -> Iterator[Metric]:
    """Yield the families of what was counted."""
    for counted in COUNTERS:
        yield _counter(counted, counters, None)
    hosts = _busiest(counters)
    for counted in BY_HOST:
        yield _counter(counted, counters, frozenset(hosts[:MOST_HOSTS]))
    yield _gauge("hosts_left_out", "Hosts that have no series, asked seldom", max(0, len(hosts) - MOST_HOSTS))
    for name, (kept_as, told) in TIMES.items():
        yield _gauge(name, told, counters.get((kept_as, ""), 0))
    for name, (label, told) in CHECKS.items():
        yield _gauge(name, told, counters.get((counting.CHECKED, label), 0))
    yield _lag(counters)


def _busiest(counters: Counters) -> list[str]:
    asked = [(-value, host) for (name, host), value in counters.items() if name == counting.HTTP_REQUESTS]
    return [host for _, host in sorted(asked)]


def _counter(counted: Counted, counters: Counters, only: frozenset[str] | None) -> CounterMetricFamily:
    family = CounterMetricFamily(f"oaihub_{counted.name}", counted.told, labels=counted.labels)
    found = dict.fromkeys(counted.known, 0.0)
    found |= {label: value for (name, label), value in counters.items() if name == counted.kept_as}
    for label, value in sorted(found.items()):
        if only is None or label in only:
            family.add_metric(_parted(label, len(counted.labels)), value)
    return family


def _parted(label: str, labels: int) -> list[str]:
    """Give as many label values as there are labels, out of the one text that they are kept as."""
    if labels == 0:
        return []
    parts = label.split(" ", labels - 1)
    return parts + [""] * (labels - len(parts))


def _gauge(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"oaihub_{name}", told, value=value)


def _lag(counters: Counters) -> HistogramMetricFamily:
    name = counting.SEARCHABLE_LAG_S
    total, buckets = 0.0, []
    for bound in counting.bucket_labels(counting.LAG_BUCKETS_S):
        total += counters.get((f"{name}_bucket", bound), 0)
        buckets.append((bound if bound == "+Inf" else str(float(bound)), total))
    summed = counters.get((f"{name}_sum", ""), 0)
    told = "From the change of an item to the index that has it"
    return HistogramMetricFamily(f"oaihub_{name}", told, buckets=buckets, sum_value=summed)
