"""The pages that a hub has texts of its own for: about it, and what it does with what it knows of people."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from search_api.accounts.access import access_of
from search_api.edge.caching import ASK_AGAIN, kept
from search_api.hub_settings import text_of
from search_api.languages import N_, _, current_language
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import element
from search_api.pages.texts import text_content

TITLES: Final[Mapping[str, str]] = {"about": N_("About this hub"), "privacy": N_("Privacy")}


def about_routes() -> list[BaseRoute]:
    """Give the addresses of the pages."""
    return [Route(f"/{place}", kept(partial(get_text_page, place), ASK_AGAIN)) for place in TITLES]


def get_text_page(place: str, request: Request) -> Response:
    """Answer with a text of the hub. Raises: HTTPException (404) where it has none."""
    text, language = text_of(access_of(request).settings(), place, current_language())
    if not text:
        raise HTTPException(404)
    title = _(TITLES[place])
    body = element("div", text_content(text), lang=language)
    return page_response(request, title, main_element(element("h1", title), body))
