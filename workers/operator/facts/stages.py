"""What waits at each stage: how much, since when, how fast it goes, when it will be done, and why it waits."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from harvester.store import Store
from harvester.store.dois import blocked_lanes, count_due
from harvester.store.ledger.runs import list_open_runs
from harvester.store.ledger.stuck import LEAST_S, why_waiting
from harvester.store.operating.breakers import Breaker
from harvester.store.operating.controls import Control
from harvester.store.outbox import Depth
from harvester.store.overview.work import Done, Progress, count_done, read_progress
from harvester.store.registries.batches import count_new_dois
from workers.operator.facts.reading import BrokerReading, Reading
from workers.tools import Tools
from workers.words import span

LATELY_S: Final = 600.0
RUNS_SHOWN: Final = 20
TOLD: Final = 5


class Stage(Struct, frozen=True, kw_only=True):
    """What waits at one stage: how much of what, and the age of the oldest in seconds.

    `rate` is how much of `rated` was done in a minute, over the last ten. `eta_s` is when it is done at that rate, None
    where that cannot be told. `hints` are its messages in the broker, None where that does not answer. `note` says why
    something waits.
    """

    stage: str
    waiting: int
    unit: str
    oldest_s: float | None
    rate: float
    rated: str
    eta_s: float | None
    hints: int | None
    note: str = ""


class Tries(Struct, frozen=True):
    """Tries in vain of the pages that are open now, and pages that were done in the last ten minutes."""

    in_vain: int
    done: int


class Overview(Struct, frozen=True):
    """The stages, with what is stopped by people and what is left alone because its engine is down.

    `refused` counts the items that the index has refused, `runs` are the first of the open ones, the oldest first.
    """

    at: float
    queues: list[Stage]
    controls: list[Control]
    breakers: list[Breaker]
    tries: Tries
    refused: int
    runs: list[Progress]


def overview(tools: Tools, hub: Reading) -> Overview:
    """Give what waits at each stage of a hub that was read."""
    store, seen, now = tools.store, hub.store, hub.store.at
    done, runs = count_done(store, now - LATELY_S), read_progress(store, now)
    stages = [
        _harvest_stage(store, hub.broker, done, runs, now),
        _doi_stage(store, hub.broker, done, now, asked=tools.harvester.asks_registries()),
        _index_stage(hub.broker, done, seen.outbox, now),
    ]
    tries = Tries(sum(run.tries for run in runs), done.pages)
    return Overview(now, stages, seen.controls, seen.breakers, tries, seen.outbox.rejected, runs[:RUNS_SHOWN])


def _harvest_stage(store: Store, broker: BrokerReading, done: Done, runs: list[Progress], now: float) -> Stage:
    busy = sum(run.held > 0 for run in runs)
    left = sum(max(0, (run.size or 0) - run.received) for run in runs)
    sized = bool(runs) and all(run.size is not None for run in runs)
    return Stage(
        stage="harvest",
        waiting=len(runs),
        unit="open runs",
        oldest_s=now - min(run.started for run in runs) if runs else None,
        rate=_a_minute(done.pages),
        rated="pages",
        eta_s=_eta_s(left, done.records) if sized else None,
        hints=broker.waiting.get("harvest"),
        note="; ".join(filter(None, (f"{busy} running" if busy else "", *_waits(store, runs, now)))),
    )


def _doi_stage(store: Store, broker: BrokerReading, done: Done, now: float, *, asked: bool) -> Stage:
    waiting, oldest = count_due(store, now)
    waiting += count_new_dois(store)
    blocked = [f"{lane} is left alone for {span(until - now)}" for lane, until in blocked_lanes(store, now).items()]
    note = "; ".join(blocked) if asked else "registries are not asked: OAIHUB_DOI, OAIHUB_CONTACT"
    return Stage(
        stage="doi",
        waiting=waiting,
        unit="DOIs",
        oldest_s=None if oldest is None else now - oldest,
        rate=_a_minute(done.dois),
        rated="answers",
        eta_s=_eta_s(waiting, done.dois),
        hints=broker.waiting.get("doi"),
        note=note,
    )


def _index_stage(broker: BrokerReading, done: Done, depth: Depth, now: float) -> Stage:
    notes = (
        f"people wait for {depth.urgent:,} of them" if depth.urgent else "",
        f"{depth.rejected:,} refused by the index" if depth.rejected else "",
    )
    return Stage(
        stage="index",
        waiting=depth.waiting,
        unit="items",
        oldest_s=None if depth.oldest is None else now - depth.oldest,
        rate=_a_minute(done.items),
        rated="items",
        eta_s=_eta_s(depth.waiting, done.items),
        hints=broker.waiting.get("index"),
        note="; ".join(filter(None, notes)),
    )


def _waits(store: Store, progress: list[Progress], now: float) -> Iterator[str]:
    """Give why runs wait whose pages cannot be taken now: the first few, then how many more there are."""
    waiting = {run.run for run in progress if not run.held and (not run.ready or _is_idle(run, now))}
    if not waiting:
        return
    first = [run for run in list_open_runs(store) if run.id in waiting][:TOLD]
    whys = why_waiting(store, first, now)
    for run in first:
        yield f"run {run.id} ({run.endpoint}): {whys[run.id]}"
    if len(waiting) > len(first):
        yield f"{len(waiting) - len(first):,} more runs wait: `oaihub runs --stuck`"


def _is_idle(run: Progress, now: float) -> bool:
    """Tell whether nobody takes the pages of a run that can be taken."""
    return now - max(run.started, run.last_done) > LEAST_S


def _a_minute(done: int) -> float:
    return round(done / (LATELY_S / 60), 1)


def _eta_s(left: int, done: int) -> float | None:
    if not left:
        return 0.0
    return left / (done / LATELY_S) if done else None
