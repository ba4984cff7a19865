"""A process of the tree: started tied to us, started again when it ends, stopped with all that it started."""

import contextlib
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Final

from workers.processes.forking import Program
from workers.processes.starting import Process, start_tied

log = logging.getLogger(__name__)

FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 30.0
SETTLED_AFTER_S: Final = 60.0


class Child:
    """A child process by name; all times are seconds of one monotonic clock, given by the caller."""

    def __init__(self, name: str, command: Program | Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environ = dict(environ)
        self._process: Process | None = None
        self._started = 0.0
        self._failures = 0
        self._not_before = 0.0

    def start(self, now: float) -> None:
        """Start it."""
        self._process = start_tied(self.name, self._command, self._environ)
        self._started = now

    def tend(self, now: float) -> None:
        """Start it again where it has ended: after 0.4 s, and twice as long after each quick end, up to 30 s."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self._ended(self._process, code, now)
        if self._process is None and now >= self._not_before:
            self.start(now)

    @property
    def pid(self) -> int | None:
        """Its process id, None while it does not run."""
        return None if self._process is None else self._process.pid

    def alive(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        """Ask it to finish what it does and end."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything that it started, now; does nothing where all of it has ended."""
        if self._process is None:
            return
        _kill_session(self._process)
        self._process.wait()
        self._close_pipe(self._process)
        self._process = None

    def _ended(self, process: Process, code: int, now: float) -> None:
        _kill_session(process)  # a pool process may outlive the one that made it
        self._close_pipe(process)
        self._failures = 0 if now - self._started > SETTLED_AFTER_S else self._failures + 1
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**self._failures)
        log.error("process ended, starts again", extra={"child": self.name, "code": code, "wait_s": wait_s})
        self._not_before = now + wait_s
        self._process = None

    @staticmethod
    def _close_pipe(process: Process) -> None:
        if process.stdin is not None:
            process.stdin.close()


def _kill_session(process: Process) -> None:
    process.kill()  # one that has just been forked has no session yet
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
