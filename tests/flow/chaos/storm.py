"""The storm: faults of every kind, one after the other, spread over the whole harvest."""

import random
import signal
import time
from collections.abc import Callable, Sequence

import psutil
from msgspec import Struct

from tests.flow.chaos.roles import find

LEAST_BETWEEN_S = 1.0

Fault = Callable[[random.Random], "Mending | None"]
"""Does harm, and says what ends it; None where nothing was there to harm."""


class Mending(Struct):
    """What ends a fault after `lasts_s`, and tells when what was harmed is up again.

    `is_outage` is whether an engine is away meanwhile, without which no page can be finished.
    """

    lasts_s: float = 0.0
    end: Callable[[], None] = lambda: None
    is_up: Callable[[], bool] = lambda: True
    is_outage: bool = False


class Struck(Struct):
    """A fault that was done: when, and from when on work could go on again (seconds since 1970)."""

    kind: str
    at: float
    up: float


class Storm:
    """Strikes as the work goes on: at each of so many equal parts of it there is the next fault.

    `progress` is the share that is done. No fault begins while another is not mended.
    """

    def __init__(self, faults: dict[str, Fault], plan: Sequence[str], dice: random.Random) -> None:
        self.struck: list[Struck] = []
        self._faults = faults
        self._plan = plan
        self._dice = dice
        self._mending: Mending | None = None
        self._ended = False
        self._mended = 0.0

    @property
    def is_over(self) -> bool:
        """Whether all faults were done, and all are mended."""
        return len(self.struck) == len(self._plan) and self.is_mended

    @property
    def is_mended(self) -> bool:
        """Whether no fault goes on."""
        return self._mending is None

    def is_behind(self, progress: float) -> bool:
        """Tell whether a further fault should have been done by now."""
        return len(self.struck) < len(self._plan) and progress >= (len(self.struck) + 1) / (len(self._plan) + 2)

    def blow(self, progress: float) -> None:
        """Mend what is to be mended, and do the next fault if it is due."""
        if self._mending is not None:
            self._mend(self._mending)
        elif self.is_behind(progress) and time.time() - self._mended >= LEAST_BETWEEN_S:
            self._strike(self._plan[len(self.struck)])

    def calm(self) -> None:
        """End the fault that goes on, if one does."""
        if self._mending is not None and not self._ended:
            self._mending.end()
            self._mending = None

    def _strike(self, kind: str) -> None:
        mending = self._faults[kind](self._dice)
        if mending is not None:
            now = time.time()
            self.struck.append(Struck(kind, now, now))
            self._mending, self._ended = mending, False

    def _mend(self, mending: Mending) -> None:
        now = time.time()
        if now < self.struck[-1].at + mending.lasts_s:
            return
        if not self._ended:
            mending.end()
            self._ended = True
        if mending.is_up():
            self._mended = time.time()
            if mending.is_outage:
                self.struck[-1].up = self._mended
            self._mending = None


def plan_of(kinds: Sequence[str], once: Sequence[str], dice: random.Random, count: int) -> list[str]:
    """Give the order of so many faults: every kind before any comes again, but for those that come once."""
    plan = list(once)
    while len(plan) < count:
        plan += dice.sample(kinds, min(len(kinds), count - len(plan)))
    dice.shuffle(plan)
    return plan


def send(role: str, number: signal.Signals) -> Fault:
    """A signal to one process that has a role."""

    def strike(dice: random.Random) -> Mending | None:
        return Mending() if _signal(dice, role, number) else None

    return strike


def freeze(role: str, lasts_s: float, *, is_outage: bool = False) -> Fault:
    """A process stops in the middle of its work for a while, as in a machine that swaps or is moved, and goes on."""

    def strike(dice: random.Random) -> Mending | None:
        process = _signal(dice, role, signal.SIGSTOP)

        def thaw() -> None:
            if process is not None and process.is_running():
                process.send_signal(signal.SIGCONT)

        return None if process is None else Mending(lasts_s, thaw, is_outage=is_outage)

    return strike


def _signal(dice: random.Random, role: str, number: signal.Signals) -> psutil.Process | None:
    found = find(role)
    if not found:
        return None
    process = dice.choice(found)
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return None
    return process
