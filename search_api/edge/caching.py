"""How long answers may be kept, and 304 for what a client has already."""

import hashlib
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

ASK_AGAIN: Final = "no-cache"
"""May be kept, and must be asked for again each time: an edit shows at once, and what is unchanged costs a 304."""

AN_HOUR: Final = "public, max-age=3600"
"""Changes with a new version of the program only."""

NEVER: Final = "no-store"

ETAG_BYTES: Final = 12

Handler = Callable[[Request], Response]


def kept(handler: Handler, policy: str) -> Handler:
    """Give a handler whose answers say how long they may be kept, and are 304 where the client has them.

    An ETag is weak: the same answer may come in several codings. An answer that has its own, or is streamed, keeps it.
    """

    def answer(request: Request) -> Response:
        response = handler(request)
        response.headers.setdefault("Cache-Control", policy)
        if policy == NEVER or response.status_code != 200 or isinstance(response, StreamingResponse):
            return response
        if "etag" not in response.headers:
            digest = hashlib.sha256(response.body).hexdigest()[: 2 * ETAG_BYTES]
            response.headers["ETag"] = f'W/"{digest}"'
        if is_among(response.headers["etag"], request.headers.get("if-none-match", "")):
            return not_modified(response)
        return response

    return answer


def is_among(etag: str, given: str) -> bool:
    """Tell whether If-None-Match (RFC 9110, 13.1.2; compared weakly) names a version."""
    if not given:
        return False
    opaque = etag.removeprefix("W/")
    return given.strip() == "*" or opaque in {part.strip().removeprefix("W/") for part in given.split(",")}


def not_modified(response: Response) -> Response:
    """Give the 304 of an answer: its headers but those of the body (RFC 9110, 15.4.5)."""
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=headers)
