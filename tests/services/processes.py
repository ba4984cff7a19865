"""Start a real engine as a process of its own, wait until it answers, and stop it by its process id."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psutil


class EngineMissingError(Exception):
    """The engine cannot be started here; the text says in one line what is missing."""


class Engine(Protocol):
    """Something that tests need, by its URL or path."""

    url: str


class Service:
    """A running engine with a folder of its own; closing it ends the process tree and removes the folder."""

    def __init__(
        self,
        url: str,
        launch: Callable[[], subprocess.Popen[bytes]],
        folder: Path,
        answers: Callable[[], bool],
        stop: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.url = url
        self.process = launch()
        self.folder = folder
        self.answers = answers
        self._launch = launch
        self._stop = stop

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        os.killpg(self.process.pid, number)

    def start_again(self) -> None:
        """Start the same command on the same folder, after the process was killed; `answers` says when it is up."""
        self.process.wait(30)
        self.process = self._launch()

    def close(self) -> None:
        """Ask the process to end, its children after ten seconds by force."""
        children = _children(self.process.pid)
        self.process.send_signal(self._stop)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        _, alive = psutil.wait_procs(children, timeout=10)
        for child in alive:
            child.kill()
        psutil.wait_procs(alive, timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def start_service(
    url: str,
    command: Sequence[str | Path],
    folder: Path,
    answers: Callable[[], bool],
    *,
    user: str | None = None,
    environment: dict[str, str] | None = None,
    work_folder: Path | None = None,
    stop: signal.Signals = signal.SIGTERM,
    timeout_s: float = 30.0,
) -> Service:
    """Start a command and return when it answers; its output goes to output.log in its folder.

    Raises: EngineMissingError with the end of that log where the command ends or never answers.
    """
    log = folder / "output.log"

    def launch() -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [*_with_us(stop), *(str(part) for part in command)],
                cwd=work_folder or folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
                start_new_session=True,  # Ctrl-C in the terminal reaches the tests first, which then stop it in order
                **run_as(user),
            )

    service = Service(url, launch, folder, answers, stop)
    end = time.monotonic() + timeout_s
    while time.monotonic() < end and service.process.poll() is None:
        if answers():
            return service
        time.sleep(0.05)
    lines = log.read_text(errors="replace").strip().splitlines()[-5:]
    service.close()
    raise EngineMissingError(f"{command[0]} does not start: {' | '.join(lines) or 'no output'}")


def new_folder(name: str, user: str | None = None) -> Path:
    """Make an empty folder that a user owns, under the system's temporary folder: paths of sockets must be short."""
    folder = Path(tempfile.mkdtemp(prefix=f"oaihub-{name}-"))
    if user:
        shutil.chown(folder, user)
    return folder


def free_port() -> int:
    """Give a port that nobody listens on now.

    It is none of those that Linux gives away by itself (32768 and up): until its server listens, and while that is
    away, no other server and no outgoing connection gets it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)  # the module random has the same seed in processes that share tests
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Tell whether something takes connections at a port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def ordinary_user(*preferred: str) -> str | None:
    """Give the first of these users that exists, where we are root; None where we are not.

    PostgreSQL and Elasticsearch refuse to run as root.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in (*preferred, "nobody") if name in known)


def run_as(user: str | None) -> dict[str, object]:
    """Give the arguments for subprocess that run a command as another user."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _with_us(stop: signal.Signals) -> list[str]:
    """Give the words before a command that make Linux end it when we die, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop.name.removeprefix("SIG")] if setpriv else []


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
