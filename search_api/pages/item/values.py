"""Values as a page shows them: a link to the items that share one, a way to what it names, texts in their language."""

import re
from collections.abc import Sequence
from typing import Final

from harvester.item import Text
from harvester.values.web import web_address
from indexer.fields import FIELDS, normal_value
from search_api.grammar import render_token
from search_api.labels import name_value
from search_api.languages import _, show_number
from search_api.pages.frame import search_link
from search_api.pages.markup import Html, element, join

LONG_TEXT: Final = 3_000
"""Characters of a text from which its rest is folded away, behind the first of them."""
BEGINNING: Final = 1_800
FEW: Final = 6
MOST_SHOWN: Final = 20
"""Values of a list before the rest is folded away."""
UNLINKED: Final = frozenset(("title", "alternative"))
TURNING: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that change the direction of what follows; where no element can end that, as in a tab's title."""
PARAGRAPH: Final = re.compile(r"\s*\n\s*\n\s*")


def linked_value(name: str, value: str) -> Html:
    """Give a value as a link to all items that have it; as text where it is not to be counted by."""
    field = FIELDS.get(name)
    if name in UNLINKED or (field and not field.facet):
        return element("bdi", value)
    token = render_token(name, normal_value(name, value))
    return element("a", element("bdi", name_value(name, value)), href=search_link([("filter", token)]))


def way_out(address: str | None, about: str) -> Html:
    """Give a small link to what a value names elsewhere; nothing where that is no address of the web."""
    target = web_address(address or "")
    if not target:
        return Html("")
    said = _("Open {value}").format(value=about)
    return join(" ", element("a", "↗", href=target, class_="out", aria_label=said, title=target, rel="noreferrer"))


def prose(text: Text, *, with_language: bool) -> Html:
    """Give a long text in paragraphs, in its language; the rest of a very long one is folded away."""
    begin, rest = _parted(text.value)
    shown = [*_paragraphs(begin)]
    if rest:
        summary = _("Show the rest ({count} characters)").format(count=show_number(len(rest)))
        shown.append(element("details", element("summary", summary), *_paragraphs(rest)))
    note = element("p", name_value("language", text.lang), class_="fine") if with_language and text.lang else Html("")
    return join(note, element("div", *shown, lang=text.lang, dir="auto", class_="prose"))


def phrase(text: Text, *, with_language: bool) -> Html:
    """Give a short text in its language."""
    note = element("p", name_value("language", text.lang), class_="fine") if with_language and text.lang else Html("")
    return join(note, element("div", text.value, lang=text.lang, dir="auto"))


def folded_list(values: Sequence[Html]) -> Html:
    """Give a list, in columns where it is long; of a very long one the first values, the others folded away."""
    shape = "listed many" if len(values) > FEW else "listed"
    rows = [element("li", value, dir="auto") for value in values]
    shown = element("ul", *rows[:MOST_SHOWN], class_=shape)
    rest = rows[MOST_SHOWN:]
    if not rest:
        return shown
    summary = _("Show all {count}").format(count=show_number(len(rows)))
    return join(shown, element("details", element("summary", summary), element("ul", *rest, class_=shape)))


def plain(text: str) -> str:
    """Give a text for places that cannot isolate it: in one line, without marks that turn what follows."""
    return TURNING.sub("", " ".join(text.split()))


def shortened(text: str, size: int) -> str:
    """Give the beginning of a text, cut between words."""
    text = plain(text)
    if len(text) <= size:
        return text
    return f"{text[:size].rsplit(' ', 1)[0]} …"


def _parted(text: str) -> tuple[str, str]:
    if len(text) <= LONG_TEXT:
        return text, ""
    end = text.rfind(" ", 0, BEGINNING)
    end = end if end > 0 else BEGINNING
    return text[:end], text[end:].strip()


def _paragraphs(text: str) -> list[Html]:
    return [element("p", part) for part in PARAGRAPH.split(text.strip())]
