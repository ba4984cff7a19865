"""The facets: how many items of the result have each value of a property, and the way to these or to all but these."""

from search_api.grammar import render_missing
from search_api.histogram import PROPERTY
from search_api.labels import name_value
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element, join
from search_api.pages.search.adding import adding_form
from search_api.pages.search.asked import Asked
from search_api.pages.search.box import hidden_fields
from search_api.pages.search.words import shorten
from search_api.pages.search.years import years_block
from search_api.render import Facet, FacetValue, Result


def facets_block(asked: Asked, result: Result, counts: dict[str, int]) -> Html:
    """Give all facets, behind a button on narrow pages; `counts` are the items of each property of the hub."""
    added = {one.name for one in asked.added} - set(asked.settings.facets)
    blocks = [
        _facet(asked, name, facet, is_added=name in added)
        for name, facet in result.facets.items()
        if facet.values or name in added
    ]
    chosen = len(asked.filters)
    summary = _n("Filters ({count} in use)", "Filters ({count} in use)", chosen) if chosen else _("Filters")
    return element(
        "details",
        element("summary", element("h2", summary.format(count=show_number(chosen)))),
        *blocks,
        adding_form(asked, counts),
        class_="facets",
    )


def choice(asked: Asked, name: str, value: FacetValue) -> Html:
    """Give the line of a value: the way to its items, and the way to all others."""
    shown = name_value(name, value.value)
    return _line(asked, value.filter, element("span", shorten(shown), dir="auto"), shown, value.count)


def none_choice(asked: Asked, name: str, missing: int) -> Html:
    """Give the line of the items without a property."""
    shown = _("(none)")
    return _line(asked, render_missing(name), element("i", shown), shown, missing)


def _facet(asked: Asked, name: str, facet: Facet, *, is_added: bool) -> Html:
    label = asked.label(name)
    body = years_block(asked, label, facet) if name == PROPERTY else _values(asked, name, label, facet)
    return element(
        "details",
        element("summary", element("h3", label)),
        body,
        _inexact(facet),
        _remove(asked, name, label) if is_added else NOTHING,
        class_="facet",
        open="",
    )


def _values(asked: Asked, name: str, label: str, facet: Facet) -> Html:
    if not facet.values and not facet.missing:
        return element("p", _("No item of the result has it."), class_="note")
    values = sorted(facet.values, key=lambda value: not _is_used(asked, value.filter))
    lines = [choice(asked, name, value) for value in values]
    if facet.missing:
        lines.append(none_choice(asked, name, facet.missing))
    return join(element("ul", *lines), _more(asked, name, label) if facet.other else NOTHING)


def _is_used(asked: Asked, token: str) -> bool:
    return token in asked.filters or f"-{token}" in asked.filters


def _line(asked: Asked, token: str, shown: Html, text: str, count: int) -> Html:
    without = f"-{token}"
    is_on, is_out = token in asked.filters, without in asked.filters
    said = _("chosen, take away") if is_on else _("left out, take back") if is_out else ""
    link = element(
        "a",
        shown,
        element("span", f" ({said})", class_="hidden") if said else NOTHING,
        href=asked.toggled(without if is_out else token),
        class_="on" if is_on else "out" if is_out else None,
        rel="nofollow",
    )
    others = element(
        "a",
        "−",
        href=asked.toggled(without),
        class_="not",
        aria_label=_("All but {value}").format(value=text),
        title=_("All but {value}").format(value=text),
        rel="nofollow",
    )
    return element(
        "li", link, element("span", show_number(count), class_="number"), NOTHING if is_on or is_out else others
    )


def _more(asked: Asked, name: str, label: str) -> Html:
    """Give the search among all values, which a script answers in place, and the way to their page."""
    address = asked.values_address(name)
    box = element(
        "input",
        type="search",
        name="contains",
        placeholder=_("Find a value"),
        aria_label=_("Find a value of {property}").format(property=label),
        autocomplete="off",
    )
    form = element(
        "form",
        box,
        hidden_fields(asked.pairs(asked.filters)),
        element("button", _("Find"), class_="plain"),
        action=address.partition("?")[0],
        class_="within",
    )
    every = _("All values of {property}").format(property=label)
    return join(form, element("p", element("a", _("All values"), href=address, aria_label=every), class_="fine"))


def _remove(asked: Asked, name: str, label: str) -> Html:
    others = [one for one in asked.added if one.name != name]
    said = _("Take {property} off this list").format(property=label)
    return element("p", element("a", said, href=asked.with_facets(others)), class_="fine")


def _inexact(facet: Facet) -> Html:
    if facet.exact:
        return NOTHING
    said = _n(
        "Each count may be too low by at most {count}.",
        "Each count may be too low by at most {count}.",
        facet.error_bound,
    )
    return element("p", said.format(count=show_number(facet.error_bound)), class_="fine")
