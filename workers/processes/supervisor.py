"""The process tree of `oaihub run`: broker, workers, pages, started in order, kept alive, stopped in reverse."""

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Final

from workers.processes.children import Child

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.1
FAREWELL_S: Final = 8.0  # a page in flight is stored within this, or fetched again after its lease
SERVER_FAREWELL_S: Final = 3.0


class Supervisor:
    """The children of this process, in layers: what a layer needs lies in the layers before it."""

    def __init__(self) -> None:
        self._layers: list[tuple[Child, ...]] = []
        self._asked_to_stop = 0

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Have SIGINT, SIGTERM and SIGHUP ask for an orderly stop within this block; the second one kills."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self._asked_to_stop += 1

        kept = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked for the stop."""
        return self._asked_to_stop > 0

    def start(self, layer: Sequence[Child]) -> None:
        """Start the children of the next layer."""
        self._layers.append(tuple(layer))
        for child in layer:
            child.start(time.monotonic())

    def tend_until(self, done: Callable[[], bool], *, within_s: float | None = None) -> bool:
        """Keep all children alive until `done` says so; False where the stop was asked for, or time is up, before."""
        end = None if within_s is None else time.monotonic() + within_s
        while not self.stopping and (end is None or time.monotonic() < end):
            for layer in self._layers:
                for child in layer:
                    child.tend(time.monotonic())
            if done():
                return True
            time.sleep(LOOK_EVERY_S)
        return False

    def stop(self) -> None:
        """Stop all children, the last layer first; whoever does not end in time is killed, with all it started."""
        last_asked = self._asked_to_stop
        while self._layers:
            layer = self._layers.pop()
            for child in layer:
                child.terminate()
            end = time.monotonic() + (FAREWELL_S if self._layers else SERVER_FAREWELL_S)
            while time.monotonic() < end and any(child.alive() for child in layer):
                if self._asked_to_stop > last_asked:
                    break
                time.sleep(LOOK_EVERY_S)
            for child in layer:
                child.kill()
