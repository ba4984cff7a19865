"""What a search says that finds nothing: what was asked for, and which single part of it stands in the way."""

from typing import Final

from indexer.query import Condition, Query, Sort
from search_api.hub import Hub
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element, fill
from search_api.pages.search.asked import Asked
from search_api.pages.search.words import say_condition, shorten
from search_api.render import Result

MOST_TRIED: Final = 5
"""Parts that are left out in turn, each by a search of its own."""


def nothing_found(hub: Hub, asked: Asked, result: Result) -> Html:
    """Give the section."""
    if not asked.is_narrowed:
        return _empty_hub()
    ways = [_way(said, link, count) for said, link, count in _tries(hub, asked) if count]
    advice = (
        element("p", _("Without one of these there are items:"), class_="note")
        if ways
        else element("p", _("Use fewer or other words, or take filters away."))
    )
    return element(
        "section",
        element("h2", _("Nothing matches all of this")),
        _correction(asked, result),
        advice,
        element("ul", *ways, class_="ways") if ways else NOTHING,
        class_="nothing",
    )


def _correction(asked: Asked, result: Result) -> Html:
    if not result.did_you_mean:
        return NOTHING
    link = element("a", result.did_you_mean, href=asked.with_text(result.did_you_mean), dir="auto")
    return element("p", fill(_("Did you mean {words}?"), words=link), class_="said")


def _tries(hub: Hub, asked: Asked) -> list[tuple[str, str, int]]:
    """Give for each part what it says, the address without it, and how many items there are then."""
    found = []
    query = asked.query
    if query.text and query.filters:
        said = _("“{text}”").format(text=shorten(query.text))
        found.append((said, asked.with_text(""), _count(hub, "", query.filters)))
    if query.text or len(query.filters) > 1:
        for token, one in zip(asked.filters, query.filters, strict=True):
            if len(found) == MOST_TRIED:
                break
            others = tuple(other for other in query.filters if other != one)
            link = asked.with_filters(other for other in asked.filters if other != token)
            found.append((say_condition(asked.label, one), link, _count(hub, query.text, others)))
    return found


def _count(hub: Hub, text: str, filters: tuple[Condition, ...]) -> int:
    return hub.index.search(Query(text=text, filters=filters, sort=Sort("id", descending=False), size=0)).total


def _way(said: str, link: str, count: int) -> Html:
    text = _n("without {part}: {count} item", "without {part}: {count} items", count)
    return element("li", element("a", text.format(part=said, count=show_number(count)), href=link))


def _empty_hub() -> Html:
    return element(
        "section",
        element("h2", _("There is nothing here yet")),
        element(
            "p", fill(_("{command} brings the items of a repository."), command=element("code", "oaihub harvest URL"))
        ),
        class_="nothing",
    )
