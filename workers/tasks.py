"""The tasks: each makes one step that the store says is due, and hints at the next.

Errors end here: a task never fails in Celery's sense, because what is to be done again is written in the store.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from celery import Celery
from celery.signals import worker_process_shutdown, worker_shutdown

from harvester import harvest
from harvester.context import about
from harvester.enriching import can_ask, work_dois
from harvester.errors import FatalError, HarvestError
from harvester.store.comments.forgetting import forget_clients
from harvester.store.deletions.plans import plan_of_run
from harvester.store.mails import forget_mails
from harvester.store.probes import Attempt
from harvester.vanished import settle_plan as settle
from indexer.errors import IndexBusyError
from workers.alerting.looking import look
from workers.app import (
    BEGIN_RUN,
    FETCH_DOIS,
    HARVEST_PAGE,
    INDEX_OUTBOX,
    PROBE_ENDPOINT,
    RECONCILE,
    SETTLE_PLAN,
    TICK,
    WATCH,
)
from workers.heartbeat import Heartbeat
from workers.hints import hint_dois, hint_index, hint_page, hint_plan, hint_waiting
from workers.outbox import index_waiting
from workers.probing import probe_due
from workers.reconciling import reconcile as reconcile_store
from workers.scheduling import begin_due
from workers.scheduling import tick as tick_store
from workers.tools import Tools

log = logging.getLogger(__name__)

ASKED_AT_ONCE_S = 15.0
INDEXED_AT_ONCE = 20_000  # documents; a task of some seconds, so that stopping never waits long


def harvest_page(tools: Tools, run: int, number: int) -> None:
    """Harvest one page of a run, if the ledger still wants it."""

    def announce(run: int, number: int) -> None:
        hint_page(tools.hinting, run, number)

    result = harvest.harvest_page(tools.harvesting, run, number, announce=announce)
    if result.outcome == "stored":
        hint_index(tools.hinting)
    if result.ended is not None:
        plan = plan_of_run(tools.store, run)
        if plan is not None:
            hint_plan(tools.hinting, plan.id)
    elif result.outcome == "stored" and not result.next_numbers:  # its list is at an end: another one may begin
        hint_waiting(tools.store, tools.hinting, run, limit=1)


def probe_endpoint(tools: Tools, endpoint: str, at: float) -> None:
    """Make an endpoint's monthly probe, if it is still offered as of that time."""
    probe_due(tools.harvesting, Attempt(endpoint, at))


def begin_scheduled(tools: Tools, endpoint: str) -> None:
    """Begin the run of an endpoint that is due, and hint at its first pages."""
    run = begin_due(tools.harvesting, endpoint)
    if run is not None:
        hint_waiting(tools.store, tools.hinting, run.id, limit=1)


def settle_plan(tools: Tools, plan: int) -> None:
    """Prove and apply a deletion plan, or take it back, as far as the store says that this is to be done."""
    settled = settle(tools.harvesting, plan)
    if settled is not None and settled.state in {"applied", "undone"}:
        hint_index(tools.hinting)


def fetch_dois(tools: Tools) -> None:
    """Ask DOI registries for what is due, for some seconds at most, so that stopping never waits long."""
    if not tools.harvester.asks_registries():
        return
    worked = work_dois(tools.enriching, for_s=ASKED_AT_ONCE_S)
    if worked.settled:
        hint_index(tools.hinting)
    if worked.settled and can_ask(tools.store, tools.store.now()):
        hint_dois(tools.hinting)


def index_outbox(tools: Tools) -> None:
    """Index what waits in the outbox."""
    try:
        report = index_waiting(tools.store, lambda: tools.index, limit=INDEXED_AT_ONCE)
    except IndexBusyError as error:
        log.info("another process indexes", extra={"error": str(error)})
        return
    if report.taken >= INDEXED_AT_ONCE:
        hint_index(tools.hinting)


def reconcile(tools: Tools) -> None:
    """Send again the hints that were lost, and end the runs that have nothing left to do."""
    now = tools.store.now()
    reconcile_store(tools.store, tools.broker, tools.hinting, now=now, dois=tools.harvester.asks_registries())


def tick(tools: Tools) -> None:
    """Note which schedules have come due, and hint at their runs."""
    tick_store(tools.store, tools.hinting, now=tools.store.now())


def watch(tools: Tools) -> None:
    """Note what is wrong, have people told and mail sent, which nothing waits for; forget what is old of readers."""
    look(tools.store, tools.store.now())
    tools.teller.start()
    tools.sender.start()
    forget_clients(tools.store, tools.store.now())
    forget_mails(tools.store, tools.store.now())


WORK: Final[dict[str, Callable[..., None]]] = {
    HARVEST_PAGE: harvest_page,
    BEGIN_RUN: begin_scheduled,
    PROBE_ENDPOINT: probe_endpoint,
    SETTLE_PLAN: settle_plan,
    FETCH_DOIS: fetch_dois,
    INDEX_OUTBOX: index_outbox,
    RECONCILE: reconcile,
    TICK: tick,
    WATCH: watch,
}

ARGUMENTS: Final = {
    HARVEST_PAGE: ("run", "page"),
    BEGIN_RUN: ("endpoint",),
    PROBE_ENDPOINT: ("endpoint",),
    SETTLE_PLAN: ("plan",),
}


def register_tasks(app: Celery, tools: Tools, heartbeat: Heartbeat | None = None) -> None:
    """Put the tasks into an app; each process opens its tools at its first task and closes them when it ends.

    The heartbeat is told of each task, and stopped when the process ends.
    """
    heart = heartbeat or Heartbeat(tools.harvester.resolved_store_url(), "worker")
    for name, work in WORK.items():
        app.task(name=name, shared=False)(_reported(name, work, tools, heart))

    def close(**_: object) -> None:
        heart.stop()
        tools.close()

    worker_process_shutdown.connect(close, weak=False)
    worker_shutdown.connect(close, weak=False)


def _reported(name: str, work: Callable[..., None], tools: Tools, heart: Heartbeat) -> Callable[..., None]:
    """Give a task's function: its work with the tools, its errors in the log and nowhere else."""

    def task(*arguments: str | float) -> None:
        _ = tools.traces  # this process sends them from now on
        with about(task=name, process=heart.id, **_named(name, arguments)):
            do(arguments)

    def do(arguments: tuple[str | float, ...]) -> None:
        started = time.monotonic()
        try:
            with heart.working_on(_told(name, arguments)):
                work(tools, *arguments)
        except HarvestError as error:
            level = logging.ERROR if isinstance(error, FatalError) else logging.WARNING
            log.log(level, "task put off", extra={"arguments": arguments, "error": str(error)})
        except Exception:
            log.exception("task failed", extra={"arguments": arguments})
        else:
            log.debug("task done", extra={"arguments": arguments, "s": time.monotonic() - started})

    return task


def _named(name: str, arguments: tuple[str | float, ...]) -> dict[str, object]:
    """Give what the arguments of a task are, for its log lines."""
    return dict(zip(ARGUMENTS.get(name, ()), arguments, strict=False))


def _told(name: str, arguments: tuple[str | float, ...]) -> str:
    """Give in words what a task works on."""
    if name == HARVEST_PAGE:
        return "run {} page {}".format(*arguments)
    return " ".join([name.rpartition(".")[2].replace("_", " "), *map(str, arguments[:1])])
