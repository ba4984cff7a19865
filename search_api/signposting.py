"""Typed links by which programs find their way from an item's page: FAIR Signposting, level 2 (RFC 8288, RFC 9264).

The page says them in its head and by HTTP; a work of many authors has all of them in its link set only.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.values.dois import doi_address
from harvester.values.web import web_address
from search_api.exporting import public_address
from search_api.formats.schemaorg import CONTEXT, type_of
from search_api.formats.table import FORMATS
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.params import collect
from search_api.render import encode_json, item_address

MOST_AUTHORS: Final = 20
LINKSET_TYPE: Final = "application/linkset+json"
ABOUT_PAGE: Final = CONTEXT + "AboutPage"
LISTS: Final = frozenset(("jsonl", "tsv", "xlsx", "ods", "csv"))
"""Formats that are tables or lists of items rather than descriptions of one."""


class Signpost(Struct, frozen=True):
    """A link from the page: its relation (IANA), where to, and the media type of what is there."""

    rel: str
    href: str
    type: str = ""


def signposts(item: Item, public_address: str) -> list[Signpost]:
    """Give all links of an item's page; every address is a URI in ASCII."""
    data = data_address(item, public_address)
    authors = (web_address(agent.orcid or "") for agent in item.creator)
    licences = (web_address(rights.uri or "") for rights in item.rights)
    pdf = find_pdf(item)
    return [
        *([Signpost("cite-as", doi_address(item.doi))] if item.doi else []),
        Signpost("type", ABOUT_PAGE),
        Signpost("type", CONTEXT + type_of(item)),
        *(Signpost("author", orcid) for orcid in dict.fromkeys(authors) if orcid),
        *(Signpost("license", licence) for licence in dict.fromkeys(licences) if licence),
        *([Signpost("item", pdf, "application/pdf")] if pdf else []),
        *(
            Signpost("describedby", f"{data}?format={form.name}", form.media_type)
            for form in FORMATS.values()
            if form.name not in LISTS
        ),
    ]


def data_address(item: Item, public_address: str) -> str:
    """Give the address of an item in the API."""
    return f"{public_address}/api/v1/items/{item.id}"


def told_links(item: Item, public_address: str) -> list[Signpost]:
    """Give the links that the page says by itself, the last of them to the set of all."""
    found = signposts(item, public_address)
    authors = [one for one in found if one.rel == "author"]
    kept = found if len(authors) <= MOST_AUTHORS else [one for one in found if one.rel != "author"]
    return [*kept, Signpost("linkset", f"{data_address(item, public_address)}/linkset", LINKSET_TYPE)]


def link_header(links: list[Signpost]) -> str:
    """Give links as the value of a Link header."""
    return ", ".join(_header_link(one) for one in links)


def find_pdf(item: Item) -> str | None:
    """Give the address of the work's PDF where one of its own identifiers is one."""
    own = (web_address(one.url or one.value) for one in item.identifier if one.role == "self")
    return next((url for url in own if url and urlsplit(url).path.lower().endswith(".pdf")), None)


def make_linkset(item: Item, public_address: str) -> dict[str, Any]:
    """Give all links as a link set (RFC 9264, 4.2), and those that lead back to the page."""
    page = item_address(item.id, public_address)
    links = signposts(item, public_address)
    own: dict[str, Any] = {"anchor": page}
    for one in links:
        own.setdefault(one.rel, []).append({"href": one.href} | ({"type": one.type} if one.type else {}))
    back = [
        {"anchor": one.href, "describes": [{"href": page, "type": "text/html"}]}
        for one in links
        if one.rel == "describedby"
    ]
    return {"linkset": [own, *back]}


def get_linkset(hub: Hub, request: Request) -> Response:
    """Answer with the link set of an item."""
    item = live_item(hub, request.path_params["item_id"])
    collect(request.query_params.multi_items(), ())
    return Response(encode_json(make_linkset(item, public_address(hub, request))), media_type=LINKSET_TYPE)


def _header_link(one: Signpost) -> str:
    kind = f'; type="{one.type}"' if one.type else ""
    return f'<{one.href}>; rel="{one.rel}"{kind}'
