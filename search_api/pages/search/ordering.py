"""In which order items stand, and how many on a page."""

from typing import Final

from search_api.languages import N_, _, show_number
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import PATH, Asked
from search_api.pages.search.box import hidden_fields

ORDERS: Final = (
    ("relevance", N_("Relevance")),
    ("-date", N_("Newest date first")),
    ("date", N_("Oldest date first")),
    ("title", N_("Title")),
    ("-harvested", N_("Recently harvested first")),
)
SIZES: Final = (10, 20, 50, 100)


def ordering_form(asked: Asked) -> Html:
    """Give the form; a script sends it as soon as something is chosen."""
    sort = asked.query.sort
    chosen = ("-" if sort.descending and sort.name != "relevance" else "") + sort.name
    orders = [pair for pair in ORDERS if pair[0] != "relevance" or asked.query.text]
    if chosen not in dict(orders):
        orders.append((chosen, chosen))
    sizes = sorted({*SIZES, asked.query.size})
    kept = [pair for pair in asked.pairs(asked.filters) if pair[0] not in {"sort", "size", "group"}]
    return element(
        "form",
        _select("sort", _("Order"), [(value, _(text)) for value, text in orders], chosen),
        _select("size", _("On a page"), [(str(size), show_number(size)) for size in sizes], str(asked.query.size)),
        element(
            "label",
            element("input", type="checkbox", name="group", value="work", checked="" if asked.query.by_work else None),
            _("One version of each work"),
            class_="choice",
        ),
        hidden_fields(kept),
        element("button", _("Apply"), class_="plain"),
        action=PATH,
        class_="ordering",
        data_sends="",
    )


def _select(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> Html:
    shown = [element("option", text, value=value, selected="" if value == chosen else None) for value, text in options]
    return element("label", element("span", label), element("select", *shown, name=name))
