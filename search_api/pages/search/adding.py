"""Any other property as a facet of this search."""

from indexer.fields import FIELDS
from search_api.grammar import render_name
from search_api.languages import _, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import PATH, Asked
from search_api.pages.search.box import hidden_fields

MOST_OFFERED = 200


def adding_form(asked: Asked, counts: dict[str, int]) -> Html:
    """Give the form that adds one of the properties that items of the hub have, with the number of those items."""
    shown = {one.name for one in asked.query.facets}
    names = [name for name in counts if name not in shown and (name not in FIELDS or FIELDS[name].facet)]
    if not names:
        return NOTHING
    names = sorted(names, key=lambda name: -counts[name])[:MOST_OFFERED]
    labels = {name: asked.label(name) for name in names}
    options = [
        element("option", f"{labels[name]} ({show_number(counts[name])})", value=render_name(name))
        for name in sorted(names, key=lambda name: labels[name].casefold())
    ]
    return element(
        "form",
        hidden_fields(asked.pairs(asked.filters)),
        element("label", _("Add property"), element("select", *options, name="facet")),
        element("button", _("Add"), class_="plain"),
        action=PATH,
        class_="adding",
    )
