"""A file that the main loop of a process touches, so that what watches over it knows a hang from work.

A health check must not ask the process through the broker: a slow broker would have healthy workers restarted
(sentry-kubernetes/charts#1923).
"""

import threading
import time
from pathlib import Path
from typing import Any, Final

from celery.beat import Scheduler
from celery.worker.consumer import Consumer

TOUCH_EVERY_S: Final = 5.0


def touch(path: Path) -> None:
    """Say that the main loop is alive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def is_alive(path: Path, within_s: float) -> bool:
    """Tell whether a file was touched not longer ago than `within_s`."""
    try:
        return time.time() - path.stat().st_mtime <= within_s
    except FileNotFoundError:
        return False


class Touching:
    """Has the main loop of a worker touch a file, from each time on that it begins.

    While the broker is away there is no loop: then a thread touches it, or all workers would be restarted for that.
    """

    def __init__(self, alive: Path) -> None:
        self._alive = alive
        self._consumer: Consumer | None = None
        threading.Thread(target=self._stand_in, name="liveness", daemon=True).start()

    def __call__(self, sender: Consumer, **_: object) -> None:
        """Take note of a worker's consumer that has connected."""
        self._consumer = sender
        touch(self._alive)
        sender.timer.call_repeatedly(TOUCH_EVERY_S, touch, (self._alive,))

    def _stand_in(self) -> None:
        while True:
            if self._consumer is None or self._consumer.connection is None:
                touch(self._alive)
            time.sleep(TOUCH_EVERY_S)


class TouchingScheduler(Scheduler):
    """Beat's scheduler, which touches a file at each of its rounds."""

    alive: Path | None = None

    def tick(self, *arguments: Any, **options: Any) -> float:  # noqa: ANN401 - whatever Celery gives
        """Do a round, and say so."""
        if self.alive is not None:
            touch(self.alive)
        return float(super().tick(*arguments, **options))
