"""The Atom feed (RFC 4287) of any search: its newest items, by the time of their last change."""

from typing import Final
from urllib.parse import urlencode

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.values.dois import doi_address
from search_api.exporting import public_address
from search_api.formats.xml import NOT_XML, add, declared
from search_api.hub import Hub, read_query
from search_api.params import CURSOR, FILTER, SIZE, Parameter, Q, collect
from search_api.render import item_address, read_item, search_items, title_of

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml"
FEED_PATH: Final = "/api/v1/feed.atom"
NEVER: Final = "1970-01-01T00:00:00Z"
FEED_PARAMETERS: Final[tuple[Parameter, ...]] = (Q, FILTER, SIZE, CURSOR)


def get_feed(hub: Hub, request: Request) -> Response:
    """Answer with a page of a search's newest items; rel=next leads to older ones (RFC 5005)."""
    pairs = request.query_params.multi_items()
    collect(pairs, FEED_PARAMETERS)
    query = read_query(hub, [*pairs, ("sort", "-harvested")])
    result = search_items(hub.index, query, secret=hub.secret, public_url=hub.public_url)
    address = public_address(hub, request)
    selected = [pair for pair in pairs if pair[0] in {"q", "filter"}]
    items = [read_item(raw) for raw in result.items]
    root = etree.Element(_tag("feed"), nsmap=declared({None: ATOM}))
    _element(root, "id", _with(f"{address}{FEED_PATH}", selected))
    _element(root, "title", " ".join([hub.settings().name, *(value for _, value in selected)]))
    _element(root, "updated", max((item.harvested for item in items), default=NEVER))
    _element(etree.SubElement(root, _tag("author")), "name", hub.settings().name)
    _link(root, "self", _with(f"{address}{FEED_PATH}", pairs), ATOM_TYPE)
    _link(root, "alternate", _with(f"{address}/items", selected), "text/html")
    if result.next:
        kept = [pair for pair in pairs if pair[0] != "cursor"]
        _link(root, "next", _with(f"{address}{FEED_PATH}", [*kept, ("cursor", result.next)]), ATOM_TYPE)
    for item in items:
        root.append(to_entry(item, address))
    return Response(etree.tostring(root, encoding="UTF-8", xml_declaration=True), media_type=ATOM_TYPE)


def feed_link(pairs: list[tuple[str, str]]) -> str:
    """Give the path of the feed of a selection."""
    return _with(FEED_PATH, pairs)


def to_entry(item: Item, address: str) -> etree._Element:
    """Give the entry of an item; `address` is that of the hub."""
    entry = etree.Element(_tag("entry"))
    url = item_address(item.id, address)
    _element(entry, "id", url)
    _element(entry, "title", title_of(item))
    _element(entry, "updated", item.harvested)
    _link(entry, "alternate", url, "text/html")
    if item.doi:
        _link(entry, "related", doi_address(item.doi), None)
    for agent in item.creator:
        if agent.name.strip():
            _element(etree.SubElement(entry, _tag("author")), "name", agent.name)
    for subject in item.subject:
        if subject.value.strip():
            etree.SubElement(entry, _tag("category")).set("term", NOT_XML.sub("", subject.value))
    for text in (*item.abstract, *item.description)[:1]:
        add(entry, _tag("summary"), text.value, lang=text.lang)
    return entry


def _element(parent: etree._Element, name: str, text: str) -> None:
    """Add an element that must be there, whatever is left of its text."""
    if add(parent, _tag(name), text) is None:
        etree.SubElement(parent, _tag(name)).text = "-"


def _link(parent: etree._Element, relation: str, address: str, media_type: str | None) -> None:
    link = etree.SubElement(parent, _tag("link"))
    link.set("rel", relation)
    link.set("href", address)
    if media_type:
        link.set("type", media_type)


def _with(address: str, pairs: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"
