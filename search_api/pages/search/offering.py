"""What can be done with a result: export it, read it by a program, follow it, keep its address."""

from typing import Final

from search_api.addresses import EXPORT_PATH
from search_api.atom import ATOM_TYPE, feed_link
from search_api.formats.table import FORMATS
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element
from search_api.pages.search.asked import PATH, Asked, address
from search_api.render import Result

USUAL: Final = ("csv", "xlsx", "ris", "bibtex")
ADDRESS: Final = "address-of-search"


def offering_section(asked: Asked, result: Result, public_url: str) -> Html:
    """Give the section; a result without items has no exports."""
    return element(
        "section",
        element("h2", _("Export and keep")),
        _exports(asked, result.total) if result.total else NOTHING,
        _keeping(asked, public_url),
        class_="offering",
        id="export",
    )


def feed_element(asked: Asked) -> Html:
    """Give what tells a browser of the feed."""
    return element("link", rel="alternate", type=ATOM_TYPE, title=_("Newest items"), href=feed_link(asked.selection()))


def _exports(asked: Asked, total: int) -> Html:
    said = _n("All of the result, {count} item, as a file:", "All of the result, {count} items, as a file:", total)
    usual = [_link(asked, name) for name in USUAL]
    others = [_link(asked, name) for name in FORMATS if name not in USUAL]
    return element(
        "div",
        element("p", said.format(count=show_number(total))),
        element("ul", *usual, class_="formats"),
        element("details", element("summary", _("Other formats")), element("ul", *others, class_="formats")),
    )


def _link(asked: Asked, name: str) -> Html:
    link = address(EXPORT_PATH, [*asked.selection(), ("format", name)])
    return element("li", element("a", FORMATS[name].label, href=link, rel="nofollow"))


def _keeping(asked: Asked, public_url: str) -> Html:
    shown = public_url + address(PATH, asked.pairs(asked.filters))
    box = element("input", type="text", value=shown, readonly="", id=ADDRESS)
    copy = element(
        "button", _("Copy"), type="button", class_="plain", data_copy=ADDRESS, data_done=_("Copied"), hidden=""
    )
    return element(
        "div",
        element("div", element("label", _("Link to this search"), box), copy, class_="keeping"),
        element(
            "ul",
            element("li", element("a", _("This page as JSON"), href=asked.json_address(), rel="nofollow")),
            element("li", element("a", _("Feed of new items"), href=feed_link(asked.selection()), type=ATOM_TYPE)),
            class_="ways",
        ),
    )
