"""`--demo`: the repository of our own making as two endpoints, harvested like any other."""

import contextlib
import logging
import socket
from typing import Final
from urllib.parse import urlsplit

from harvester.errors import FatalError, HarvestError
from harvester.harvest import begin_run
from harvester.harvesting import Harvesting
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.runs import RunOpenError, list_runs
from workers.demo.server import OaiServer, serve_demo
from workers.enrolling import enrol
from workers.hints import hint_waiting
from workers.surveying import Wanted
from workers.tools import Tools

log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
ENDPOINTS: Final = {"demo": "oai_dc", "demo-datacite": "oai_datacite"}


def run_demo(tools: Tools) -> None:
    """Serve the demonstration repository until KeyboardInterrupt, and have it harvested.

    Raises: FatalError where another program listens at its address.
    """
    base_url = demo_base_url(tools.store)
    with _serve(base_url) as server:
        try:
            for run in begin_demo(tools.harvesting, base_url):
                hint_waiting(tools.store, tools.hinting, run, limit=1)
        except HarvestError as error:  # it is served all the same
            log.error("the demonstration repository is not harvested", extra={"reason": str(error)})  # noqa: TRY400
        tools.close()
        server.wait()


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


def _serve(base_url: str) -> OaiServer:
    port = urlsplit(base_url).port or 80
    try:
        return serve_demo(HOST, port)
    except OSError as error:
        raise FatalError(
            f"cannot listen at {HOST}:{port} ({error.strerror}), the address of the demonstration: stop what listens "
            "there, or choose another folder with OAIHUB_DATA_DIR"
        ) from error
