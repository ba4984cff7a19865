"""Other versions of a work: its preprint, what it is the preprint of, what replaced it."""

from harvester.item import Item
from harvester.store.works.versions import BETWEEN_VERSIONS
from search_api.labels import Labels
from search_api.languages import _
from search_api.linked import Linked, LinkedResource
from search_api.pages.item.linked import resource_title
from search_api.pages.markup import Html, element


def versions_section(linked: Linked | None, labels: Labels) -> Html:
    """Give the section; nothing where no other version is known."""
    found = [one for one in (linked.linked if linked else ()) if one.property in BETWEEN_VERSIONS]
    if not found:
        return Html("")
    rows = [element("li", _said(one, labels), " ", resource_title(one)) for one in found]
    return element(
        "section", element("h2", _("Other versions")), element("ul", *rows, class_="versions"), id="versions"
    )


def retracted_note(item: Item) -> Html:
    """Give a note above all else on a work that was retracted."""
    if "retracted" not in item.quality and all(term.label != "Retracted" for term in item.resource_status):
        return Html("")
    return element("p", _("This work has been retracted or withdrawn."), role="note", class_="retracted")


def _said(one: LinkedResource, labels: Labels) -> Html:
    """Give how a version is related; of one that says it itself, from its side."""
    label = labels(one.property)
    if one.direction == "outgoing":
        return element("span", f"{label}:", class_="fine")
    return element("span", _("Says of this item “{label}”:").format(label=label), class_="fine")
