"""`--demo`: the repository of our own making as two endpoints, harvested like any other."""

import contextlib
import socket
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harvester.errors import RetryableError
from harvester.harvest import begin_run
from harvester.harvesting import Harvesting
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.runs import RunOpenError, list_runs
from workers.enrolling import enrol
from workers.errors import QueueError
from workers.hints import hint_waiting
from workers.processes.forking import Program
from workers.surveying import Wanted
from workers.tools import Tools

WITHIN_S: Final = 15.0
LOOK_EVERY_S: Final = 0.05
NOTE: Final = "demo.url"
HOST: Final = "127.0.0.1"
ENDPOINTS: Final = {"demo": "oai_dc", "demo-datacite": "oai_datacite"}


class UnservedError(QueueError, RetryableError):
    """Nothing answers where the demonstration repository should be."""


def note_demo(store: Store, data_dir: Path) -> None:
    """Write where the demonstration repository is to be served, for the process that does not open the store."""
    (data_dir / NOTE).write_text(demo_base_url(store))


def demo_program(data_dir: Path) -> Program:
    """Give what serves the demonstration repository where that was written."""
    port = urlsplit((data_dir / NOTE).read_text()).port or 80
    return Program("workers.demo", ("--host", HOST, "--port", str(port)))


def have_demo_harvested(tools: Tools) -> None:
    """Have the demonstration repository harvested, as soon as it is served. Raises: HarvestError."""
    base_url = (tools.harvester.data_dir / NOTE).read_text()
    _wait_for(base_url)
    for run in begin_demo(tools.harvesting, base_url):
        hint_waiting(tools.store, tools.hinting, run, limit=1)


def demo_base_url(store: Store) -> str:
    """Give the address of the demonstration repository: the one it was harvested from before, else at a free port.

    It has to stay the same, because it is part of the identity of the items.
    """
    known = get_endpoint(store, next(iter(ENDPOINTS)))
    if known is not None:
        return known.base_url
    with socket.create_server((HOST, 0)) as free:
        return f"http://{HOST}:{free.getsockname()[1]}/oai"


def begin_demo(harvesting: Harvesting, base_url: str) -> list[int]:
    """Keep the endpoints that are missing, begin the first run of each, and give the runs' numbers."""
    begun = []
    for key, prefix in ENDPOINTS.items():
        wanted = Wanted(key=key, prefix=prefix, allow_private=True)
        endpoint = get_endpoint(harvesting.store, key) or enrol(harvesting, base_url, wanted)
        if any(run.state == "complete" for run in list_runs(harvesting.store, key, limit=100)):
            continue
        with contextlib.suppress(RunOpenError):  # an earlier start began it; the workers go on with it
            begun.append(begin_run(harvesting, endpoint).id)
    return begun


def _wait_for(base_url: str) -> None:
    """Return when something listens there. Raises: UnservedError."""
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((HOST, urlsplit(base_url).port or 80), timeout=1):
            return
        time.sleep(LOOK_EVERY_S)
    raise UnservedError(f"the demonstration repository does not answer at {base_url} within {WITHIN_S:.0f} s")
