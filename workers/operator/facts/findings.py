"""What is wrong, or may soon be: one finding a line, each with the command that looks further or mends it."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from harvester.errors import cut
from harvester.room import FULL_BYTES, told_full
from harvester.sizes import size
from harvester.store import Store
from harvester.store.deletions.plans import list_plans
from harvester.store.items import count_items
from harvester.store.ledger.dead import count_dead
from harvester.store.ledger.stuck import find_stuck
from harvester.store.mails import MailCounts
from harvester.store.operating.breakers import told as told_breaker
from harvester.store.operating.controls import told
from harvester.store.outbox import Depth, outbox_depth
from indexer.errors import IndexingError, SearchError
from indexer.query import Query
from workers.operator.facts.endpoints import Card, report_cards
from workers.operator.facts.processes import Attendance, attendance
from workers.operator.facts.reading import needed_queues, read_hub
from workers.operator.facts.stages import Overview, overview
from workers.operator.facts.vitals import Vitals, vitals
from workers.tools import Tools
from workers.words import span, utc

Level = Literal["wrong", "warning"]
RECONCILE_WITHIN_S: Final = 60.0
OLDEST_S: Final = {"doi": 900.0, "index": 300.0}
"""How long something may wait at a stage; open runs are looked at one by one."""

OLDEST_MAIL_S: Final = 900.0
LEAST_SHARE: Final = 0.15
LEAST_DAYS: Final = 7.0
SHOWN: Final = 5


class Finding(Struct, frozen=True):
    """Something that a person should know: how bad, about what (a word), in a sentence, and the command to go on by."""

    level: Level
    about: str
    text: str
    command: str


class Diagnosis(Struct, frozen=True):
    """All findings, the worst first, and what they were made from: the stages, and the signs of health."""

    at: float
    seen: Overview
    findings: list[Finding]
    vitals: Vitals


def diagnose(tools: Tools) -> Diagnosis:
    """Look at everything. Raises: the errors of the store where that does not answer."""
    store, hub = tools.store, read_hub(tools)
    seen = overview(tools, hub)
    signs, attended = vitals(tools, hub, seen.tries), attendance(hub.store, needed_queues(tools.harvester))
    found = [
        *_of_disk(signs, tools.harvester.data_dir),  # first: much else fails for it
        *_of_broker(signs),
        *_of_index(tools, hub.store.outbox),
        *_of_processes(attended, seen),
        *_of_stages(seen, signs),
        *_of_endpoints(report_cards(store, counted=False)),
        *_of_runs(store, seen.at),
        *_of_dead(store),
        *_of_tries(signs),
        *_of_mail(tools, signs.mails, seen.at),
    ]
    return Diagnosis(seen.at, seen, sorted(found, key=lambda finding: finding.level != "wrong"), signs)


def _of_broker(signs: Vitals) -> Iterator[Finding]:
    broker = signs.broker
    if broker is None:
        yield Finding("wrong", "broker", signs.broker_error, "oaihub run")
        return
    if not broker.keeps_writes:
        yield Finding("warning", "broker", "the broker logs no writes, so a restart empties it", "oaihub settings")
    if broker.drops not in {"", "noeviction"}:
        text = f"the broker drops messages when its memory is full ({broker.drops}): set maxmemory-policy noeviction"
        yield Finding("warning", "broker", text, "oaihub settings")


def _of_index(tools: Tools, seen: Depth) -> Iterator[Finding]:
    """Ask the index whether it answers, and compare how many items it finds with the store.

    What is on its way between the two while they are asked is no finding, so a difference is looked at once more.
    """
    try:
        if not tools.has_index():  # asking it would make one, and fill it
            yield Finding(
                "wrong", "index", "there is no index: whoever starts next makes and fills one", "oaihub rebuild"
            )
            return
        apart = _apart(tools, seen)
        if apart:
            tools.index.refresh()
            apart = _apart(tools, outbox_depth(tools.store))
    except (IndexingError, SearchError) as error:
        yield Finding("wrong", "index", f"the index does not answer: {cut(error)}", "oaihub queues")
        return
    if apart:
        yield Finding("wrong", "index", apart, "oaihub check --repair")


def _apart(tools: Tools, depth: Depth) -> str:
    """Say by how much the index and the store differ; empty where what waits, or was refused, explains that."""
    there, waiting = tools.index.search(Query(size=0)).total, depth.waiting + depth.rejected
    expected, _ = count_items(tools.store)
    if abs(there - expected) <= waiting:
        return ""
    return f"the index finds {there:,} items, the store has {expected:,}, and {waiting:,} wait or are refused"


def _of_processes(attended: Attendance, seen: Overview) -> Iterator[Finding]:
    for queue in attended.unattended:
        worker = f"oaihub worker --queues {queue}"
        yield Finding("wrong", "processes", f"nobody works for queue {queue}", worker)
    if not attended.ticking:
        yield Finding("wrong", "processes", "no beat runs, so no schedule comes due", "oaihub beat")
    for one in attended.processes:
        if one.gone:
            text = f"{one.kind} {one.pid} on {one.host} gave no sign for {span(one.silent_s)}: it ended or hangs"
            yield Finding("warning", "processes", text, "oaihub queues")
    last = attended.last_reconcile
    if attended.ticking and (last is None or seen.at - last > RECONCILE_WITHIN_S):
        since = "never worked" if last is None else f"last worked at {utc(last)}"
        text = f"the reconciler {since}: lost hints are not sent again"
        yield Finding("wrong", "reconciler", text, "oaihub worker --queues control")


def _of_stages(seen: Overview, signs: Vitals) -> Iterator[Finding]:
    for control in seen.controls:
        yield Finding("warning", "paused", told(control), _resume(control.scope, control.name))
    for breaker in seen.breakers:
        yield Finding(
            "wrong", f"stage {breaker.stage}", told_breaker(breaker), f"oaihub resume --stage {breaker.stage}"
        )
    for stage in seen.queues:
        if stage.waiting and (stage.oldest_s or 0.0) > OLDEST_S.get(stage.stage, math.inf):
            text = f"the oldest of {stage.waiting:,} {stage.unit} waits for {span(stage.oldest_s)}"
            yield Finding("warning", f"stage {stage.stage}", text, "oaihub queues")
    for one in signs.limited:
        text = f"{one.name} is left alone for {span(one.until - seen.at)}: it limits us, or fails"
        yield Finding("warning", "limited", text, "oaihub queues")


def _of_endpoints(cards: list[Card]) -> Iterator[Finding]:
    failing = sorted(
        ((card, card.failing) for card in cards if card.failing is not None), key=lambda pair: pair[1].since
    )
    for card, bad in failing[:SHOWN]:
        text = f"{card.key} fails since {utc(bad.since)} ({bad.streak} runs): {cut(bad.why)}"
        yield Finding("wrong", "endpoint", text, card.next)
    if len(failing) > SHOWN:
        text = f"{len(failing) - SHOWN:,} more endpoints fail"
        yield Finding("wrong", "endpoint", text, "oaihub endpoints list --failing")
    for card in [card for card in cards if card.state == "held" and card.plan is None][:SHOWN]:
        if card.last is not None:
            text = f"run {card.last.id} of {card.key} is held: {cut(card.last.error)}"
            yield Finding("wrong", "held", text, f"oaihub runs approve {card.last.id}")
    late = [card for card in cards if card.late and not card.failing and card.control is None]
    for card in late[:SHOWN]:
        text = f"the data of {card.key} are {span(card.age_s)} old, longer than two of its intervals"
        yield Finding("warning", "endpoint", text, f"oaihub schedule run {card.key}")
    drifted = [card for card in cards if card.drift]
    for card in drifted[:SHOWN]:
        text = f"the repository of {card.key} has changed: {cut(card.drift[-1])}"
        yield Finding("warning", "drift", text, f"oaihub endpoints probe {card.key}")


def _of_runs(store: Store, now: float) -> Iterator[Finding]:
    stuck = find_stuck(store, now)
    for one in stuck[:SHOWN]:
        text = f"run {one.run.id} of {one.run.endpoint} did no page for {span(now - one.since)}: {one.why}"
        yield Finding("wrong", "stuck", text, f"oaihub runs {one.run.id}")
    if len(stuck) > SHOWN:
        yield Finding("wrong", "stuck", f"{len(stuck) - SHOWN:,} more runs are stuck", "oaihub runs --stuck")
    for plan in list_plans(store, states=("held",), limit=SHOWN):
        text = f"plan {plan.id} would delete {plan.vanished:,} of {plan.live:,} records of {plan.endpoint}"
        yield Finding(
            "wrong", "held", f"{text}: {plan.reason or 'a person must decide'}", f"oaihub plans show {plan.id}"
        )


def _of_dead(store: Store) -> Iterator[Finding]:
    counts = {kind: number for kind, number in count_dead(store).items() if number}
    if counts:
        named = ", ".join(f"{number:,} {kind}{'s' if number > 1 else ''}" for kind, number in counts.items())
        yield Finding("warning", "dead letters", f"given up: {named}", "oaihub dead list")


def _of_disk(signs: Vitals, data_dir: Path) -> Iterator[Finding]:
    if full := told_full(data_dir):
        yield Finding("wrong", "disk", f"{full}; store, index and broker cannot write there before", "oaihub settings")
    disk = signs.disk
    if disk.free_bytes is None or not disk.total_bytes:
        return
    text = f"the archive's disk has {size(disk.free_bytes)} of {size(disk.total_bytes)} free"
    if disk.free_bytes < disk.mark_bytes:
        yield Finding("wrong", "disk", f"{text}, less than OAIHUB_DISK_MARK: nothing is fetched", "oaihub settings")
    elif disk.free_bytes < FULL_BYTES:
        yield Finding("wrong", "disk", f"{text}: it is full, free some space there", "oaihub settings")
    elif disk.free_bytes < LEAST_SHARE * disk.total_bytes:
        yield Finding("warning", "disk", text, "oaihub settings")
    elif disk.days_left is not None and disk.days_left < LEAST_DAYS:
        yield Finding("warning", "disk", f"{text}: enough for {disk.days_left:.0f} days", "oaihub settings")


def _of_tries(signs: Vitals) -> Iterator[Finding]:
    tries = signs.tries
    if tries.in_vain > 10 and tries.in_vain > tries.done:
        text = f"{tries.in_vain:,} tries of open pages were in vain, {tries.done:,} pages were done in ten minutes"
        yield Finding("warning", "retry storm", text, "oaihub runs --stuck")


def _of_mail(tools: Tools, mails: MailCounts, now: float) -> Iterator[Finding]:
    if mails.waiting and not (tools.workers.smtp_url and tools.harvester.contact):
        what = "mail waits" if mails.waiting == 1 else "mails wait"
        text = f"{mails.waiting:,} {what}, and nothing here sends mail"
        yield Finding("warning", "mail", f"{text}: set OAIHUB_SMTP_URL and OAIHUB_CONTACT", "oaihub settings")
    elif mails.due_since is not None and now - mails.due_since > OLDEST_MAIL_S:
        text = f"mail waits for {span(now - mails.due_since)}: a worker of the queue control would send it"
        yield Finding("warning", "mail", text, "oaihub mails list")
    if mails.failed:
        yield Finding("warning", "mail", f"given up: {mails.failed:,} of the mails to people", "oaihub mails list")


def _resume(scope: str, name: str) -> str:
    return "oaihub resume" if scope == "everything" else f"oaihub resume --{scope} {name}"
