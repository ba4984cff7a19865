"""The page of one item: what it is, how to cite it, what it is linked with, where it is from."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from indexer.errors import IndexUnavailableError
from search_api.exporting import public_address
from search_api.handlers import live_whole
from search_api.hub import Hub
from search_api.labels import labels_of, name_value
from search_api.linked import Asked, Linked, list_linked, read_asked
from search_api.pages.comments.section import comments_section
from search_api.pages.contribute import contribute_section
from search_api.pages.frame import main_element, page_response
from search_api.pages.item.about import about_section
from search_api.pages.item.export import export_section
from search_api.pages.item.head import head_elements
from search_api.pages.item.linked import linked_section
from search_api.pages.item.origins import read_origins
from search_api.pages.item.people import byline
from search_api.pages.item.properties import properties_section
from search_api.pages.item.values import plain
from search_api.pages.item.versions import retracted_note, versions_section
from search_api.pages.markup import Html, element
from search_api.render import item_path
from search_api.signposting import link_header, told_links

LONG_TITLE: Final = 160


def get_item_page(hub: Hub, request: Request) -> Response:
    """Answer with the page of an item. Raises: BadQueryError (of linked resources), and as `live_item`."""
    whole = live_whole(hub, request.path_params["item_id"])
    item = whole.item
    asked = read_asked(hub, request.query_params.multi_items())
    settings = hub.settings()
    labels, origins, linked = labels_of(settings), read_origins(hub, whole), _linked(hub, item, asked)
    sections = (
        properties_section(item, settings, labels, origins),
        linked_section(linked, asked, labels),
        versions_section(linked, labels),
        about_section(item, origins),
        comments_section(hub, item),
        contribute_section(settings, item),
        export_section(item.id),
    )
    address = public_address(hub, request)
    links = told_links(item, address)
    return page_response(
        request,
        title_of(item),
        main_element(retracted_note(item), *_heading(item), *sections, class_="item"),
        meta=head_elements(item, settings.name, address, links),
        headers={"Link": link_header(links)},
    )


def title_of(item: Item) -> str:
    """Give what an item is called where only text can stand: its title, else its id."""
    return plain(item.title[0].value) if item.title else item.id


def way_back(item: Item) -> Html:
    """Give the way from a page about an item to the item itself."""
    title = item.title[0] if item.title else None
    shown = element("bdi", title_of(item), lang=title.lang if title else None)
    return element("p", element("a", shown, href=item_path(item.id)), class_="back")


def _heading(item: Item) -> list[Html]:
    terms = {name: getattr(item, name) for name in ("resource_type", "resource_status", "genre")}
    kinds = [name_value(name, term.label) for name, own in terms.items() for term in own]
    shown = [element("span", element("bdi", kind)) for kind in dict.fromkeys(kinds)]
    title = item.title[0] if item.title else None
    said = title.value if title else item.id
    size = "long" if len(said) > LONG_TITLE else None
    heading = element("h1", said, lang=title.lang if title else None, dir="auto", class_=size)
    return [heading, byline(item.creator), element("p", *shown, class_="kinds") if shown else Html("")]


def _linked(hub: Hub, item: Item, asked: Asked) -> Linked | None:
    """Give what an item is linked with, None where the index is away. Raises: BadQueryError (cursor)."""
    try:
        return list_linked(hub, item, asked)
    except IndexUnavailableError:
        return None
