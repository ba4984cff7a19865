"""All values of a property in a result, to be searched and paged through; each leads back to the search."""

from typing import Final

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from indexer.query import FacetRequest, Sort
from search_api.hub import Hub
from search_api.languages import _
from search_api.pages.frame import NOTHING, main_element, page_response
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import Asked, Pair, read_asked
from search_api.pages.search.box import hidden_fields
from search_api.pages.search.chips import chips
from search_api.pages.search.facets import choice, none_choice
from search_api.values import CONTAINS, Values, list_values

SIZE: Final = 100


def get_values_page(hub: Hub, request: Request) -> Response:
    """Answer with the values; its parameters are those of the search, `contains`, and a cursor of its own."""
    name = request.path_params["name"]
    given = [(key, value) for key, value in request.query_params.multi_items() if value]
    own = [pair for pair in given if pair[0] in {CONTAINS.name, "cursor"}]
    asked = read_asked(hub, [pair for pair in given if pair not in own])
    found = list_values(hub, name, [*asked.selection(), *own, ("size", str(SIZE))])
    contains = next((value for key, value in own if key == CONTAINS.name), "")
    is_first = not any(key == "cursor" for key, _value in own)
    label = asked.label(name)
    title = _("Values of {property}").format(property=label)
    main = main_element(
        element("h1", title, dir="auto"),
        element("p", element("a", _("Back to the search"), href=asked.with_filters(asked.filters))),
        chips(asked),
        _form(asked, name, label, contains),
        _list(asked, name, found, _missing(hub, asked, name) if is_first and not contains else 0),
        _pages(asked, name, contains, found, is_first=is_first),
        class_="search",
    )
    return page_response(request, title, main)


def _form(asked: Asked, name: str, label: str, contains: str) -> Html:
    box = element(
        "input",
        type="search",
        name=CONTAINS.name,
        value=contains,
        aria_label=_("Find a value of {property}").format(property=label),
        placeholder=_("Find a value"),
    )
    kept = hidden_fields(asked.pairs(asked.filters))
    action = asked.values_address(name).partition("?")[0]
    return element("form", box, kept, element("button", _("Find")), action=action, role="search")


def _list(asked: Asked, name: str, found: Values, missing: int) -> Html:
    lines = [choice(asked, name, value) for value in found.values]
    if missing:
        lines.insert(0, none_choice(asked, name, missing))
    if not lines:
        return element("p", _("No value fits.") if not found.next else _("No value so far; look on."), class_="note")
    return element("ul", *lines, class_="columns")


def _missing(hub: Hub, asked: Asked, name: str) -> int:
    """Count the items that have no value."""
    by_id = Sort("id", descending=False)
    counted = structs.replace(asked.query, facets=(FacetRequest(name, 1),), size=0, sort=by_id, by_work=False)
    return hub.index.search(counted).facets[name].missing


def _pages(asked: Asked, name: str, contains: str, found: Values, *, is_first: bool) -> Html:
    kept: list[Pair] = [(CONTAINS.name, contains)] if contains else []
    links = []
    if not is_first:
        links.append(element("a", _("First values"), href=asked.values_address(name, *kept), class_="button plain"))
    if found.next:
        onward = asked.values_address(name, *kept, ("cursor", found.next))
        links.append(element("a", _("More values"), href=onward, rel="next", class_="button plain"))
    return element("nav", *links, class_="pages", aria_label=_("Pages")) if links else NOTHING
