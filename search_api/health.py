"""Whether this process lives, and whether all that it needs answers."""

import logging
from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.items import get_item
from search_api.handlers import json_response
from search_api.hub import Check, Hub
from search_api.problems import UNAVAILABLE, ProblemError, make_problem
from search_api.render import encode

log = logging.getLogger(__name__)


class Status(Struct, frozen=True):
    """How a process is: `alive` or `ready`."""

    status: Literal["alive", "ready"]


def get_health(_hub: Hub, _request: Request) -> Response:
    """Answer as long as the process lives."""
    return json_response(encode(Status("alive")))


def get_readiness(hub: Hub, _request: Request) -> Response:
    """Answer 200 where everything answers, else 503 with the names of what does not; the reasons are logged."""
    missing = tuple(check[0] for check in hub.checks if not _passes(check))
    if missing:
        detail = f"Not ready: {', '.join(missing)}; the log of this server says why."
        raise ProblemError(make_problem(UNAVAILABLE, detail, missing=missing))
    return json_response(encode(Status("ready")))


def check_store(store: Store) -> None:
    """Return when the store answers. Raises: StoreError, StoreBusyError."""
    get_item(store, "")


def _passes(check: Check) -> bool:
    name, ask = check
    try:
        ask()
    except HarvestError as error:
        log.warning("not ready", extra={"check": name, "reason": str(error)})
        return False
    return True
