"""The page of one item: every property it has, each value a link to the items that share it."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.values.dois import doi_address, is_doi
from indexer.fields import FIELDS, LINKED, label, normal_value, shown_label
from search_api.exporting import public_address
from search_api.formats.schemaorg import to_schemaorg
from search_api.grammar import render_token
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.linked import read_asked
from search_api.pages.comments.section import comments_section
from search_api.pages.contribute import contribute_section
from search_api.pages.export import export_section
from search_api.pages.frame import main_element, page_response, search_link
from search_api.pages.linked import linked_section
from search_api.pages.markup import Html, element, join
from search_api.render import encode_json, item_address

ELSEWHERE: Final = LINKED | {"title"}


def get_item_page(hub: Hub, request: Request) -> Response:
    """Answer with the page of an item."""
    item = live_item(hub, request.path_params["item_id"])
    asked = read_asked(hub, request.query_params.multi_items())
    title = item.title[0] if item.title else None
    shown = title.value if title else item.id
    main = main_element(
        element("h1", shown, lang=title.lang if title else None, dir="auto"),
        element("dl", *(_row(name, values) for name, values in _properties(item))),
        linked_section(hub, item, asked),
        comments_section(hub, item),
        contribute_section(hub.settings(), item),
        export_section(f"/api/v1/items/{quote(item.id)}", []),
    )
    described = _described(item, public_address(hub, request))
    return page_response(request, shown, main, meta=described)


def _described(item: Item, address: str) -> Html:
    """Give what search engines read: schema.org as a block of data, which no browser runs."""
    said = encode_json(to_schemaorg(item, item_address(item.id, address))).decode()
    harmless = said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return element("script", Html(harmless), type="application/ld+json")


def _properties(item: Item) -> list[tuple[str, list[str]]]:
    """Give the properties that have values, declared ones first; the title stands above them, what is linked below."""
    declared = [(name, list(field.read(item))) for name, field in FIELDS.items() if name not in ELSEWHERE]
    found = [*declared, *((name, list(values)) for name, values in item.extra.items())]
    return [(name, values) for name, values in found if any(values)]


def _row(name: str, values: list[str]) -> Html:
    shown = join(*(element("div", _value(name, value)) for value in dict.fromkeys(values) if value))
    return join(element("dt", shown_label(name)), element("dd", shown, dir="auto"))


def _value(name: str, value: str) -> Html:
    field = FIELDS.get(name)
    if field and not field.facet:
        return join(value)
    normal = normal_value(name, value)
    link = element("a", label(name, value), href=search_link([("filter", render_token(name, normal))]))
    target = _target(value)
    return join(link, " ", element("a", "↗", href=target, aria_label="Open", rel="noreferrer")) if target else link


def _target(value: str) -> str | None:
    """Give the address that a value leads to: a DOI's, or itself where it is one of the web."""
    if value.startswith("10.") and is_doi(value):
        return doi_address(value)
    return value if value.startswith(("https://", "http://")) else None
