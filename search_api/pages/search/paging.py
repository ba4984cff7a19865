"""How many items were found, which of them a page shows, and the way to its neighbours.

A cursor leads on only; the cursors that led here go along in the address, the last ten, so that a page back is a page
that was shown before. What is further back begins with the first page.
"""

from indexer.conditions import MAX_COUNTED_HITS
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import MOST_BACK, PATH, TRAIL, Asked, Pair, address
from search_api.render import Result


def count_line(asked: Asked, result: Result) -> Html:
    """Say how many items there are, and which ones these are."""
    number = show_number(result.total)
    if result.exact:
        said = _n("{count} item", "{count} items", result.total).format(count=number)
    else:
        said = _n("about {count} item", "about {count} items", result.total).format(count=number)
    parts = [element("strong", said)]
    first = asked.query.offset
    if result.items and (first or result.next) and not asked.query.by_work:
        span = _("{first} to {last} are shown").format(
            first=show_number(first + 1), last=show_number(first + len(result.items))
        )
        parts.append(element("span", span, class_="note"))
    if asked.query.by_work:
        parts.append(element("span", _("versions of a work are shown as one"), class_="note"))
    return element("p", *parts, class_="count", role="status")


def end_line() -> Html:
    """Say why a result has no next page although there are more items."""
    said = _("This order ends at {count} items. Order by date, title or harvest, with all versions, to see the rest.")
    return element("p", said.format(count=show_number(MAX_COUNTED_HITS)), class_="note")


def pages(asked: Asked, result: Result) -> Html:
    """Give the links to the first page, the one before and the next."""
    links = []
    is_second = bool(asked.cursor) and asked.query.offset <= asked.query.size
    if asked.cursor and not is_second:
        links.append(_link(_("First page"), _address(asked, "", ()), None))
    if is_second or asked.trail:
        before = _address(asked, *(("", ()) if is_second else (asked.trail[-1], asked.trail[:-1])))
        links.append(_link(_("Previous page"), before, "prev"))
    if result.next:
        trail = (*asked.trail, asked.cursor) if asked.cursor else ()
        links.append(_link(_("Next page"), _address(asked, result.next, trail[-MOST_BACK:]), "next"))
    return element("nav", *links, class_="pages", aria_label=_("Pages")) if links else NOTHING


def _link(text: str, link: str, relation: str | None) -> Html:
    return element("a", text, href=link, rel=relation, class_="button plain")


def _address(asked: Asked, cursor: str, trail: tuple[str, ...]) -> str:
    more: list[Pair] = [("cursor", cursor)] if cursor else []
    more += [(TRAIL, ",".join(trail))] if trail else []
    return address(PATH, [*asked.pairs(asked.filters), *more])
