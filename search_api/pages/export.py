"""The formats that an item or a result is offered in."""

from urllib.parse import urlencode

from search_api.formats.table import FORMATS
from search_api.pages.markup import Html, element, join


def export_section(path: str, pairs: list[tuple[str, str]]) -> Html:
    """Give the links to all formats of an address with these parameters."""
    links = [
        element("a", form.label, href=f"{path}?{urlencode([*pairs, ('format', form.name)])}")
        for form in FORMATS.values()
    ]
    return element("section", element("h2", "Export"), element("p", join(*links, between=" · ")))
