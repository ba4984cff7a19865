"""Starting a process that is tied to us: any command, or a program of our own, which is forked where that is safe."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

from workers.processes.forking import Fork, Program
from workers.processes.lifeline import tied_command


class Process(Protocol):
    """A process that was started, as subprocess has it."""

    pid: int
    stdin: IO[bytes] | None

    def poll(self) -> int | None:
        """Give its exit code, None while it runs."""

    def wait(self) -> int:
        """Give its exit code when it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


def start_tied(name: str, command: Program | Sequence[str], environ: Mapping[str, str]) -> Process:
    """Start a process that ends with us, in a session of its own: a Ctrl-C of the terminal reaches only us.

    A program is forked on Linux; on macOS a fork may crash in the system's own libraries, so there, and with any other
    command, a new process is made. Who closes its standard input, if it has one, ends it.
    """
    if isinstance(command, Program):
        if sys.platform == "linux":
            return Fork(f"oaihub run: {name}", command, environ)
        command = (sys.executable, "-P", "-m", command.module, *command.arguments)
    return subprocess.Popen(  # noqa: S603 - our own commands
        tied_command(command, os.getpid()),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # what matters is in the log, on standard error
        env=environ,
        start_new_session=True,
    )


def run_tied(name: str, command: Program | Sequence[str], environ: Mapping[str, str]) -> int:
    """Start a process likewise, and give its exit code when it has ended."""
    process = start_tied(name, command, environ)
    try:
        return process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()
