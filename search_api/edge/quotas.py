"""How many requests a client may make: counted by address, in windows of a minute, told by RateLimit headers.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11: RateLimit-Policy says the quota and its window,
RateLimit what is left of it and in how many seconds there is more. Each process counts by itself.
"""

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.edge.refusing import WATCHED, Refuse
from search_api.problems import QUOTA_EXCEEDED, ProblemError, make_problem

WINDOW_S: Final = 60
MOST_CLIENTS: Final = 100_000
"""Clients that are remembered; beyond it those whose window began first are forgotten."""

POLICY: Final = "default"
NETWORK_BITS: Final = 64  # what one customer has of IPv6


class Quotas:
    """ASGI middleware: 429 with Retry-After for a client that has used up its requests of this minute."""

    def __init__(
        self, app: ASGIApp, *, limit: int, refuse: Refuse, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._limit = limit
        self._refuse = refuse
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}
        self._policy = f'"{POLICY}";q={limit};w={WINDOW_S}'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and answer it where the client has one left."""
        if scope["type"] != "http" or scope["path"] in WATCHED:
            await self._app(scope, receive, send)
            return
        used, wait_s = self._count(client_of(scope))
        left = max(0, self._limit - used)
        told = [(b"ratelimit-policy", self._policy), (b"ratelimit", f'"{POLICY}";r={left};t={wait_s}'.encode())]

        async def send_with_quota(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += told
            await send(message)

        if used > self._limit:
            detail = f"More than {self._limit:,} requests within {WINDOW_S} s; go on in {wait_s} s."
            error = ProblemError(make_problem(QUOTA_EXCEEDED, detail), headers={"Retry-After": str(wait_s)})
            await self._refuse(Request(scope), error)(scope, receive, send_with_quota)
            return
        await self._app(scope, receive, send_with_quota)

    def _count(self, client: str) -> tuple[int, int]:
        """Give the requests of a client in its window, this one too, and the seconds until the next window."""
        now = self._clock()
        end, used = self._windows.get(client, (0.0, 0))
        if end <= now:
            end, used = now + WINDOW_S, 0
            self._windows.pop(client, None)  # so that the order is the order of windows
            self._forget(now)
        self._windows[client] = (end, used + 1)
        return used + 1, math.ceil(end - now)

    def _forget(self, now: float) -> None:
        """Forget windows that have ended, and the first ones where there are too many."""
        while self._windows:
            client = next(iter(self._windows))
            if self._windows[client][0] > now and len(self._windows) < MOST_CLIENTS:
                return
            del self._windows[client]


def client_of(scope: Scope) -> str:
    """Give whom a request is counted for: an address, of IPv6 the network of it."""
    host: str = (scope.get("client") or ("", 0))[0]
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> NETWORK_BITS:x}"
