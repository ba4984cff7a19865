"""A hub as a person has it: `oaihub` commands and servers, each a process of its own, with one data folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from msgspec import Struct

from tests.services.processes import free_port

ROOT = Path(__file__).parents[2]
OAIHUB = (sys.executable, "-P", "-m", "workers.commands")
IN_TURN = """
import json, sys
from workers.commands import main
for arguments in json.loads(sys.argv[1]):
    if code := main(arguments):
        sys.exit(code)
    print(end="\\0", flush=True)
"""


class Done(Struct, frozen=True):
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Hub:
    """A data folder and settings; no setting of the machine gets in."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        ours = {name: value for name, value in os.environ.items() if not name.startswith("OAIHUB_")}
        self.environ = {**ours, "PYTHONPATH": str(ROOT), "OAIHUB_DATA_DIR": str(folder / "data"), **settings}

    def oaihub(self, *arguments: str, **settings: str) -> Done:
        """Run a command to its end, with other settings for this once."""
        ended = subprocess.run(
            [*OAIHUB, *arguments],
            env=self.environ | settings,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Done(ended.returncode, ended.stdout, ended.stderr)

    def told(self, *arguments: str) -> Any:
        """Give the JSON of a command that succeeds."""
        done = self.oaihub(*arguments, "--json")
        assert (done.code, done.err) == (0, ""), done
        return json.loads(done.out)

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command and leave it running; its output is read by `communicate`."""
        return subprocess.Popen(
            [*OAIHUB, *arguments],
            env=self.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def working(self, *arguments: str, log: str = "") -> Iterator[Path]:
        """Have a server command run during a block and end in order after it; gives the file of all that it says."""
        path = self.folder / f"{log or arguments[0]}.log"
        with path.open("w") as file:
            process = subprocess.Popen([*OAIHUB, *arguments], env=self.environ, stdout=file, stderr=file)
        try:
            yield path
        finally:
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            finally:
                process.kill()
                for child in psutil.wait_procs(children, timeout=5)[1]:
                    child.kill()
        assert process.returncode == 0, path.read_text()[-3_000:]

    @contextmanager
    def running(self) -> Iterator[httpx.Client]:
        """Have `oaihub run` run during a block; gives a client of its API."""
        address = f"127.0.0.1:{free_port()}"
        with self.working("run", "--listen", address) as log:
            wait_until(lambda: "oaihub: open" in log.read_text(), log=log)
            with httpx.Client(base_url=f"http://{address}/api/v1", trust_env=False, timeout=30) as client:
                yield client
        assert "Traceback" not in log.read_text()

    def in_turn(self, *commands: Sequence[str]) -> list[str]:
        """Run commands that all succeed, and give what each prints; in one process, for to start one takes a second."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", IN_TURN, json.dumps(commands)],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout.split("\0")[:-1]

    def harvest_by_workers(self, keys: Iterable[str]) -> None:
        """Have the workers harvest endpoints, and return when their runs have ended and all is indexed."""
        self.in_turn(*(("harvest", key, "--queue") for key in keys))
        wait_until(self._is_idle)

    def _is_idle(self) -> bool:
        """Tell whether nothing waits but for what registries would be asked: without a contact nobody asks them."""
        return all(stage["waiting"] == 0 for stage in self.told("queues")["queues"] if stage["stage"] != "doi")


def wait_until(done: Callable[[], bool], *, within_s: float = 60, log: Path | None = None) -> None:
    """Return when `done` says so; fail with the end of a log after a while."""
    end = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < end, log.read_text()[-3_000:] if log else "nothing happens any more"
        time.sleep(0.1)
