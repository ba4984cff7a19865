"""Celery's processes: a worker for some queues, and beat."""

import os
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from types import FrameType

from celery import Celery
from celery.beat import Service
from celery.exceptions import SecurityWarning
from celery.signals import beat_embedded_init, beat_init, setup_logging

from workers.app import create_app
from workers.processes.lifeline import die_with_parent
from workers.tasks import register_tasks
from workers.tools import Tools


def run_worker(tools: Tools, queues: Sequence[str], *, processes: int, beat: bool) -> int:
    """Work for queues until a signal ends it; gives the exit code.

    Pages are harvested in processes of their own, which have time and memory limits and can be killed one by one. One
    process for `index` or `control` alone works without a pool: one process less, and the only writer of the index.
    """
    # Celery's advice to root names options that we do not have; only JSON is accepted, which runs no code.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app = create_app(tools.broker.url)
    register_tasks(app, tools)
    tools.close()  # nothing open may be shared with the processes of the pool
    setup_logging.connect(_keep_logging)
    beat_embedded_init.connect(_BeatTie(os.getpid()), weak=False)
    beat_init.connect(_stop_between_ticks)
    worker = app.Worker(
        hostname=f"{'-'.join(queues)}@{socket.gethostname()}",
        queues=list(queues),
        pool="solo" if processes == 1 and "harvest" not in queues else "prefork",
        concurrency=processes,
        beat=beat,
        quiet=True,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_beat(app: Celery) -> None:
    """Send the ticks of the app's schedule until a signal ends it."""
    setup_logging.connect(_keep_logging)
    beat_init.connect(_stop_between_ticks)
    app.Beat(quiet=True, loglevel="WARNING").run()


class _BeatTie:
    """Has the beat process end with the worker that made it; Celery does so for the processes of the pool only."""

    def __init__(self, parent: int) -> None:
        self._parent = parent

    def __call__(self, **_: object) -> None:
        if sys.platform == "linux":
            die_with_parent(self._parent)


def _stop_between_ticks(sender: Service, **_: object) -> None:
    """Have a signal end beat after its tick. Celery raises SystemExit, which is lost where it meets a destructor."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        sender.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _keep_logging(**_: object) -> None:
    """Tell Celery, by being connected to its signal, that logging is set up already."""
