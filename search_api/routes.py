"""Every URL, once: the JSON addresses of their table, what describes them, and the pages."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from search_api.accounts import protected, requires
from search_api.accounts.requiring import AsyncHandler
from search_api.addresses import ADDRESSES, API, Address
from search_api.edge.caching import AN_HOUR, ASK_AGAIN, Handler, kept
from search_api.handlers import json_response
from search_api.hub import Hub
from search_api.languages import _
from search_api.oai.answering import answer_oai
from search_api.openapi import make_openapi
from search_api.pages.about import about_routes
from search_api.pages.accounts.routes import account_routes
from search_api.pages.admin.routes import admin_routes
from search_api.pages.comments.routes import comment_routes
from search_api.pages.contribute import contribute_routes
from search_api.pages.docs import docs_content
from search_api.pages.frame import page_response
from search_api.pages.item import get_history_page, get_item_file, get_item_page, get_sources_page
from search_api.pages.search import get_search_page, get_start_page, get_values_page
from search_api.pages.search.asked import VALUES_PATH
from search_api.pages.static import get_static
from search_api.sitemap import get_robots, get_sitemap, get_sitemap_part


def make_routes(hub: Hub, more: Sequence[Address] = ()) -> list[BaseRoute]:
    """Give the routes of the API and of the pages, and of `more` addresses."""
    addresses = (*ADDRESSES, *more)
    openapi = msgspec.json.encode(make_openapi(addresses, title=hub.settings().name, version=version("oaihub")))
    return [
        *(Route(address.path, _handler(hub, address), methods=[address.method]) for address in addresses),
        Route("/openapi.json", kept(partial(_get_openapi, openapi), AN_HOUR)),
        Route(f"{API}/openapi.json", kept(partial(_get_openapi, openapi), AN_HOUR)),
        Route("/oai", partial(answer_oai, hub), methods=["GET", "POST"]),
        Route("/robots.txt", kept(partial(get_robots, hub), AN_HOUR)),
        Route("/sitemap.xml", kept(partial(get_sitemap, hub), AN_HOUR)),
        Route("/sitemap/{span}.xml", kept(partial(get_sitemap_part, hub), AN_HOUR)),
        Route("/docs", kept(partial(_get_docs, addresses), AN_HOUR)),
        Route("/", kept(partial(get_start_page, hub), ASK_AGAIN)),
        Route("/items", kept(partial(get_search_page, hub), ASK_AGAIN)),
        Route(f"{VALUES_PATH}/{{name:path}}", kept(partial(get_values_page, hub), ASK_AGAIN)),
        Route("/items/{item_id}.{ending}", kept(partial(get_item_file, hub), ASK_AGAIN)),
        Route("/items/{item_id}", kept(partial(get_item_page, hub), ASK_AGAIN)),
        Route("/items/{item_id}/history", kept(partial(get_history_page, hub), ASK_AGAIN)),
        Route("/items/{item_id}/sources", kept(partial(get_sources_page, hub), ASK_AGAIN)),
        Route("/static/{name}", get_static),
        *about_routes(),
        *comment_routes(hub),
        *account_routes(),
        *admin_routes(hub),
        *contribute_routes(hub),
    ]


def _handler(hub: Hub, address: Address) -> Handler | AsyncHandler:
    handler = partial(address.handler, hub)
    if address.right is None:
        return kept(handler, address.cache)
    return protected(address.right, handler) if address.is_operators else requires(address.right, handler)


def _get_openapi(document: bytes, _request: Request) -> Response:
    return json_response(document)


def _get_docs(addresses: Sequence[Address], request: Request) -> Response:
    return page_response(request, _("API"), docs_content(addresses))
