"""The part of an item's page that shows what it is linked with, to be filtered by property."""

import itertools
from typing import Final
from urllib.parse import urlencode

from harvester.item import Item
from indexer.errors import IndexUnavailableError
from indexer.fields import shown_label
from search_api.hub import Hub
from search_api.linked import Asked, Direction, Linked, LinkedResource, list_linked
from search_api.pages.markup import Html, element, join
from search_api.params import DEFAULT_SIZE
from search_api.render import item_path

ANCHOR: Final = "linked"
COLUMNS: Final = ("Title", "Alternate label", "Class")


def linked_section(hub: Hub, item: Item, asked: Asked) -> Html:
    """Give the section of linked resources; nothing where there are none. Raises: BadQueryError (cursor)."""
    try:
        linked = list_linked(hub, item, asked)
    except IndexUnavailableError:  # the item itself comes from the store
        return _section(element("p", "They cannot be looked up now; try again in a minute.", class_="note"))
    if not linked.properties:
        return Html("")
    table = element("table", element("thead", element("tr", *map(_column, COLUMNS))), *_groups(linked))
    return _section(_form(linked, asked), table if linked.linked else element("p", "None."), _more(linked, asked))


def _section(*content: Html) -> Html:
    return element("section", element("h2", "Linked resources"), *content, id=ANCHOR)


def _form(linked: Linked, asked: Asked) -> Html:
    counts: dict[str, int] = {}
    for one in linked.properties:
        counts[one.property] = counts.get(one.property, 0) + one.count
    chosen = [_option("", f"All properties ({sum(counts.values()):,})", asked.property)]
    chosen += [_option(name, f"{shown_label(name)} ({count:,})", asked.property) for name, count in counts.items()]
    label = element("label", "Filter by property ", element("select", *chosen, name="property"))
    return element("form", label, element("button", "Filter"), action=f"#{ANCHOR}")


def _option(value: str, text: str, chosen: str) -> Html:
    return element("option", text, value=value, selected="" if value == chosen else None)


def _column(text: str) -> Html:
    return element("th", text, scope="col")


def _groups(linked: Linked) -> list[Html]:
    """Give a body of rows for each property and direction, with its name above them."""
    return [
        element(
            "tbody",
            element("tr", element("th", _heading(name, direction), colspan="3", scope="rowgroup")),
            *map(_row, resources),
        )
        for (name, direction), resources in itertools.groupby(
            linked.linked, key=lambda resource: (resource.property, resource.direction)
        )
    ]


def _heading(name: str, direction: Direction) -> str:
    """Give the property of a group; that of resources which link here is what they say of this item."""
    return shown_label(name) if direction == "outgoing" else f"{shown_label(name)} (said there of this)"


def _row(resource: LinkedResource) -> Html:
    text = resource.title or resource.doi or resource.url or ""
    if resource.item:
        shown = element("a", text, href=item_path(resource.item))
    elif resource.url and resource.url.startswith(("https://", "http://")):
        shown = element("a", text, href=resource.url, rel="noreferrer")
    else:
        shown = join(text)
    return element(
        "tr",
        element("td", shown, dir="auto"),
        element("td", resource.alternate_label),
        element("td", resource.type or ""),
    )


def _more(linked: Linked, asked: Asked) -> Html:
    if linked.next is None:
        return Html("")
    size = "" if asked.size == DEFAULT_SIZE else str(asked.size)
    given = {"property": asked.property, "direction": asked.direction, "size": size, "cursor": linked.next}
    query = urlencode({name: value for name, value in given.items() if value})
    return element("p", element("a", "More linked resources", href=f"?{query}#{ANCHOR}", rel="next"))
