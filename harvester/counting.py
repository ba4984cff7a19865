"""Counts of this process, kept in memory where things happen and written to the store now and then.

A lock and a dictionary, so that to count costs next to nothing; harvester.store.operating.counters adds what has
gathered to the store's rows. What a killed process had not written yet is lost: counts are for watching, nothing is
decided by them. This is the one state of a module: whoever counts is deep in the work, and a registry passed down to
there would be a parameter of everything.
"""

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

PAGE_ATTEMPTS: Final = "page_attempts"  # by outcome: stored, failed (tried again), dead, fenced, waiting (host's wish)
RECORDS: Final = "records"  # by what became of them: new, changed, unchanged, deleted, duplicate, rejected
HTTP_REQUESTS: Final = "http_requests"  # by host
HTTP_429: Final = "http_429"  # by host: answers that we ask too much
HTTP_WAIT_S: Final = "http_wait_seconds"  # by host: what its pace and its Retry-After cost
INDEX_DOCUMENTS: Final = "index_documents"  # by outcome: written, newer, rejected
INDEX_ERRORS: Final = "index_errors"  # by reason
DOI_ANSWERS: Final = "doi_answers"  # by service and outcome, such as "crossref found"
HINTS_AGAIN: Final = "hints_again"  # by what: page, plan, probe, schedule, doi, index
SEARCHABLE_LAG_S: Final = "searchable_lag_seconds"  # histogram: from a change to the index that has it
LAST_RECONCILE: Final = "last_reconcile"  # time, seconds since 1970
LAST_TICK: Final = "last_tick"  # as above
LAST_PAGE: Final = "last_page"  # as above: when a page was last stored
RUNS_MISSED: Final = "runs_missed"  # times of schedules that brought no run of their own
CHECKED: Final = "checked"  # by fault: what the last check of the whole index found, and `at` when that was
LAG_BUCKETS_S: Final = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)

LONGEST_LABEL: Final = 100
Key = tuple[str, str]


class Counts(Struct, frozen=True):
    """What has gathered, by name and label: `added` is to be added to what was counted before, `latest` replaces it."""

    added: Mapping[Key, float]
    latest: Mapping[Key, float]


class _Gathered:
    """The counts that were not taken yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.added: defaultdict[Key, float] = defaultdict(float)
        self.latest: dict[Key, float] = {}


_gathered = _Gathered()


def count(name: str, label: str = "", by: float = 1) -> None:
    """Add to a count; `label` says of which outcome, host or cause, and has few values."""
    if by:
        with _gathered.lock:
            _gathered.added[name, label[:LONGEST_LABEL]] += by


def mark(name: str, value: float) -> None:
    """Set a value that is no sum, such as when something was last done; the greatest of all processes is kept."""
    with _gathered.lock:
        _gathered.latest[name, ""] = max(value, _gathered.latest.get((name, ""), value))


def observe(name: str, values: Iterable[float], buckets: Sequence[float]) -> None:
    """Add values to a histogram: each is counted in `name_bucket` once, at the first bound that holds it.

    The bounds ascend; the label of a bucket is its bound, `+Inf` for what is greater. `name_sum` is the sum.
    """
    bounds = bucket_labels(buckets)
    found: Counter[str] = Counter()
    total = 0.0
    for value in values:
        found[bounds[bisect_left(buckets, value)]] += 1
        total += value
    for bound, times in found.items():
        count(f"{name}_bucket", bound, times)
    count(f"{name}_sum", by=total)


def bucket_labels(buckets: Sequence[float]) -> list[str]:
    """Give the labels of a histogram's buckets, in their order."""
    return [f"{bound:g}" for bound in buckets] + ["+Inf"]


def take_counts() -> Counts:
    """Give what has gathered, and begin anew."""
    with _gathered.lock:
        taken = Counts(dict(_gathered.added), dict(_gathered.latest))
        _gathered.added.clear()
        _gathered.latest.clear()
        return taken


def give_back(counts: Counts) -> None:
    """Put back what was taken and could not be written."""
    with _gathered.lock:
        for key, value in counts.added.items():
            _gathered.added[key] += value
        for key, value in counts.latest.items():
            _gathered.latest[key] = max(value, _gathered.latest.get(key, value))


def forget_counts() -> None:
    """Begin anew in a process that was forked: what its parent had counted is the parent's to write."""
    _gathered.lock = threading.Lock()  # another thread of the parent may have held it
    _gathered.added.clear()
    _gathered.latest.clear()
