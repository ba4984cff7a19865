"""Which web pages may read the API from a browser (the CORS protocol of the Fetch standard, section 3.3).

Answers are the same for everyone and no credentials are taken, so nothing is told to a page that its author could not
fetch himself. The pages of the hub are left out, no script of others needs them; and so is what is not for everyone.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANY: Final = "*"
READABLE: Final = (
    b"Allow, Content-Disposition, Deprecation, ETag, Link, Omeka-S-Total-Results, RateLimit, RateLimit-Policy, "
    b"Retry-After, Sunset, X-Request-Id, X-Total-Count"
)
PREFLIGHT_S: Final = b"86400"

OAI: Final = "/oai"
PRIVATE: Final = "oaihub.private"
"""Key of the scope of a request whose answer no page of others may read; its handler sets it."""

_OPEN: Final = ("/api/", OAI, "/openapi.json")

Headers = list[tuple[bytes, bytes]]


class Origins:
    """ASGI middleware: says who may read, and answers preflights (OPTIONS) itself.

    `origins` is `*`, or a list parted by blanks; of a list only the one that asks is named, so caches must tell them
    apart.
    """

    def __init__(self, app: ASGIApp, *, origins: str) -> None:
        self._app = app
        self._is_open = origins.strip() == ANY
        self._origins = frozenset(origin.encode() for origin in origins.split())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with what browsers need to know."""
        if scope["type"] != "http" or not self._origins or not scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        allowed = self._allowed(scope)
        if scope["method"] == "OPTIONS":
            await _preflight(allowed, scope["path"], send)
            return

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start" and not scope.get(PRIVATE):
                message["headers"] += allowed
                message["headers"].append((b"access-control-expose-headers", READABLE))
            await send(message)

        await self._app(scope, receive, send_with_origin)

    def _allowed(self, scope: Scope) -> Headers:
        if self._is_open:
            return [(b"access-control-allow-origin", b"*")]
        given = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        allowed = [(b"access-control-allow-origin", given)] if given in self._origins else []
        return [*allowed, (b"vary", b"Origin")]


async def _preflight(allowed: Headers, path: str, send: Send) -> None:
    methods = b"GET, HEAD, POST" if path == OAI else b"GET, HEAD"
    headers = [
        *allowed,
        (b"access-control-allow-methods", methods),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", PREFLIGHT_S),
        (b"allow", methods + b", OPTIONS"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body"})
