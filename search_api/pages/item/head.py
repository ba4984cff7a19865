"""What programs read in the head of an item's page: schema.org, citation tags, OpenGraph, typed links."""

from typing import Final

from harvester.item import Item
from harvester.styles.parts import find_title
from search_api.formats.schemaorg import to_schemaorg
from search_api.pages.item.citing import citation_tags
from search_api.pages.item.values import plain, shortened
from search_api.pages.markup import Html, element, join
from search_api.render import encode_json, item_address
from search_api.signposting import Signpost

DESCRIPTION: Final = 300
"""Characters of what search engines show below a title."""


def head_elements(item: Item, hub_name: str, public_address: str, links: list[Signpost]) -> Html:
    """Give the end of the head of an item's page."""
    address = item_address(item.id, public_address)
    described = description_of(item)
    names = [("description", described), *citation_tags(item, address)]
    graph = [
        ("og:type", "article"),
        ("og:title", plain(find_title(item))),
        ("og:description", described),
        ("og:url", address),
        ("og:site_name", hub_name),
    ]
    return join(
        element("link", rel="canonical", href=address),
        *(element("meta", name=name, content=content) for name, content in names if content),
        *(element("meta", property=name, content=content) for name, content in graph if content),
        _links(links),
        _schemaorg(item, address),
    )


def description_of(item: Item) -> str:
    """Give a few lines on an item: the beginning of its abstract, else its citation."""
    texts = [*item.abstract, *item.description]
    said = texts[0].value if texts else item.citation.text if item.citation else ""
    return shortened(said, DESCRIPTION)


def _links(links: list[Signpost]) -> Html:
    """Give links for the head of the page; descriptions are other forms of the page as well."""
    return join(
        *(
            element(
                "link",
                rel="alternate describedby" if one.rel == "describedby" else one.rel,
                type=one.type or None,
                href=one.href,
            )
            for one in links
        )
    )


def _schemaorg(item: Item, address: str) -> Html:
    """Give schema.org as a block of data, which no browser runs."""
    said = encode_json(to_schemaorg(item, address)).decode()
    harmless = said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return element("script", Html(harmless), type="application/ld+json")
