"""How many requests a client may make: counted by address or key, in windows of a minute, told by RateLimit headers.

The headers are those of draft-ietf-httpapi-ratelimit-headers-11: RateLimit-Policy says the quota and its window,
RateLimit what is left of it and in how many seconds there is more. Each process counts by itself. A key with a quota of
its own is counted by that alone, from whatever address it comes.
"""

import math
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harvester.store.accounts.keys import Quota, is_well_formed
from search_api.edge.refusing import WATCHED, Refuse
from search_api.problems import QUOTA_EXCEEDED, ProblemError, make_problem

FindQuota = Callable[[str], Awaitable[Quota | None]]

WINDOW_S: Final = 60
MOST_CLIENTS: Final = 100_000
"""Clients that are remembered; beyond it those whose window began first are forgotten."""

POLICY: Final = "default"
KEY_POLICY: Final = "key"
NETWORK_BITS: Final = 64  # what one customer has of IPv6


class Allowance(Struct, frozen=True):
    """What a request is counted for: the name of the policy, who has it, and how many he may make in a window."""

    policy: str
    client: str
    limit: int


class Quotas:
    """ASGI middleware: 429 with Retry-After for who has used up his requests of this minute.

    `limit` is that of an address, 0 for none; `keys` gives the quota of a key that is sent, None where it has none.
    """

    def __init__(
        self, app: ASGIApp, *, limit: int, keys: FindQuota, refuse: Refuse, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._limit = limit
        self._keys = keys
        self._refuse = refuse
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and answer it where the client has one left."""
        if scope["type"] != "http" or scope["path"] in WATCHED:
            await self._app(scope, receive, send)
            return
        allowed = await self._allowance(scope)
        if allowed is None:
            await self._app(scope, receive, send)
            return
        used, wait_s = self._count(allowed.client)
        told = _told(allowed, used, wait_s)

        async def send_with_quota(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += told
            await send(message)

        if used > allowed.limit:
            detail = f"More than {allowed.limit:,} requests within {WINDOW_S} s; go on in {wait_s} s."
            error = ProblemError(make_problem(QUOTA_EXCEEDED, detail), headers={"Retry-After": str(wait_s)})
            await self._refuse(Request(scope), error)(scope, receive, send_with_quota)
            return
        await self._app(scope, receive, send_with_quota)

    async def _allowance(self, scope: Scope) -> Allowance | None:
        key = key_of(scope)
        quota = await self._keys(key) if key else None
        if quota is not None:
            return Allowance(KEY_POLICY, f"key {quota.key}", quota.limit)
        return Allowance(POLICY, client_of(scope), self._limit) if self._limit else None

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


def _told(allowed: Allowance, used: int, wait_s: int) -> list[tuple[bytes, bytes]]:
    left = max(0, allowed.limit - used)
    policy = f'"{allowed.policy}";q={allowed.limit};w={WINDOW_S}'
    return [
        (b"ratelimit-policy", policy.encode()),
        (b"ratelimit", f'"{allowed.policy}";r={left};t={wait_s}'.encode()),
    ]


def key_of(scope: Scope) -> str:
    """Give the key that is sent with a request, empty where there is none of its form."""
    given: bytes = dict(scope["headers"]).get(b"authorization", b"")
    scheme, _, key = given.decode("latin-1").partition(" ")
    return key.strip() if scheme.casefold() == "bearer" and is_well_formed(key.strip()) else ""


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
