"""Items that are a part of another now: their old addresses lead to it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.errors import HarvestError


class MovedError(HarvestError):
    """An item is a part of another, at whose address the same is found."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(f"item {old} is a part of {new}")
        self.old = old
        self.new = new


def answer_moved(request: Request, error: Exception) -> Response:
    """Send a client to the same address of the item that leads, its query kept.

    The Location is relative, so it holds behind any proxy. It is not to be kept unasked (a 301 may be, RFC 9110
    15.4.2), for works are also taken apart again.
    """
    if not isinstance(error, MovedError):
        raise error
    below = request.url.path.rpartition(f"/{error.old}")[2]
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(
        "../" * below.count("/") + error.new + below + query, 301, headers={"Cache-Control": "no-cache"}
    )
