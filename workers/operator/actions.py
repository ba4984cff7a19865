"""What an operator does, once for pages and JSON alike: what is asked for, and what does it and tells it."""

import time
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from harvester.errors import FatalError, cut
from harvester.replaying import replay_page
from harvester.store.deletions.plans import approve_plan, undo_plan
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.dead import Chosen, Kind, drop_dead
from harvester.store.ledger.held import approve_run, reject_run
from harvester.store.ledger.reviving import cancel_run, retry_dead
from harvester.store.operating.audit import audit
from harvester.store.operating.breakers import try_at_once
from harvester.store.operating.controls import STAGES, Scope, drain, pause, resume
from harvester.store.operating.schedules import remove_schedule, run_now, set_schedule
from harvester.store.probes import ask_probe
from harvester.store.replays import rejected_pages
from harvester.timing import parse_span
from workers.hints import hint_begin, hint_index, hint_plan, hint_probe
from workers.tools import Tools

REPLAY_WITHIN_S: Final = 10.0

Number = Annotated[int, Meta(ge=1, le=2**63 - 1)]  # as databases count
Reason = Annotated[str, Meta(max_length=500)]


class NotDoneError(FatalError):
    """What was asked for cannot be done as things are now; the text says why."""


class PlaceAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What to stop or have go on: everything, a stage or an endpoint (`name`), and why."""

    scope: Scope
    name: str = ""
    reason: Reason = ""


class OfEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint by its key."""

    endpoint: str


class NewSchedule(Struct, frozen=True, forbid_unknown_fields=True):
    """A schedule for an endpoint: its rule, zone (empty: OAIHUB_TIME_ZONE) and jitter, such as 30m."""

    endpoint: str
    rule: str
    zone: str = ""
    jitter: str = "0s"


class OfRun(Struct, frozen=True, forbid_unknown_fields=True):
    """A run by its number, and why."""

    run: Number
    reason: Reason = ""


class Cause(Struct, frozen=True, forbid_unknown_fields=True):
    """The records of a run that were set aside for a cause."""

    run: Number
    cause: str


class Letters(Struct, frozen=True, forbid_unknown_fields=True):
    """Dead letters: one by its key, or all that fit what is given; empty is no condition."""

    kind: Literal["", "page", "document", "doi"] = ""
    key: str = ""
    endpoint: str = ""
    cause: str = ""
    reason: Reason = ""


class OfPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """A deletion plan by its number."""

    plan: Number


class Action(Struct, frozen=True):
    """Something that can be done: its name in addresses, what is asked for, and what does it (tools, actor, asked)."""

    name: str
    summary: str
    asked: type[Struct]
    do: Callable[[Tools, str, Any], str]


def _pause(tools: Tools, actor: str, asked: PlaceAsked) -> str:
    _check_place(tools, asked)
    pause(tools.store, asked.scope, asked.name, actor=actor, reason=asked.reason, now=tools.store.now())
    return f"{_place(asked)} is paused"


def _drain(tools: Tools, actor: str, asked: PlaceAsked) -> str:
    _check_place(tools, asked)
    if asked.scope == "stage" and asked.name != "harvest":
        raise NotDoneError(f"only runs are drained, and the stage {asked.name} has none: pause it")
    drain(tools.store, asked.scope, asked.name, actor=actor, reason=asked.reason, now=tools.store.now())
    return f"{_place(asked)} is draining: open runs go on to their end"


def _resume(tools: Tools, actor: str, asked: PlaceAsked) -> str:
    now = tools.store.now()
    gone = resume(tools.store, asked.scope, asked.name, actor=actor, reason=asked.reason, now=now)
    stages = [stage for stage in STAGES if asked.scope == "everything" or (asked.scope, asked.name) == ("stage", stage)]
    tried = try_at_once(tools.store, stages, actor=actor, now=now)
    if gone is None and not tried:
        raise NotDoneError(f"{_place(asked)} was not stopped")
    told = [f"{_place(asked)} goes on"] if gone else []
    return "; ".join([*told, *(f"stage {stage} is tried at once" for stage in tried)])


def _run(tools: Tools, actor: str, asked: OfEndpoint) -> str:
    run_now(tools.store, asked.endpoint, actor=actor, now=tools.store.now())
    hint_begin(tools.hinting, asked.endpoint)
    return f"a run of {asked.endpoint} is due now"


def _probe(tools: Tools, actor: str, asked: OfEndpoint) -> str:
    attempt = ask_probe(tools.store, asked.endpoint, actor=actor, now=tools.store.now())
    sent = hint_probe(tools.hinting, attempt.endpoint, attempt.at)
    return f"{asked.endpoint} is probed by a worker" + ("" if sent else ", as soon as the broker answers")


def _set_schedule(tools: Tools, actor: str, asked: NewSchedule) -> str:
    zone, jitter_s = asked.zone or tools.workers.time_zone, parse_span(asked.jitter)
    now = tools.store.now()
    set_schedule(tools.store, asked.endpoint, asked.rule, zone=zone, jitter_s=jitter_s, actor=actor, now=now)
    return f"{asked.endpoint} is harvested {asked.rule}"


def _remove_schedule(tools: Tools, actor: str, asked: OfEndpoint) -> str:
    if not remove_schedule(tools.store, asked.endpoint, actor=actor, now=tools.store.now()):
        raise NotDoneError(f"{asked.endpoint} has no schedule")
    return f"{asked.endpoint} has no schedule any more"


def _cancel(tools: Tools, actor: str, asked: OfRun) -> str:
    ended = cancel_run(tools.store, asked.run, actor=actor, reason=asked.reason, now=tools.store.now())
    if ended is None:
        raise NotDoneError(f"run {asked.run} is not open")
    return f"run {asked.run} is cancelled; what it has stored stays"


