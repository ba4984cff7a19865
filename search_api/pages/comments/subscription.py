"""The page that links of mails lead to: what is confirmed or ended is so by a button, for programs follow links."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harvester.store.comments.subscribing import (
    Subscription,
    confirm_subscription,
    end_subscription,
    get_subscription,
)
from harvester.store.items import get_item
from search_api.accounts import form_of
from search_api.accounts.access import access_of
from search_api.comments.links import link_path, read_link
from search_api.hub import Hub
from search_api.languages import _
from search_api.pages.comments.section import item_link
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import Html, element, fill

NO_REFERRER: Final = {"Referrer-Policy": "no-referrer"}


def get_subscription_page(hub: Hub, request: Request) -> Response:
    """Answer with what may be done with a subscription."""
    number = _number(hub, request)
    found = get_subscription(hub.store, number)
    return _ended(request) if found is None else _page(hub, request, found)


def post_subscription(hub: Hub, request: Request) -> Response:
    """Confirm a subscription, or end it; who has the link may do both."""
    number, form = _number(hub, request), dict(form_of(request))
    if form.get("do") == "end":
        end_subscription(hub.store, number)
        return _ended(request)
    confirm_subscription(hub.store, number, access_of(request).clock())
    found = get_subscription(hub.store, number)
    return _ended(request) if found is None else _page(hub, request, found)


def _number(hub: Hub, request: Request) -> int:
    number = read_link(hub.secret, request.path_params["token"])
    if number is None:
        raise HTTPException(404)
    return number


def _page(hub: Hub, request: Request, found: Subscription) -> Response:
    item = get_item(hub.store, found.item)
    title = _("Mail about comments")
    link = element("bdi", found.item) if item is None else item_link(item)
    state = (
        _("You are told of comments on {title}.")
        if found.confirmed
        else _("Do you want to be told of comments on {title}?")
    )
    path = link_path(hub.secret, found.id)
    buttons = [] if found.confirmed else [_button(_("Yes, tell me"), "confirm", path)]
    end = _("Tell me no more") if found.confirmed else _("No, forget my address")
    main = main_element(
        element("h1", title),
        element("p", fill(state, title=link)),
        element("div", *buttons, _button(end, "end", path), class_="buttons"),
    )
    return page_response(request, title, main, headers=NO_REFERRER)


def _button(text: str, do: str, path: str) -> Html:
    return element("form", element("button", text, name="do", value=do), method="post", action=path)


def _ended(request: Request) -> Response:
    title = _("Mail about comments")
    said = element("p", _("You get no mail about these comments, and your address is forgotten."), role="status")
    return page_response(request, title, main_element(element("h1", title), said), headers=NO_REFERRER)
