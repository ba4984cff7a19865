"""The stylesheet, the script and the icon of all pages, and their addresses, which change with what they hold."""

from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.access import access_of
from search_api.hub_settings.keeping import find_file
from search_api.lasting import FOREVER, File, make_file


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


def get_static(request: Request) -> Response:
    """Answer with one of them, or with a file of the hub's own: its colours or logo."""
    path = request.url.path
    found = next((file for file in (style(), script(), icon()) if file.path == path), None)
    found = found or find_file(access_of(request).kept_settings, path)
    if found is None:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": FOREVER})


def _joined(folder: str) -> bytes:
    found = sorted(files("search_api.pages.static").joinpath(folder).iterdir(), key=lambda file: file.name)
    return b"\n".join(file.read_bytes() for file in found)
