"""`oaihub run` for real: all processes, one data folder, a signal."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.services.processes import free_port

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-P", "-m", "workers.commands"]
READY_S = 60.0


class Running:
    """A started `oaihub run`: its process, its page, and a file with all that it says."""

    def __init__(self, folder: Path, *arguments: str, host: str = "127.0.0.1") -> None:
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_DATA_DIR": str(folder / "data")}
        self.page = f"http://{host}:{free_port()}"
        self.log = folder / "log"
        with self.log.open("w") as log:
            listen = self.page.removeprefix("http://")
            self.process = subprocess.Popen(
                [*COMMAND, "run", "--listen", listen, *arguments], env=self.environ, stdout=log, stderr=log
            )

    def wait_until_ready(self) -> None:
        wait_until(lambda: f"open {self.page}/" in self.log.read_text(), READY_S, self.log)

    def processes(self) -> list[psutil.Process]:
        """Give the processes of the tree as they are now, ours first."""
        ours = psutil.Process(self.process.pid)
        return [ours, *ours.children(recursive=True)]

    def total(self, **parameters: str) -> int:
        return int(httpx.get(f"{self.page}/api/v1/items", params=parameters, timeout=10).json()["total"])


def wait_until(done, within_s: float, log: Path) -> None:
    end = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < end, log.read_text()[-3_000:]
        time.sleep(0.1)


def left(processes: list[psutil.Process], within_s: float) -> list[psutil.Process]:
    """Give those that still run after a while."""
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path, "--demo")
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(20)


def test_demo_is_searchable_and_interrupt_ends_every_process(running):
    running.wait_until_ready()
    wait_until(lambda: running.total() == 288, 30, running.log)
    assert running.total(q="improvement", filter="volume:92") == 1
    answer = httpx.get(running.page, timeout=10)
    assert (answer.status_code, "Empirical" in answer.text) == (200, True)
    processes = running.processes()
    assert len(processes) >= 9
    started = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert time.monotonic() - started < 12
    assert left(processes, 1) == []
    assert "Traceback" not in running.log.read_text()


def test_json_is_what_all_processes_say_also_at_an_address_of_ipv6(tmp_path):
    started = Running(tmp_path, "--demo", "--json", host="[::1]")
    wait_until(lambda: '"status":"ready"' in started.log.read_text(), READY_S, started.log)
    wait_until(lambda: started.total() == 288, 30, started.log)
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(20) == 0
    said = [json.loads(line) for line in started.log.read_text().splitlines()]
    assert {"status": "ready", "url": f"{started.page}/"} in said
    pages = [line for line in said if line.get("message") == "page stored"]
    assert {(line["endpoint"], line["level"]) for line in pages} == {("demo", "INFO"), ("demo-datacite", "INFO")}
    assert {"harvester.harvest", "indexer.indexing", "workers.running"} <= {line.get("logger") for line in said}


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_children_are_forked_from_a_parent_that_has_nothing_to_share_but_its_code(running):
    running.wait_until_ready()
    parent, *_ = running.processes()
    children = parent.children()
    assert {does(child) for child in children} == {"", "control", "demo", "harvest", "index", "pages"}  # "": the broker
    assert parent.num_threads() == 1
    data = str(running.environ["OAIHUB_DATA_DIR"])
    assert [Path(file.path).name for file in parent.open_files() if file.path.startswith(data)] == ["run.lock"]
    assert parent.net_connections("all") == []
    forked = [child for child in children if does(child)]
    assert all(Path(file.path).name != "run.lock" for child in forked for file in child.open_files())
    assert {os.getsid(child.pid) for child in forked} == {child.pid for child in forked}


def test_killed_parent_leaves_no_process_and_a_new_start_goes_on(running, tmp_path):
    running.wait_until_ready()
    processes = running.processes()
    running.process.kill()
    running.process.wait()
    assert left(processes, 5) == []
    again = Running(tmp_path, "--demo")
    again.wait_until_ready()
    wait_until(lambda: again.total() == 288, 30, again.log)
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(20) == 0


def test_killed_children_are_replaced(running):
    running.wait_until_ready()
    wait_until(lambda: running.total() == 288, 30, running.log)
    first = running.processes()
    for process in first[1:]:
        process.kill()
    psutil.wait_procs(first[1:], timeout=5)
    wait_until(lambda: len(running.processes()) >= len(first), 30, running.log)
    wait_until(lambda: is_ready(running.page), 30, running.log)
    assert running.total() == 288


def test_second_run_on_a_data_folder_says_who_has_it(running):
    running.wait_until_ready()
    listen = f"127.0.0.1:{free_port()}"
    second = subprocess.run(
        [*COMMAND, "run", "--listen", listen], env=running.environ, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert re.fullmatch(
        rf"oaihub: \S+/data is held by `oaihub run`, process {running.process.pid}, {running.page}/: .*\n",
        second.stderr,
    )


def test_listening_where_another_program_listens_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_DATA_DIR": str(tmp_path)}
        ended = subprocess.run(
            [*COMMAND, "run", "--listen", listen], env=environ, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"oaihub: cannot listen at {listen}")
    assert ended.stderr.count("\n") == 1


def test_a_store_that_cannot_be_opened_is_told_once(tmp_path):
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OAIHUB_DATA_DIR": str(tmp_path),
        "OAIHUB_STORE_URL": "nonsense://",
    }
    ended = subprocess.run(
        [*COMMAND, "run", "--listen", f"127.0.0.1:{free_port()}"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("oaihub: OAIHUB_STORE_URL='nonsense://'")


def does(process: psutil.Process) -> str:
    """Give what `ps` shows that a process of the tree does; nothing where it has just ended, or has no such name."""
    try:
        words = " ".join(process.cmdline()).split()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
    return words[2] if words[:2] == ["oaihub", "run:"] else ""


def is_ready(page: str) -> bool:
    try:
        return httpx.get(f"{page}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
