"""The stylesheet, the script and the icon of all pages, and their addresses, which change with what they hold."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOREVER: Final = "public, max-age=31536000, immutable"
DIGEST_CHARACTERS: Final = 12


class File(Struct, frozen=True):
    """A file that browsers may keep for ever: another content has another path."""

    path: str
    media_type: str
    content: bytes


@cache
def style() -> File:
    """Give the stylesheet: that of all pages first, then those of single pages by name."""
    return make_file("style", "css", "text/css", _joined("styles"))


@cache
def script() -> File:
    """Give the script, without which all works as well."""
    return make_file("script", "js", "text/javascript", _joined("scripts"))


@cache
def icon() -> File:
    """Give the sign that browsers show beside a page's title."""
    content = files("search_api.pages.static").joinpath("icon.svg").read_bytes()
    return make_file("icon", "svg", "image/svg+xml", content)


def make_file(name: str, ending: str, media_type: str, content: bytes) -> File:
    """Give a file with its digest in its path."""
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return File(f"/static/{name}.{digest}.{ending}", media_type, content)


def get_static(request: Request) -> Response:
    """Answer with one of them."""
    found = next((file for file in (style(), script(), icon()) if file.path == request.url.path), None)
    if found is None:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOREVER})


def _joined(folder: str) -> bytes:
    found = sorted(files("search_api.pages.static").joinpath(folder).iterdir(), key=lambda file: file.name)
    return b"\n".join(file.read_bytes() for file in found)
