"""How the main loops of Celery's worker and beat touch the file that says that they are alive."""

import threading
import time
from pathlib import Path
from typing import Any, Final

from celery.beat import Scheduler
from celery.worker.consumer import Consumer

from workers.liveness import touch

TOUCH_EVERY_S: Final = 5.0


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
