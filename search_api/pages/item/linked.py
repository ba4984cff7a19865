"""The part of an item's page that shows what it is linked with, to be filtered by property."""

import itertools
from typing import Final
from urllib.parse import urlencode

from harvester.values.web import web_address
from search_api.labels import Labels, name_value
from search_api.languages import N_, _, show_number
from search_api.linked import Asked, Direction, Linked, LinkedResource
from search_api.pages.markup import Html, element, join
from search_api.params import DEFAULT_SIZE
from search_api.render import item_path

ANCHOR: Final = "linked"
COLUMNS: Final = (N_("Title"), N_("Alternate label"), N_("Class"))


def linked_section(linked: Linked | None, asked: Asked, labels: Labels) -> Html:
    """Give the section of linked resources, None where they cannot be looked up; nothing where there are none."""
    if linked is None:  # the item itself comes from the store
        return _section(element("p", _("They cannot be looked up now; try again in a minute."), class_="note"))
    if not linked.properties:
        return Html("")
    shown = _table(linked, labels) if linked.linked else element("p", _("None."))
    return _section(_form(linked, asked, labels), shown, _more(linked, asked))


def resource_title(resource: LinkedResource) -> Html:
    """Give the title of what is linked, as a link where it has a page."""
    text = resource.title or resource.doi or resource.url or ""
    if resource.item:
        return element("a", text, href=item_path(resource.item), dir="auto")
    address = web_address(resource.url or "")
    if address:
        return element("a", text, href=address, rel="noreferrer", dir="auto")
    return element("bdi", text)


def _section(*content: Html) -> Html:
    return element("section", element("h2", _("Linked resources")), *content, id=ANCHOR)


def _form(linked: Linked, asked: Asked, labels: Labels) -> Html:
    """Give the choice of a property; a script may send it as soon as one is chosen."""
    counts: dict[str, int] = {}
    for one in linked.properties:
        counts[one.property] = counts.get(one.property, 0) + one.count
    every = _("All properties ({count})").format(count=show_number(sum(counts.values())))
    chosen = [_option("", every, asked.property)]
    chosen += [
        _option(name, f"{labels(name)} ({show_number(count)})", asked.property) for name, count in counts.items()
    ]
    label = element("label", _("Filter by property"), element("select", *chosen, name="property"))
    return element("form", label, element("button", _("Filter"), class_="plain"), action=f"#{ANCHOR}", data_send="")


def _option(value: str, text: str, chosen: str) -> Html:
    return element("option", text, value=value, selected="" if value == chosen else None)


def _table(linked: Linked, labels: Labels) -> Html:
    names = [_(column) for column in COLUMNS]
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    caption = element("caption", _("Linked resources"), class_="hidden")
    return element("div", element("table", caption, head, *_groups(linked, names, labels)), class_="wide linked")


def _groups(linked: Linked, names: list[str], labels: Labels) -> list[Html]:
    """Give a body of rows for each property and direction, with its name above them."""
    grouped = itertools.groupby(linked.linked, key=lambda resource: (resource.property, resource.direction))
    return [
        element(
            "tbody",
            element("tr", element("th", _heading(name, direction, labels), colspan="3", scope="rowgroup")),
            *(_row(resource, names) for resource in resources),
        )
        for (name, direction), resources in grouped
    ]


def _heading(name: str, direction: Direction, labels: Labels) -> Html:
    """Give the property of a group, and whose it is: of this item, or of the resources, which say it of this item."""
    label = labels(name)
    note = _("said by this item") if direction == "outgoing" else _("said by these resources of this item")
    return join(label, " ", element("span", f"({note})", class_="fine"))


def _row(resource: LinkedResource, names: list[str]) -> Html:
    title, label, kind = names
    return element(
        "tr",
        element("td", resource_title(resource), data_label=title),
        element("td", _(resource.alternate_label), data_label=label),
        element("td", name_value("resource_type", resource.type or ""), data_label=kind, dir="auto"),
    )


def _more(linked: Linked, asked: Asked) -> Html:
    """Give the ways to the next page, and back to the first."""
    links = []
    if asked.cursor:
        links.append(element("a", _("First linked resources"), href=_address(asked, "")))
    if linked.next is not None:
        links.append(element("a", _("More linked resources"), href=_address(asked, linked.next), rel="next"))
    return element("p", join(*links, between=" · ")) if links else Html("")


def _address(asked: Asked, cursor: str) -> str:
    size = "" if asked.size == DEFAULT_SIZE else str(asked.size)
    given = {"property": asked.property, "direction": asked.direction, "size": size, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"?{query}#{ANCHOR}"
