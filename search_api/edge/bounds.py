"""Bounds on what a client may send: how long a URL, how large a body."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.edge.refusing import Refuse
from search_api.problems import TOO_LARGE, TOO_LONG, ProblemError, make_problem

MAX_URL_BYTES: Final = 32_768
MAX_BODY_BYTES: Final = 1_048_576


class Bounds:
    """ASGI middleware: 414 for a longer URL, 413 for a larger body, also one whose size is not told before."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
            detail = f"The URL has more than {MAX_URL_BYTES:,} bytes; leave filters or words away."
            error = ProblemError(make_problem(TOO_LONG, detail))
            await self._refuse(Request(scope), error)(scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD"}:  # nobody reads the body of these
            await self._app(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), send)


def _bounded(receive: Receive) -> Receive:
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise ProblemError(make_problem(TOO_LARGE, f"The body has more than {MAX_BODY_BYTES:,} bytes."))
        return message

    return receive_bounded
