"""Processes of our own, forked from this one (Linux): they share the memory of all that it has imported.

A Python that has imported what the workers and the pages need takes 97 MB, one that was forked after that 12 MB
(measured). So whoever forks imports first; has one thread only, for the locks of others would stay locked; and opens
nothing that a child must not have: what is open all the same is closed in the child.
"""

import contextlib
import ctypes
import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Final, NoReturn

from msgspec import Struct

from harvester.settings import replace_environment
from workers.processes.lifeline import die_with_parent

STAT: Final = Path("/proc/self/stat")
DESCRIPTORS: Final = Path("/proc/self/fd")


class Program(Struct, frozen=True):
    """A module of ours with its arguments, run as `python -m` does."""

    module: str
    arguments: tuple[str, ...] = ()


class Fork:
    """A program that runs in a fork of this process, in a session of its own; handled as those of subprocess are.

    It ends with this process. Its standard input is empty, its standard output goes nowhere. `title` is what `ps`
    shows.
    """

    stdin: IO[bytes] | None = None

    def __init__(self, title: str, program: Program, environ: Mapping[str, str]) -> None:
        parent = os.getpid()
        self._code: int | None = None
        sys.stdout.flush()  # or the child would write it once more
        sys.stderr.flush()
        # A signal that comes before the child has handlers of its own must not meet ours there.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _become(title, program, environ, parent, mask)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def poll(self) -> int | None:
        """Give its exit code, or minus the signal that ended it; None while it runs."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self) -> int:
        """Give the same when it has ended."""
        if self._code is None:
            _, status = os.waitpid(self.pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:  # so its id is not another's by now
            os.kill(self.pid, number)


def share(modules: Iterable[str]) -> None:
    """Import modules for all that is forked from now on.

    Python's search for garbage leaves alone what there is then: it would write on every page, and so make copies.
    """
    for name in modules:
        import_module(name)
    gc.collect()
    gc.freeze()


def _become(title: str, program: Program, environ: Mapping[str, str], parent: int, mask: Collection[int]) -> NoReturn:
    """Be the program until it ends, and never come back to the code that forked."""
    code = 1
    try:
        die_with_parent(parent)
        os.setsid()
        _close_all()
        _forget_handlers()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        replace_environment(environ)
        _show_as(title)
        code = _run(program)
    except BaseException:  # noqa: BLE001 - as Python does at its top
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)  # what the parent would do at its end is not for us to do


def _close_all() -> None:
    """Close all files but the standard ones, of which only standard error stays what it was."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    for entry in list(DESCRIPTORS.iterdir()):
        if int(entry.name) > 2:
            with contextlib.suppress(OSError):  # the one that listed them
                os.close(int(entry.name))


def _forget_handlers() -> None:
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _show_as(title: str) -> None:
    """Write over the command line that `ps` shows; what is longer than the present one is cut."""
    fields = STAT.read_bytes().rpartition(b")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # 48 and 49 of proc_pid_stat(5), arg_start and arg_end
    if not 0 < start < end:  # some sandboxes do not tell
        return
    words = title.encode().replace(b" ", b"\0")[: end - start - 1]
    ctypes.memmove(start, words.ljust(end - start, b"\0"), end - start)


def _run(program: Program) -> int:
    """Run the module, and give the exit code that Python would end with."""
    sys.argv = [program.module, *program.arguments]
    try:
        runpy.run_module(program.module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)  # noqa: T201
            return 1
        return ended.code or 0
    return 0