def _approve_run(tools: Tools, actor: str, asked: OfRun) -> str:
    approve_run(tools.store, asked.run, actor=actor, now=tools.store.now())
    return f"run {asked.run} is complete"


def _reject_run(tools: Tools, actor: str, asked: OfRun) -> str:
    reject_run(tools.store, asked.run, actor=actor, now=tools.store.now())
    return f"run {asked.run} is failed; the watermark stays where it was"


def _retry_cause(tools: Tools, actor: str, asked: Cause) -> str:
    """Read the pages again that these records came on, for a few seconds; what is left then is told.

    What was done stands in the audit also where a page then cannot be read.
    """
    store, until = tools.store, time.monotonic() + REPLAY_WITHIN_S
    pages = rejected_pages(store, endpoint=None, cause=asked.cause, run=asked.run)
    if not pages:
        raise NotDoneError(f"run {asked.run} has set nothing aside for {cut(asked.cause)!r}")
    read, recovered, unreadable = 0, 0, 0
    try:
        for page in pages:
            if time.monotonic() > until:
                break
            done = replay_page(tools.harvesting, page)
            read, recovered, unreadable = read + 1, recovered + done.counts.recovered, unreadable + bool(done.error)
    finally:
        told = {"cause": asked.cause, "pages": read, "recovered": recovered, "left": len(pages) - read}
        told |= {"unreadable": unreadable} if unreadable else {}
        audit(store, actor=actor, action="retry rejected", object=f"run:{asked.run}", details=told, now=store.now())
        hint_index(tools.hinting)
    left = f"; {len(pages) - read:,} pages are left: retry again" if len(pages) > read else ""
    lost = f"; {unreadable:,} of them cannot be read in the archive" if unreadable else ""
    return f"{recovered:,} records were recovered from {read:,} pages{lost}{left}"


def _retry_dead(tools: Tools, actor: str, asked: Letters) -> str:
    chosen = _chosen(asked)
    done = retry_dead(tools.store, chosen, actor=actor, reason=asked.reason, now=tools.store.now())
    if done.left and not done.letters:
        raise NotDoneError(done.left[0].instead)
    return f"{len(done.letters):,} are tried again; {len(done.left):,} stay"


def _drop_dead(tools: Tools, actor: str, asked: Letters) -> str:
    letters = drop_dead(tools.store, _chosen(asked), actor=actor, reason=asked.reason, now=tools.store.now())
    return f"{len(letters):,} are listed no more"


def _approve_plan(tools: Tools, actor: str, asked: OfPlan) -> str:
    if approve_plan(tools.store, asked.plan, tools.store.now(), actor=actor) is None:
        raise NotDoneError(f"plan {asked.plan} waits for nobody's decision")
    hint_plan(tools.hinting, asked.plan)
    return f"plan {asked.plan} is carried out by a worker"


def _undo_plan(tools: Tools, actor: str, asked: OfPlan) -> str:
    done = undo_plan(tools.store, asked.plan, tools.store.now(), actor=actor)
    if done is None:
        raise NotDoneError(f"there is nothing of plan {asked.plan} to take back")
    hint_plan(tools.hinting, asked.plan)
    return f"plan {asked.plan} is {done.state}"


def _check_place(tools: Tools, asked: PlaceAsked) -> None:
    known = {
        "everything": asked.name == "",
        "stage": asked.name in STAGES,
        "endpoint": asked.scope != "endpoint" or get_endpoint(tools.store, asked.name) is not None,
    }
    if not known[asked.scope]:
        raise NotDoneError(f"there is no {asked.scope} {asked.name[:100]!r}")


def _place(asked: PlaceAsked) -> str:
    return "everything" if asked.scope == "everything" else f"{asked.scope} {asked.name}"


def _chosen(asked: Letters) -> Chosen:
    kind: Kind | None = asked.kind or None
    chosen = Chosen(kind=kind, key=asked.key or None, endpoint=asked.endpoint or None, cause=asked.cause or None)
    if chosen == Chosen():
        raise NotDoneError("choose dead letters by kind, key, endpoint or cause")
    return chosen


ACTIONS: Final = (
    Action("pause", "Have nothing new begin: everywhere, at a stage, or of an endpoint.", PlaceAsked, _pause),
    Action("drain", "Have open runs end, and no new one begin.", PlaceAsked, _drain),
    Action("resume", "Have go on what was paused or drained.", PlaceAsked, _resume),
    Action("run-now", "Have an endpoint be harvested now.", OfEndpoint, _run),
    Action("probe", "Have an endpoint's repository be probed by a worker.", OfEndpoint, _probe),
    Action("set-schedule", "Give an endpoint a schedule.", NewSchedule, _set_schedule),
    Action("remove-schedule", "Take an endpoint's schedule away.", OfEndpoint, _remove_schedule),
    Action("cancel-run", "End an open run as it stands.", OfRun, _cancel),
    Action("approve-run", "Take the list of a held run for right.", OfRun, _approve_run),
    Action("reject-run", "Have a held run be failed.", OfRun, _reject_run),
    Action("retry-cause", "Read the records of a run again that were set aside for a cause.", Cause, _retry_cause),
    Action("retry-dead", "Have dead letters be tried again.", Letters, _retry_dead),
    Action("drop-dead", "List dead letters no more.", Letters, _drop_dead),
    Action("approve-plan", "Carry out a deletion plan.", OfPlan, _approve_plan),
    Action("undo-plan", "Take a deletion plan back, or dismiss it.", OfPlan, _undo_plan),
)
