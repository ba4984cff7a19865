"""Celery's processes: a worker for some queues, and beat."""

import logging
import signal
import socket
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

from celery import Celery
from celery.beat import Service
from celery.exceptions import SecurityWarning
from celery.platforms import EX_FAILURE
from celery.signals import beat_init, setup_logging, worker_process_init, worker_ready
from celery.worker import state
from celery.worker.consumer import Consumer

from workers.app import create_app
from workers.heartbeat import Heartbeat
from workers.tasks import register_tasks
from workers.tools import Tools
from workers.touching import Touching, TouchingScheduler
from workers.unacknowledged import watch_acknowledgements

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0


def run_worker(tools: Tools, queues: Sequence[str], *, processes: int, beat: bool, alive: Path | None = None) -> int:
    """Work for queues until a signal ends it; gives the exit code. The main loop touches the file `alive`.

    Pages are harvested in processes of their own, which have time and memory limits and can be killed one by one. One
    process for `index` or `control` alone works without a pool: one process less, and the only writer of the index.
    With `beat` a thread sends the ticks, too: not beside a pool, whose processes might wait for a lock that it held.
    """
    # Celery's advice to root names options that we do not have; only JSON is accepted, which runs no code.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app = create_app(tools.broker.url)
    solo = is_solo(queues, processes)
    heart = _start_hearts(tools.harvester.resolved_store_url(), queues, solo=solo)
    register_tasks(app, tools, heart.working)
    tools.close()  # nothing open may be shared with the processes of the pool
    setup_logging.connect(_keep_logging)
    worker_ready.connect(watch_acknowledgements)
    if alive is not None:
        worker_ready.connect(Touching(alive), weak=False)
    worker = app.Worker(
        hostname=f"{'-'.join(queues)}@{socket.gethostname()}",
        queues=list(queues),
        pool="solo" if solo else "prefork",
        concurrency=processes,
        quiet=True,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    if beat:
        worker_ready.connect(_BeatWatch(_start_beat(app)), weak=False)
        heart.beat.start()
    try:
        worker.start()
    finally:
        heart.beat.stop()
        heart.main.stop()
    return int(worker.exitcode or 0)


def is_solo(queues: Sequence[str], processes: int) -> bool:
    """Tell whether a worker for these queues works without a pool."""
    return processes == 1 and "harvest" not in queues


def run_beat(app: Celery, store_url: str, alive: Path | None = None) -> None:
    """Send the ticks of the app's schedule until a signal ends it; its loop touches the file `alive`."""
    TouchingScheduler.alive = alive
    setup_logging.connect(_keep_logging)
    beat_init.connect(_stop_between_ticks)
    heart = Heartbeat(store_url, "beat")
    heart.start()
    try:
        app.Beat(quiet=True, loglevel="WARNING", scheduler_cls="workers.touching:TouchingScheduler").run()
    finally:
        heart.stop()


class _Hearts(NamedTuple):
    """The heartbeats of a worker: its own, that of whoever does the tasks, that of its beat."""

    main: Heartbeat
    working: Heartbeat
    beat: Heartbeat


def _start_hearts(store_url: str, queues: Sequence[str], *, solo: bool) -> _Hearts:
    """Start the heartbeat of this process. Processes of a pool have their own: the work is theirs, and so is a hang."""
    main = Heartbeat(store_url, "worker" if solo else "pool", queues)
    working = main if solo else Heartbeat(store_url, "worker", queues, parent=main.id)
    if not solo:

        def start(**_: object) -> None:
            working.start_in_child()

        worker_process_init.connect(start, weak=False)
    main.start()
    return _Hearts(main, working, Heartbeat(store_url, "beat", parent=main.id))


def _start_beat(app: Celery) -> threading.Thread:
    """Send the ticks from a thread, which ends with the process: its schedule is in memory, and nothing of it is kept.

    Celery's own way is a process of 30 MB, which may outlive its worker, and whose end the worker does not see.
    """

    def send() -> None:
        app.set_current()
        Service(app, scheduler_cls=app.conf.beat_scheduler).start()

    thread = threading.Thread(target=send, name="beat", daemon=True)
    thread.start()
    return thread


class _BeatWatch:
    """Ends a worker whose beat has ended, for whoever watches over it to start both again."""

    def __init__(self, beat: threading.Thread) -> None:
        self._beat = beat

    def __call__(self, sender: Consumer, **_: object) -> None:
        """Look every other second, from each time on that the worker's consumer is ready."""
        sender.timer.call_repeatedly(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        if not self._beat.is_alive():
            log.error("beat has ended, so its worker ends, too")
            state.should_stop = EX_FAILURE  # type: ignore[assignment]  # declared by its first value, None


def _stop_between_ticks(sender: Service, **_: object) -> None:
    """Have a signal end beat after its tick. Celery raises SystemExit, which is lost where it meets a destructor."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        sender.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _keep_logging(**_: object) -> None:
    """Tell Celery, by being connected to its signal, that logging is set up already."""
