"""A request id on every answer, what a browser must not do with an answer, and what the log has of an address."""

import re
import secrets
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-Id"
SCOPE_KEY: Final = "oaihub.request_id"

SECRET_PATHS: Final = ("/pass/", "/welcome/")
"""What follows these is a token: whoever reads it in a log could use it."""

_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """ASGI middleware: takes the request id of a proxy before us (64 plain characters at most) or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with its id among the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[SCOPE_KEY] = _request_id(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, send_with_id)


def add_headers(headers: MutableHeaders, scope: Scope) -> None:
    """Set the headers that every answer has."""
    headers[HEADER] = scope[SCOPE_KEY]
    headers["X-Content-Type-Options"] = "nosniff"
    if shown_path(scope["path"]) != scope["path"]:
        headers["Referrer-Policy"] = "no-referrer"  # the address has a token, also where the page is a problem


def shown_path(path: str) -> str:
    """Give a path as it may be logged or told: without the token of a link that was sent to one person."""
    for secret in SECRET_PATHS:
        if path.startswith(secret):
            return f"{secret}…"
    return path


def _request_id(scope: Scope) -> str:
    given: bytes = dict(scope["headers"]).get(HEADER.lower().encode(), b"")
    return given.decode() if _GIVEN.fullmatch(given) else secrets.token_hex(8)
