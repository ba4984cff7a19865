"""The items of a page of a result."""

from collections.abc import Sequence
from typing import Final

from msgspec import Raw

from harvester.item import Item, Text
from harvester.values.dois import doi_address
from indexer.text import Words
from search_api.grammar import render_token
from search_api.highlighting import asked_words, mark
from search_api.labels import name_value
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element, join, marked
from search_api.pages.search.asked import Asked
from search_api.render import item_path, read_item

MOST_NAMES: Final = 5
MOST_TAGS: Final = 6
SNIPPET: Final = 260
"""Characters of an abstract where no word of the search stands in it."""

TITLE: Final = 300


def cards(asked: Asked, items: Sequence[Raw]) -> Html:
    """Give a list of items."""
    words = asked_words(asked.query.text)
    return element("ol", *(_card(asked, read_item(raw), words) for raw in items), class_="cards")


def _card(asked: Asked, item: Item, words: Sequence[Words]) -> Html:
    return element("li", _title(item, words), _names(item), _source(item), _snippet(item, words), _tags(asked, item))


def _title(item: Item, words: Sequence[Words]) -> Html:
    title = item.title[0] if item.title else None
    if title is None:
        shown: str = _("Without title ({id})").format(id=item.id)
    else:
        shown = marked(mark(title.value, words, "title")) or _cut(title.value, TITLE)
    lang = title.lang if title else None
    return element("h3", element("a", shown, href=item_path(item.id), lang=lang, dir="auto"))


def _names(item: Item) -> Html:
    names = [agent.name for agent in item.creator]
    if not names:
        return NOTHING
    text = "; ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    if more > 0:
        text = _n("{names} and {count} other", "{names} and {count} others", more).format(
            names=text, count=show_number(more)
        )
    return element("p", text, class_="names", dir="auto")


def _source(item: Item) -> Html:
    """Give where it appeared, when, and the way to its publisher."""
    parts = []
    if item.container:
        parts.append(element("cite", item.container.title, dir="auto"))
    if item.date:
        parts.append(element("span", item.date.edtf or str(item.date.year or "") or item.date.literal))
    if item.doi:
        parts.append(element("a", f"doi:{item.doi}", href=doi_address(item.doi), rel="noreferrer"))
    return element("p", join(*parts, between=" · "), class_="note") if parts else NOTHING


def _snippet(item: Item, words: Sequence[Words]) -> Html:
    """Give the part of the abstract that has words of the search, else its beginning."""
    texts = item.abstract or item.description
    found = ((text, mark(text.value, words, "abstract")) for text in texts)
    text, html = next((pair for pair in found if pair[1]), (texts[0] if texts else Text(""), ""))
    shown = marked(html) or join(_cut(text.value, SNIPPET))
    return element("p", shown, class_="snippet", lang=text.lang, dir="auto") if shown else NOTHING


def _tags(asked: Asked, item: Item) -> Html:
    terms = [("resource_type", term.label) for term in item.resource_type]
    terms += [("genre", term.label) for term in item.genre]
    links = []
    for name, value in list(dict.fromkeys(terms))[:MOST_TAGS]:
        token = render_token(name, value)
        if token in asked.filters:
            links.append(element("li", element("span", name_value(name, value), class_="tag", dir="auto")))
        else:
            shown = name_value(name, value)
            link = element("a", shown, href=asked.toggled(token), class_="tag", dir="auto", rel="nofollow")
            links.append(element("li", link))
    return element("ul", *links, class_="tags", aria_label=_("Type and genre")) if links else NOTHING


def _cut(text: str, most: int) -> str:
    """Give the beginning of a text, to the end of a word."""
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0].rstrip(" ,;:.") + "…" if " " in text[:most] else text[:most] + "…"
