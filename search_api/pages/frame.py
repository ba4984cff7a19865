"""The frame of every page: header, footer and stylesheet, and the headers that keep anything foreign out."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.access import access_of
from search_api.hub_settings import HubSettings, text_of
from search_api.languages import _, current_language, language_links
from search_api.lasting import File
from search_api.pages.markup import Html, element, join
from search_api.pages.static import icon, script, style
from search_api.pages.texts import text_content

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
    look = access.kept_settings.look()
    name = access.settings().name
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} · {name}" if title else name),
        element("link", rel="stylesheet", href=style().path),
        element("link", rel="stylesheet", href=look.theme.path) if look.theme else NOTHING,
        element("link", rel="icon", href=icon().path, type=icon().media_type),
        element("script", src=script().path, defer=""),
        meta,
    )
    way_in = element("a", _("Account"), href="/account") if access.has_accounts() else NOTHING
    body = element(
        "body",
        element("a", _("Skip to the content"), href="#main", class_="skip"),
        _header(name, look.logo, way_in if entrance is None else entrance),
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


def _header(name: str, logo: File | None, entrance: Html) -> Html:
    picture = element("img", src=logo.path, alt="") if logo else NOTHING
    links = (
        element("a", picture, name, href="/", class_="hub"),
        element("a", _("Search"), href="/items"),
        element("a", _("API"), href="/docs"),
    )
    return element("header", element("div", *links, entrance, class_="frame"))


def _footer(request: Request) -> Html:
    settings = access_of(request).settings()
    text, language = text_of(settings, "footer", current_language())
    told = element("div", text_content(text), class_="hub-text", lang=language) if text else NOTHING
    parts = (told, _own_pages(settings), _language_links(request, settings.languages))
    return element("footer", element("div", *parts, class_="frame"))


def _own_pages(settings: HubSettings) -> Html:
    """Give the links to the pages about the hub that it has a text for."""
    links = [
        element("a", label, href=f"/{place}")
        for place, label in (("about", _("About")), ("privacy", _("Privacy")))
        if text_of(settings, place, current_language())[0]
    ]
    return element("nav", *links, class_="languages", aria_label=_("About this hub")) if links else NOTHING


def _language_links(request: Request, offered: tuple[str, ...]) -> Html:
    others = [
        element("a", own, href=address, lang=language, hreflang=language)
        for language, own, address in language_links(request, offered)
        if language != current_language()
    ]
    return element("nav", *others, class_="languages", aria_label=_("Languages")) if others else NOTHING
