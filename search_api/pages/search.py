"""The search page: a box, facets as links, items; and the hub's first page, which is its newest items."""

from typing import Final

from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from search_api.atom import ATOM_TYPE, feed_link
from search_api.grammar import render_condition
from search_api.hub import Hub, read_query
from search_api.pages.export import export_section
from search_api.pages.frame import main_element, page_response, search_link
from search_api.pages.markup import Html, element, join
from search_api.render import Facet, Result, item_path, read_item, search_items

PAGE_FACETS: Final = ("genre", "resource_type", "resource_status", "year", "language")
NEWEST: Final = ("sort", "-harvested")
MAX_NAMES: Final = 5


class _Asked(Struct, frozen=True):
    """What links of the page keep: parameters as given, and the filters in their one form."""

    kept: tuple[tuple[str, str], ...]
    filters: tuple[str, ...]
    text: str

    def link(self, filters: tuple[str, ...], *more: tuple[str, str]) -> str:
        """Give the address of this search with other filters."""
        return search_link([*self.kept, *(("filter", token) for token in filters), *more])

    def selection(self) -> list[tuple[str, str]]:
        """Give what selects the items, without their order and their pages."""
        words = [("q", self.text)] if self.text else []
        return [*words, *(("filter", token) for token in self.filters)]

    def toggled(self, token: str) -> str:
        """Give the address of this search with a filter put in, or left out where it is in."""
        others = tuple(other for other in self.filters if other != token)
        return self.link(others if token in self.filters else (*others, token))


def get_start_page(hub: Hub, request: Request) -> Response:
    """Answer with the newest items."""
    given = _given(request)
    is_sorted = any(name == "sort" for name, _ in given)
    return _answer(hub, request, given if is_sorted else [*given, NEWEST], "")


def get_search_page(hub: Hub, request: Request) -> Response:
    """Answer with a search; its parameters are those of the API."""
    return _answer(hub, request, _given(request), "Search")


def _given(request: Request) -> list[tuple[str, str]]:
    """Give the parameters; an empty one comes from a form's empty box and means nothing."""
    return [(name, value) for name, value in request.query_params.multi_items() if value]


def _answer(hub: Hub, request: Request, pairs: list[tuple[str, str]], title: str) -> Response:
    given = {name for name, _ in pairs}
    query = read_query(hub, pairs if "facet" in given else [*pairs, ("facet", ",".join(PAGE_FACETS))])
    result = search_items(hub.index, query, secret=hub.secret)
    asked = _Asked(
        kept=tuple((name, value) for name, value in pairs if name not in {"filter", "cursor"}),
        filters=tuple(map(render_condition, query.filters)),
        text=query.text,
    )
    main = main_element(_form(asked), _chosen(asked), _facets(asked, result), _found(asked, result), class_="search")
    feed = element("link", rel="alternate", type=ATOM_TYPE, title="Newest", href=feed_link(asked.selection()))
    return page_response(request, title, main, meta=feed)


def _form(asked: _Asked) -> Html:
    box = element("input", type="search", name="q", value=asked.text, placeholder="Search", aria_label="Search")
    others = [pair for pair in asked.kept if pair[0] != "q" and pair not in {NEWEST, ("sort", "relevance")}]
    hidden = [
        element("input", type="hidden", name=name, value=value)
        for name, value in (*others, *(("filter", token) for token in asked.filters))
    ]
    return element("form", box, *hidden, element("button", "Search"), action="/items", role="search")


def _chosen(asked: _Asked) -> Html:
    links = [
        element("a", f"{token} ×", href=asked.toggled(token), aria_label=f"Remove {token}") for token in asked.filters
    ]
    return element("p", *links, class_="chosen") if links else Html("")


def _facets(asked: _Asked, result: Result) -> Html:
    blocks = [_facet(asked, facet) for facet in result.facets.values() if facet.values]
    return element("nav", *blocks, aria_label="Filters")


def _facet(asked: _Asked, facet: Facet) -> Html:
    rows = [_choice(asked, value.filter, value.label, value.count) for value in facet.values]
    if facet.missing:
        rows.append(_choice(asked, facet.missing_filter, "(none)", facet.missing))
    if facet.other:
        rows.append(element("li", "(other values)", element("span", f"{facet.other:,}")))
    return join(element("h2", facet.alternate_label or facet.label), element("ul", *rows))


def _choice(asked: _Asked, token: str, label: str, count: int) -> Html:
    is_on = token in asked.filters
    link = element("a", label, href=asked.toggled(token), class_="on" if is_on else None)
    return element("li", link, element("span", f"{count:,}"))


def _found(asked: _Asked, result: Result) -> Html:
    noun = "item" if result.total == 1 else "items"
    more = ""
    if result.next:
        more = element(
            "p", element("a", "Next page", href=asked.link(asked.filters, ("cursor", result.next)), rel="next")
        )
    return element(
        "section",
        element("p", f"{'' if result.exact else 'about '}{result.total:,} {noun}", class_="note", role="status"),
        _correction(asked, result),
        element("ol", *map(_entry, result.items)),
        more or element("p", result.advice or _advice(asked, result), class_="note"),
        export_section("/api/v1/export", asked.selection()) if result.total else "",
    )


def _correction(asked: _Asked, result: Result) -> Html:
    """Give the link to the search in another spelling."""
    if not result.did_you_mean:
        return Html("")
    others = [pair for pair in asked.kept if pair[0] != "q"]
    filters = [("filter", token) for token in asked.filters]
    link = search_link([("q", result.did_you_mean), *others, *filters])
    return element("p", "Did you mean ", element("a", result.did_you_mean, href=link), "?")


def _advice(asked: _Asked, result: Result) -> str:
    """Give what to do where nothing is found."""
    if result.total:
        return ""
    if asked.text or asked.filters:
        return "Nothing matches all of this: use fewer words, or take a filter away."
    return "There is nothing here yet: `oaihub harvest URL` brings the items of a repository."


def _entry(raw: Raw) -> Html:
    item = read_item(raw)
    title = item.title[0] if item.title else None
    link = element(
        "a", title.value if title else item.id, href=item_path(item.id), lang=title.lang if title else None, dir="auto"
    )
    notes = (
        _names(item),
        item.container.title if item.container else "",
        str(item.date.year or "") if item.date else "",
    )
    kinds = ", ".join(term.label for term in (*item.resource_type, *item.genre))
    return element(
        "li", element("h2", link), element("p", " · ".join(note for note in (*notes, kinds) if note), class_="note")
    )


def _names(item: Item) -> str:
    names = [agent.name for agent in item.creator]
    return "; ".join(names[:MAX_NAMES]) + (" et al." if len(names) > MAX_NAMES else "")
