"""What a search asks for, piece by piece in words, each to be taken away."""

from itertools import groupby

from search_api.languages import _
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import PATH, Asked, address, facet_pairs
from search_api.pages.search.words import say_condition, shorten


def chips(asked: Asked) -> Html:
    """Give the list; filters on one property stand together, with "or" between those that are alternatives."""
    if not asked.is_narrowed:
        return NOTHING
    shown = [_text(asked)] if asked.query.text else []
    pairs = sorted(
        zip(asked.query.filters, asked.filters, strict=True), key=lambda pair: (pair[0].name, pair[0].negative)
    )
    for (_name, is_negative), group in groupby(pairs, key=lambda pair: (pair[0].name, pair[0].negative)):
        for number, (condition, token) in enumerate(group):
            between = element("span", _("or"), class_="note") if number and not is_negative else ""
            link = asked.with_filters(other for other in asked.filters if other != token)
            shown.append(element("li", between, _chip(say_condition(asked.label, condition), link)))
    everything = address(PATH, [*facet_pairs(asked.added), *asked.order_without_relevance("")])
    shown.append(element("li", element("a", _("Clear all"), href=everything)))
    return element("ul", *shown, class_="chips", aria_label=_("What is asked for"))


def _text(asked: Asked) -> Html:
    return element("li", _chip(_("“{text}”").format(text=shorten(asked.query.text)), asked.with_text("")))


def _chip(said: str, link: str) -> Html:
    """Give a piece as a link that takes it away."""
    return element(
        "a",
        element("span", said, dir="auto"),
        element("span", "×", aria_hidden="true", class_="away"),
        element("span", _("(take away)"), class_="hidden"),
        href=link,
        class_="chip",
        title=_("Take away"),
    )
