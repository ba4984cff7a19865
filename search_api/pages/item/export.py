"""The formats that an item is offered in: those that people take most first, the others folded away."""

from typing import Final

from search_api.formats.table import FORMATS
from search_api.languages import _
from search_api.pages.markup import Html, element
from search_api.render import item_path

COMMON: Final = ("ris", "bibtex", "csl", "csv", "json")


def export_section(item_id: str) -> Html:
    """Give the links to the files of an item."""
    others = [name for name in FORMATS if name not in COMMON]
    return element(
        "section",
        element("h2", _("Export")),
        element("ul", *(_link(item_id, name) for name in COMMON), class_="formats"),
        element(
            "details",
            element("summary", _("More formats")),
            element("ul", *(_link(item_id, name) for name in others), class_="formats"),
        ),
        id="export",
    )


def _link(item_id: str, name: str) -> Html:
    form = FORMATS[name]
    return element("li", element("a", form.label, href=f"{item_path(item_id)}.{name}", type=form.media_type))
