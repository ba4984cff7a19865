"""The signs of a hub's health that are no stage of the work: lag, disk, broker, hosts that limit us, failed tries."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from harvester.counting import (
    HINTS_AGAIN,
    HTTP_429,
    HTTP_WAIT_S,
    INDEX_ERRORS,
    LAG_BUCKETS_S,
    PAGE_ATTEMPTS,
    SEARCHABLE_LAG_S,
    Key,
    bucket_labels,
)
from harvester.room import least_room
from harvester.store import Store
from harvester.store.dois import blocked_lanes
from harvester.store.hosts import list_blocked
from harvester.store.mails import MailCounts, count_mails
from harvester.store.overview.sizes import weigh_archive
from workers.broker import BrokerState
from workers.operator.facts.reading import Reading
from workers.operator.facts.stages import Tries
from workers.tools import Tools

WEEK_S: Final = 7 * 86_400.0


class Lag(Struct, frozen=True):
    """How long changes took to be searchable, by the share that was done within so many seconds; `inf` is longer.

    `waiting_s` is the age of the oldest that waits now, `half_s` and `most_s` are within what half and 95 % were done.
    """

    waiting_s: float | None
    half_s: float | None
    most_s: float | None


class Disk(Struct, frozen=True):
    """The archive's disk; a bucket has none. `archive_bytes` are those of pages, as the store knows them.

    `days_left` is until the mark (OAIHUB_DISK_MARK) at the rate of the last seven days, None where nothing came.
    """

    free_bytes: int | None
    total_bytes: int | None
    mark_bytes: float
    archive_bytes: int
    store_bytes: int
    days_left: float | None


class Limited(Struct, frozen=True):
    """A host or registry lane that may not be asked now, and until when (seconds since 1970)."""

    name: str
    until: float


class Vitals(Struct, frozen=True, kw_only=True):
    """All of it; `counts` are what processes have counted since the store was made, by name and label."""

    lag: Lag
    disk: Disk
    broker: BrokerState | None
    broker_error: str
    limited: list[Limited]
    tries: Tries
    mails: MailCounts
    counts: dict[str, dict[str, float]]


def vitals(tools: Tools, hub: Reading, tries: Tries) -> Vitals:
    """Give the signs of health of a hub that was read, with its tries in vain."""
    store, seen = tools.store, hub.store
    names = (PAGE_ATTEMPTS, HINTS_AGAIN, INDEX_ERRORS, HTTP_429, HTTP_WAIT_S)
    return Vitals(
        lag=_lag(seen.counters, None if seen.outbox.oldest is None else seen.at - seen.outbox.oldest),
        disk=_disk(tools, seen.size_bytes, seen.at),
        broker=hub.broker.state,
        broker_error=hub.broker.error,
        limited=_limited(store, seen.at),
        tries=tries,
        mails=count_mails(store, seen.at),
        counts={name: {label: value for (one, label), value in seen.counters.items() if one == name} for name in names},
    )


def _lag(counters: Mapping[Key, float], waiting_s: float | None) -> Lag:
    bounds = [*LAG_BUCKETS_S, float("inf")]
    counts = [counters.get((f"{SEARCHABLE_LAG_S}_bucket", label), 0.0) for label in bucket_labels(LAG_BUCKETS_S)]
    return Lag(waiting_s, _within(bounds, counts, 0.5), _within(bounds, counts, 0.95))


def _within(bounds: list[float], counts: list[float], share: float) -> float | None:
    """Give the first bound that this share of all was within, None where nothing was counted."""
    total, so_far = sum(counts), 0.0
    for bound, number in zip(bounds, counts, strict=True):
        so_far += number
        if total and so_far >= share * total:
            return bound
    return None


def _disk(tools: Tools, store_bytes: int, now: float) -> Disk:
    archive = tools.harvesting.archive
    room = archive.room()
    kept = weigh_archive(tools.store, now - WEEK_S)
    least = 0.0 if room is None else least_room(tools.harvesting.disk_mark, room[1])
    a_day = kept.lately / 7
    left = None if room is None or not a_day else max(0.0, room[0] - least) / a_day
    return Disk(
        free_bytes=None if room is None else room[0],
        total_bytes=None if room is None else room[1],
        mark_bytes=least,
        archive_bytes=kept.bytes,
        store_bytes=store_bytes,
        days_left=left,
    )


def _limited(store: Store, now: float) -> list[Limited]:
    hosts = [Limited(state.host, state.blocked_until) for state in list_blocked(store, now)]
    return hosts + [Limited(lane, until) for lane, until in sorted(blocked_lanes(store, now).items())]
