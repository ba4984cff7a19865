"""The citation of an item, with its DOI as a link and a button that copies it."""

import re
from typing import Final

from harvester.item import Citation, Item
from harvester.values.web import web_address
from search_api.languages import _
from search_api.pages.markup import Html, element, join

ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;)\]]")
ANCHOR: Final = "citation-text"
TURNING: Final = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Signs that turn the direction of what follows them (UAX 9, 2.1 to 2.4)."""


def citation_value(item: Item, citation: Citation) -> Html:
    """Give a citation; the button is for scripts alone, which show it."""
    lang = item.title[0].lang if item.title else None
    shown = with_links(text_of(citation))
    text = element("p", shown, id=ANCHOR, lang=lang, dir="auto", class_="citation")
    copy = element(
        "button",
        _("Copy citation"),
        type="button",
        hidden="",
        class_="plain",
        data_copy=ANCHOR,
        data_done=_("Copied"),
    )
    return join(text, copy)


def text_of(citation: Citation) -> str:
    """Give a citation's text without signs by which one of its values would turn those behind it."""
    return citation.text.translate(TURNING)


def with_links(text: str) -> Html:
    """Give a text with its addresses of the web as links."""
    parts: list[str] = []
    end = 0
    for found in ADDRESS.finditer(text):
        address = web_address(found[0])
        if address:
            parts += [text[end : found.start()], element("a", found[0], href=address, rel="noreferrer")]
            end = found.end()
    return join(*parts, text[end:])
