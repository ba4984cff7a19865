"""Ties a process to its parent, so that nothing is left behind when the parent is killed.

On Linux the kernel does it (PR_SET_PDEATHSIG, kept over exec). Elsewhere a guard stays between the two: it holds the
reading end of a pipe whose other end only the parent has, and kills its child when the pipe closes. Work in flight
needs no farewell: the ledger's lease gives it to the next process.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
PASSED_ON: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def tied_command(command: Sequence[str], parent: int) -> list[str]:
    """Give the command that runs another one tied to a parent process; standard input must be a pipe of the parent."""
    return [sys.executable, "-P", __file__, str(parent), *command]


def die_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends; ends at once where the parent is gone already. Linux only."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def guard(command: Sequence[str]) -> int:
    """Run a command until it ends; gives its exit code. Kills the whole process group when standard input closes.

    For systems without PDEATHSIG; the caller has made this process the leader of a group of its own.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:  # noqa: S603 - our own commands

        def pass_on(number: int, _: FrameType | None) -> None:
            child.send_signal(number)

        def watch() -> None:
            while os.read(0, 1024):
                pass
            os.killpg(0, signal.SIGKILL)

        for number in PASSED_ON:
            signal.signal(number, pass_on)
        threading.Thread(target=watch, daemon=True).start()
        return child.wait()


def main(arguments: Sequence[str]) -> int:  # noqa: RET503 - exec does not return
    """Become the command, tied to the parent named first."""
    parent, *command = arguments
    if sys.platform != "linux":
        return guard(command)
    die_with_parent(int(parent))
    os.execvp(command[0], command)  # noqa: S606 - our own commands


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
