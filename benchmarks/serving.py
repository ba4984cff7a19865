"""A filled index, and the API over it as `oaihub serve` gives it, in a process of its own."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.synthetic import synthetic_items
from indexer.document import to_document
from indexer.engines import open_index
from indexer.fields import table_digest
from indexer.indexing import BATCH_ROWS
from indexer.query import Query
from tests.services.processes import free_port

START_S = 60


class Answer(NamedTuple):
    body: bytes
    wall_s: float


class Server(NamedTuple):
    pid: int
    port: int


class Client:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Answer:
        """Send a request and read all of its answer."""
        begun = time.perf_counter()
        self._connection.request(method, path, body, {"Content-Type": kind} if body else {})
        response = self._connection.getresponse()
        content = response.read()
        ended = time.perf_counter()
        assert response.status == 200, (path, content[:500])
        return Answer(content, ended - begun)

    def close(self) -> None:
        self._connection.close()


def fill(url: str, folder: Path, count: int) -> None:
    """Have an index hold `count` items; one that has so many or more is left as it is."""
    index = open_index(url, data_dir=folder)
    index.create()
    if index.search(Query(size=0)).total < count:
        begun = time.perf_counter()
        items = synthetic_items(count)
        while batch := list(islice(items, BATCH_ROWS)):
            assert not index.write([to_document(item) for item in batch]).rejected
        index.refresh()
        assert index.search(Query(size=0)).total >= count
        print(f"{count} items indexed in {time.perf_counter() - begun:.0f} s", flush=True)
    index.close()


def fill_node(node: str, count: int) -> str:
    """Fill an index of a node, merge it to one segment, switch its request cache off; give its URL.

    It stays there for the next run, under a name of its number of items and of the field table.
    """
    prefix = f"bench-{count}-{table_digest()}"
    url = f"{node.rstrip('/')}/{prefix}"
    fill(url, Path(tempfile.gettempdir()), count)
    client = Client(int(node.rstrip("/").rpartition(":")[2]))
    settings = {"index.requests.cache.enable": False, "index.refresh_interval": "-1"}
    client.send("PUT", f"/{prefix}-items/_settings", json.dumps(settings).encode())
    client.send("POST", f"/{prefix}-items/_forcemerge?max_num_segments=1")
    client.send("POST", f"/{prefix}-items/_refresh")
    client.close()
    return url


@contextmanager
def serving(index_url: str, folder: Path) -> Iterator[Server]:
    """Run `oaihub serve` over an index, and the store of the folder."""
    port = free_port()
    environment = os.environ | {"OAIHUB_INDEX_URL": index_url, "OAIHUB_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "workers.commands", "serve", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(30)


def cpu_s(pid: int) -> float:
    """Give the CPU seconds that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Give the memory of a process that is its own: without files that are mapped, which the system takes back."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024


def _wait(port: int) -> None:
    end = time.monotonic() + START_S
    while True:
        client = Client(port)
        try:
            client.send("GET", "/readyz")
        except (OSError, AssertionError):
            assert time.monotonic() < end, "the API does not start"
            time.sleep(0.1)
        else:
            return
        finally:
            client.close()
