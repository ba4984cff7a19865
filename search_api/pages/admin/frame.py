"""The frame of an administrator's page: the places, what was said of the last change, and the content."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import ADMINISTER
from search_api.accounts.access import Place
from search_api.languages import N_, _
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element
from search_api.pages.private import private_page

ROOT: Final = "/admin"
USERS: Final = f"{ROOT}/users"
HUB: Final = f"{ROOT}/hub"
AUDIT: Final = f"{ROOT}/audit"
PLACES: Final = ((N_("People"), USERS), (N_("Hub settings"), HUB), (N_("Who did what"), AUDIT))
PLACE: Final = Place(N_("Administration"), ROOT, ADMINISTER)
NOTHING: Final = Html("")


def admin_page(
    request: Request, title: str, place: str, *content: str, said: str = "", wrong: str = "", status: int = 200
) -> Response:
    """Answer with a page below one of the places; `said` tells of what was done, `wrong` why it was not."""
    told = element("div", said, role="status", class_="said") if said else NOTHING
    alert = element("p", wrong, role="alert") if wrong else NOTHING
    main = main_element(element("h1", title), told, alert, *content, class_="admin")
    return private_page(request, title, tabs(_("Administration"), PLACES, place), main, status=status)


def tabs(label: str, places: tuple[tuple[str, str], ...], current: str) -> Html:
    """Give links to pages that belong together; labels are texts of the catalogues."""
    links = [
        element("a", _(name), href=path, aria_current="page" if path == current else None) for name, path in places
    ]
    return element("nav", *links, class_="places", aria_label=label)
