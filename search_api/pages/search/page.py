"""The search page, and the hub's first page, which is its newest items."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_api.exporting import public_address
from search_api.hub import Hub
from search_api.hub_settings import text_of
from search_api.languages import _, current_language
from search_api.pages.frame import NOTHING, main_element, page_response
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import Asked, Pair, read_asked
from search_api.pages.search.box import search_box
from search_api.pages.search.cards import cards
from search_api.pages.search.chips import chips
from search_api.pages.search.choosing import chosen_address
from search_api.pages.search.facets import facets_block
from search_api.pages.search.nothing import nothing_found
from search_api.pages.search.offering import feed_element, offering_section
from search_api.pages.search.ordering import ordering_form
from search_api.pages.search.paging import count_line, end_line, pages
from search_api.pages.search.words import shorten
from search_api.pages.texts import text_content
from search_api.render import Result, search_items

NEWEST: Final = ("sort", "-harvested")


def get_start_page(hub: Hub, request: Request) -> Response:
    """Answer with the newest items."""
    given = _given(request)
    is_sorted = any(name == "sort" for name, _value in given)
    asked = read_asked(hub, given if is_sorted else [*given, NEWEST])
    title = hub.settings().name if not asked.is_narrowed else ""
    return _answer(hub, request, asked, "", element("h1", title or _heading(asked)), _welcome(asked))


def get_search_page(hub: Hub, request: Request) -> Response:
    """Answer with a search; its parameters are those of the API."""
    if (chosen := chosen_address(hub, request.query_params.multi_items())) is not None:
        return RedirectResponse(chosen, 303)
    asked = read_asked(hub, _given(request))
    heading = _heading(asked)
    return _answer(hub, request, asked, heading, element("h1", heading, dir="auto"))


def _given(request: Request) -> list[Pair]:
    """Give the parameters; an empty one comes from a form's empty box and means nothing."""
    return [(name, value) for name, value in request.query_params.multi_items() if value]


def _heading(asked: Asked) -> str:
    if asked.query.text:
        return _("Search for “{text}”").format(text=shorten(asked.query.text))
    return _("Filtered items") if asked.filters else _("All items")


def _welcome(asked: Asked) -> Html:
    """Give the hub's own text for its first page."""
    own, language = text_of(asked.settings, "welcome", current_language())
    return element("div", text_content(own), class_="welcome", lang=language) if own else NOTHING


def _answer(hub: Hub, request: Request, asked: Asked, title: str, *opening: Html) -> Response:
    result = search_items(hub.index, asked.query, secret=hub.secret)
    main = main_element(
        *opening,
        search_box(asked),
        chips(asked),
        element(
            "div",
            facets_block(asked, result, hub.names.counts()),
            _found(hub, asked, result, public_address(hub, request)),
            class_="result",
        ),
        class_="search",
    )
    return page_response(request, title, main, meta=feed_element(asked))


def _found(hub: Hub, asked: Asked, result: Result, public_url: str) -> Html:
    if not result.total:
        shown = [nothing_found(hub, asked, result)]
    else:
        shown = [cards(asked, result.items), pages(asked, result)]
        if result.advice:
            shown.append(end_line())
    heading = _("Newest items") if asked.order == (NEWEST,) and not asked.is_narrowed else _("Result")
    return element(
        "section",
        element("h2", heading, class_="hidden" if heading == _("Result") else None),
        element("div", count_line(asked, result), ordering_form(asked) if result.total else NOTHING, class_="above"),
        *shown,
        offering_section(asked, result, public_url),
        class_="found",
    )
