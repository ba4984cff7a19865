"""The frame of every page: header, footer and stylesheet, and the headers that keep anything foreign out."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.access import access_of
from search_api.languages import _, current_language, language_links
from search_api.pages.markup import Html, element, join
from search_api.pages.static import icon, script, style

NOTHING: Final = Html("")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page_response(
    request: Request,
    title: str,
    *content: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    meta: Html = NOTHING,
    entrance: Html | None = None,
) -> Response:
    """Answer with a page; `content` comes below the hub's header, `meta` at the end of its head.

    An empty title is the hub's name. `entrance` ends the header: who has signed in. Without it that is the way to sign
    in, the same for everybody: whoever has signed in finds himself there.
    """
    access = access_of(request)
    name = access.settings().name
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} · {name}" if title else name),
        element("link", rel="stylesheet", href=style().path),
        element("link", rel="icon", href=icon().path, type=icon().media_type),
        element("script", src=script().path, defer=""),
        meta,
    )
    way_in = element("a", _("Account"), href="/account") if access.has_accounts() else NOTHING
    body = element(
        "body",
        element("a", _("Skip to the content"), href="#main", class_="skip"),
        _header(name, way_in if entrance is None else entrance),
        *content,
        _footer(request),
    )
    return Response(
        join(Html("<!doctype html>"), element("html", head, body, lang=current_language())),
        status_code=status,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", **(headers or {})},
    )


def main_element(*content: str, class_: str | None = None, lang: str | None = None) -> Html:
    """Give what a page is about, which its first link leads to; `lang` where it is in one language for everybody."""
    return element("main", *content, id="main", class_=class_, lang=lang)


def search_link(pairs: list[tuple[str, str]]) -> str:
    """Give the address of the search page with these parameters."""
    return f"/items?{urlencode(pairs)}" if pairs else "/items"


def _header(name: str, entrance: Html) -> Html:
    links = (
        element("a", name, href="/", class_="hub"),
        element("a", _("Search"), href="/items"),
        element("a", _("API"), href="/docs"),
    )
    return element("header", element("div", *links, entrance, class_="frame"))


def _footer(request: Request) -> Html:
    offered = access_of(request).settings().languages
    others = [
        element("a", own, href=address, lang=language, hreflang=language)
        for language, own, address in language_links(request, offered)
        if language != current_language()
    ]
    languages = element("nav", *others, class_="languages", aria_label=_("Languages")) if others else NOTHING
    return element("footer", element("div", languages, class_="frame"))
