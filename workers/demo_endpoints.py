"""`--demo`: the repository of our own making as two endpoints, harvested like any other."""

import contextlib
import logging
import socket
import sys
from typing import Final
from urllib.parse import urlsplit

from harvester.harvest import begin_run
from harvester.harvesting import Harvesting
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.runs import RunOpenError, list_runs
from workers.enrolling import enrol
from workers.surveying import Wanted

log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
ENDPOINTS: Final = {"demo": "oai_dc", "demo-datacite": "oai_datacite"}


def demo_base_url(store: Store) -> str:
    """Give the address of the demonstration repository: the one it was harvested from before, else at a free port.

    It has to stay the same, because it is part of the identity of the items.
    """
    known = get_endpoint(store, next(iter(ENDPOINTS)))
    if known is not None:
        return known.base_url
    with socket.create_server((HOST, 0)) as free:
        return f"http://{HOST}:{free.getsockname()[1]}/oai"


def demo_command(base_url: str) -> tuple[str, ...]:
    """Give the command that serves the demonstration repository there."""
    return (sys.executable, "-P", "-m", "workers.demo", "--host", HOST, "--port", str(_port(base_url)))


def demo_answers(base_url: str) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, _port(base_url)), timeout=1):
        return True
    return False


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


def _port(base_url: str) -> int:
    return urlsplit(base_url).port or 80
