"""The services of docker-compose.yml as processes of this machine: their commands, their environment, their secrets.

What a container would do is done by hand: names of hosts become ports of this machine, paths of volumes and secrets
become folders, and each of our processes sees every other place read-only and has no rights of root.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.compose import ROOT, filled_in, our_services, read_compose
from tests.services.elasticsearch_node import Security, start_elasticsearch
from tests.services.postgresql_server import own_database, start_postgresql
from tests.services.processes import Service, free_port, listens, new_folder, start_service

GIVEN = {"OAIHUB_CONTACT": "hub@example.org", "OAIHUB_DOI": "off"}
ALONE = """
set -eu
for place in "$FOLDER" $WRITABLE; do mount --bind "$place" "$place"; done
for place in / "$FOLDER"; do mount -o remount,bind,ro "$place"; done
exec setpriv --pdeathsig KILL --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


class Stack:
    """The filled-in Compose file, where its hosts and paths are here, and the processes that were started."""

    def __init__(self, folder: Path, places: dict[str, str]) -> None:
        self._compose = filled_in(read_compose(), GIVEN)
        self._places = places
        self._folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start services of ours; without names all that Compose starts by itself."""
        for name in names or [name for name, one in our_services(self._compose).items() if "profiles" not in one]:
            self.processes[name] = self._run(name)

    def stop(self) -> dict[str, int]:
        """Ask all to end as `docker compose stop` does, and give their exit codes."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: process.wait(60) for name, process in self.processes.items()}
        self.processes.clear()
        return codes

    def run(self, name: str, *words: str) -> int:
        """Run a service to its end, as `docker compose run` does."""
        return self._run(name, *words).wait(120)

    def check(self, name: str) -> int:
        """Run the health check of a service of ours and give its exit code."""
        return self._begin(name, self._compose["services"][name]["healthcheck"]["test"][1:]).wait(60)

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(10)

    def _run(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        service = self._compose["services"][name]
        return self._begin(name, [*service.get("entrypoint", ["oaihub"]), *service.get("command", []), *more])

    def _begin(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        own = self._folder / f"tmp-{name}"
        own.mkdir(exist_ok=True)
        command = [self._here(word, own) for word in words]
        programs = {"oaihub": [sys.executable, "-P", "-m", "workers.commands"], "python": [sys.executable]}
        command[:1] = programs[command[0]]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(own),
            "HOME": self._here("/data", own),
            "FOLDER": str(self._folder),
            "WRITABLE": f"{self._here('/data', own)} {own}",
        }
        service = self._compose["services"][name]["environment"]
        environment |= {key: self._here(str(value), own) for key, value in service.items()}
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", ALONE, "sh", *command],
                env=environment,
                cwd=self._here("/data", own),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _here(self, text: str, own: Path) -> str:
        return moved(text, self._places | {"/tmp/": f"{own}/"})


def moved(text: str, places: dict[str, str]) -> str:
    """Put places of this machine where those of a container stand; what was put there is not looked at again."""
    return re.sub("|".join(map(re.escape, places)), lambda found: places[found[0]], text)


@contextmanager
def open_stack(folder: Path, certificates: tuple[Path, Path]) -> Iterator[tuple[Stack, str]]:
    """Start the engines with the stack's passwords and certificates; gives the stack and the address of its pages."""
    secrets = folder / "secrets"
    subprocess.run(["sh", ROOT / "deploy" / "secrets.sh", secrets], check=True)
    word = {path.name: path.read_text().strip() for path in secrets.iterdir()}
    keys, public = certificates
    security = Security(word["elastic_password"], keys / "http.crt", keys / "http.key", public / "ca.crt")
    data = folder / "data"
    data.mkdir()
    with ExitStack() as stack:
        postgres = stack.enter_context(start_postgresql(word["postgres_password"]))
        database = stack.enter_context(own_database(postgres.url)).rpartition("/")
        redis = stack.enter_context(_start_redis(secrets))
        node = stack.enter_context(start_elasticsearch(fetch=False, security=security))
        pages = f"127.0.0.1:{free_port()}"
        places = {
            "postgres:5432/oaihub": f"{database[0].rpartition('@')[2]}/{database[2]}",
            "redis:6379": redis.url,
            "elasticsearch:9200": node.url.removeprefix("https://"),
            "0.0.0.0:8080": pages,
            "127.0.0.1:8080": pages,
            "/run/secrets": str(secrets),
            "/ca/": f"{public}/",
            "/data": str(data),
        }
        built = Stack(folder, places)
        stack.callback(built.close)
        yield built, f"http://{pages}"


def _start_redis(secrets: Path) -> Service:
    """Start Redis by the command of the Compose file; only its folders and its port are of this machine."""
    folder, port = new_folder("redis"), free_port()
    words: list[Any] = filled_in(read_compose(), GIVEN)["services"]["redis"]["command"]
    places = {
        "/run/secrets": str(secrets),
        "/tmp/": f"{folder}/",
        "--dir /data": f"--dir {folder} --bind 127.0.0.1 --port {port}",
    }
    assert all(place in words[-1] for place in places)
    words = [moved(word, places) for word in words]
    assert shutil.which("redis-server")
    return start_service(f"127.0.0.1:{port}", words, folder, lambda: listens(port))
