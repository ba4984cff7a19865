"""The box that words are written in."""

from typing import Final

from search_api.languages import _, _n, show_number
from search_api.pages.markup import Html, element, join
from search_api.pages.search.asked import PATH, Asked, Pair

NEWEST: Final = ("sort", "-harvested")
RELEVANCE: Final = ("sort", "relevance")
"""Orders that a search in other words begins without: the first page's own, and the one it has by itself."""


def search_box(asked: Asked) -> Html:
    """Give the form that searches within the same filters; a script offers values and items while a person types."""
    box = element(
        "input",
        type="search",
        name="q",
        id="q",
        value=asked.query.text,
        placeholder=_("Words, a title, a name, a DOI"),
        aria_label=_("Search"),
        autocomplete="off",
        maxlength="4000",
        data_suggest="",
        data_item=_("Item"),
    )
    kept = [pair for pair in asked.pairs(asked.filters) if pair[0] != "q" and pair not in {NEWEST, RELEVANCE}]
    form = element(
        "form",
        element("div", box, class_="box"),
        hidden_fields(kept),
        element("button", _("Search")),
        action=PATH,
        role="search",
    )
    return element("div", form, _scope(asked), class_="asking")


def hidden_fields(pairs: list[Pair]) -> Html:
    """Give the fields by which a form keeps what the page was asked for."""
    return join(*(element("input", type="hidden", name=name, value=value) for name, value in pairs))


def _scope(asked: Asked) -> Html:
    """Say that words are searched for within filters."""
    if not asked.filters:
        return Html("")
    said = _n("Searches within {count} filter.", "Searches within {count} filters.", len(asked.filters))
    return element("p", said.format(count=show_number(len(asked.filters))), class_="note")
