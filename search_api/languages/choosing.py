"""Which language a request is answered in: that of its `lang`, of its cookie, or the best that its browser asks for."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.languages.catalogue import NAMES
from search_api.languages.speaking import LANGUAGE

PARAMETER: Final = "lang"
COOKIE: Final = "oaihub_lang"
A_YEAR_S: Final = 365 * 86_400
MOST_CHARACTERS: Final = 1_000
"""Of Accept-Language that are looked at."""


class Languages:
    """ASGI middleware: sets the language of what is answered, and keeps in a cookie what `lang` chose.

    `offered` gives the languages of the hub. `lang` is taken away from the query, so no handler needs to know it. Only
    pages differ by language, so only HTML says so.
    """

    def __init__(self, app: ASGIApp, offered: Callable[[], tuple[str, ...]]) -> None:
        self._app = app
        self._offered = offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request in its language."""
        if scope["type"] != "http" or scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        asked = request.query_params.get(PARAMETER)
        offered = self._offered()
        chosen = asked if asked in offered else None
        if chosen:
            others = [pair for pair in request.query_params.multi_items() if pair[0] != PARAMETER]
            scope = {**scope, "query_string": urlencode(others).encode()}
        LANGUAGE.set(chosen or _remembered(request, offered) or _negotiated(request, offered))

        async def send_in_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(MutableHeaders(scope=message), message["status"], chosen)
            await send(message)

        await self._app(scope, receive, send_in_language)


def current_language() -> str:
    """Give the language of the request."""
    return LANGUAGE.get()


def language_links(request: Request, offered: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Give language, its own name and the address of this page in it, of all that are offered."""
    others = [pair for pair in request.query_params.multi_items() if pair[0] != PARAMETER]
    return [(language, NAMES[language], f"?{urlencode([*others, (PARAMETER, language)])}") for language in offered]


def _remembered(request: Request, offered: tuple[str, ...]) -> str | None:
    kept = request.cookies.get(COOKIE)
    return kept if kept in offered else None


def _negotiated(request: Request, offered: tuple[str, ...]) -> str:
    """Give the language that Accept-Language likes best (RFC 9110, 12.5.4), the hub's first where it likes none."""
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:MOST_CHARACTERS].split(","):
        tag, _, weight = part.partition(";")
        wanted.append((_weight(weight), tag.strip().partition("-")[0].lower()))
    liked = [tag for weight, tag in sorted(wanted, key=lambda pair: -pair[0]) if weight > 0 and tag in offered]
    return liked[0] if liked else offered[0]


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def _tell(headers: MutableHeaders, status: int, chosen: str | None) -> None:
    is_page = headers.get("content-type", "").startswith("text/html")
    if is_page or status == HTTPStatus.NOT_MODIFIED:
        headers.add_vary_header("Accept-Language, Cookie")
    if is_page:
        headers["Content-Language"] = LANGUAGE.get()
    if chosen:
        headers["Cache-Control"] = "no-store"
        headers.append("Set-Cookie", f"{COOKIE}={chosen}; Path=/; Max-Age={A_YEAR_S}; SameSite=Lax; HttpOnly")
