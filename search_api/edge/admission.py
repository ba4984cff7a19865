"""How much is worked on at once: so many requests, some that wait, and 503 for the rest, so that no crowd ends us.

Exports have places of their own: they last, and must not keep searches out.
"""

import asyncio
import logging
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.edge.refusing import WATCHED, Refuse
from search_api.problems import BUSY, ProblemError, make_problem

WAITING: Final = 4  # for each place
WAIT_S: Final = 10.0
LOOKS: Final = 60  # the clock of a stream is set anew so often within the time after which it is cut

log = logging.getLogger(__name__)


class Gate:
    """Places for work that is done at once."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._room = places * WAITING
        self._waiting = 0

    async def enter(self) -> bool:
        """Take a place; False where none was free in time, or too many wait already. `leave` gives it back."""
        if not self._places.locked():
            return await self._places.acquire()
        if self._waiting >= self._room:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give a place back."""
        self._places.release()


class Admission:
    """ASGI middleware: lets so many requests in at once, those that stream at `streams` apart from the others.

    A stream of which nothing went out for `stalled_s` is cut: its client reads no more, or what it is read from hangs.
    """

    def __init__(
        self, app: ASGIApp, *, at_once: int, streams_at_once: int, streams: str, stalled_s: float, refuse: Refuse
    ) -> None:
        self._app = app
        self._requests = Gate(at_once)
        self._exports = Gate(streams_at_once)
        self._streams = streams
        self._stalled_s = stalled_s
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as soon as there is a place for it."""
        if scope["type"] != "http" or scope["path"] in WATCHED:
            await self._app(scope, receive, send)
            return
        is_stream = scope["path"] == self._streams
        gate = self._exports if is_stream else self._requests
        if not await gate.enter():
            detail = "Too many requests are worked on here now; try again in a few seconds."
            error = ProblemError(make_problem(BUSY, detail))
            await self._refuse(Request(scope), error)(scope, receive, send)
            return
        try:
            await (self._stream if is_stream else self._app)(scope, receive, send)
        finally:
            gate.leave()

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        looked = loop.time()

        async def send_in_time(message: Message) -> None:
            nonlocal looked
            await send(message)
            now = loop.time()
            if now - looked > self._stalled_s / LOOKS:
                looked = now
                limit.reschedule(now + self._stalled_s)

        try:
            async with asyncio.timeout(self._stalled_s) as limit:
                await self._app(scope, receive, send_in_time)
        except TimeoutError:
            if not limit.expired():
                raise
            log.warning("stream cut, nothing went out of it", extra={"path": scope["path"], "seconds": self._stalled_s})
