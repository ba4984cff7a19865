"""Asking for a link to set another password: the same answer in the same time, whether or not anybody has the name."""

import logging
import math
from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.accounts.invitations import Write, ask_for_link
from search_api.accounts.access import Access, access_of
from search_api.accounts.letters import letter_writer
from search_api.accounts.visits import bound_to, check_visit, keep_visit, visit_of
from search_api.edge.quotas import client_of
from search_api.languages import _
from search_api.pages.accounts.sign_in import FORGOT_PATH
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import element
from search_api.pages.private import text_field, token_field
from search_api.problems import TOO_MANY_TRIES, ProblemError, make_problem

LONGEST: Final = 300

log = logging.getLogger(__name__)


def get_forgot(request: Request) -> Response:
    """Answer with the form; where nobody has said at which address people reach the hub, with whom to ask."""
    access = access_of(request)
    title = _("Forgot your password?")
    if not access.public_url:
        text = _("This hub sends no such links by mail: ask who runs it for one.")
        return page_response(request, title, main_element(element("h1", title), element("p", text)))
    visit = visit_of(access, request)
    form = element(
        "form",
        token_field(request, bound_to(visit)),
        text_field(_("Your name here, or your mail address"), "who", kind="text", autocomplete="username"),
        element("button", _("Send me a link")),
        method="post",
        action=FORGOT_PATH,
        class_="fields",
    )
    response = page_response(request, title, main_element(element("h1", title), form))
    keep_visit(access, response, visit)
    return response


def post_forgot(request: Request) -> Response:
    """Say that a link is on its way if there is somebody; only then look whether there is."""
    access = access_of(request)
    form = check_visit(access, request)
    _bound(access, request)
    title = _("Look into your mail")
    text = _(
        "If that is the name or the mail address of somebody here, a link to set another password is on its way to "
        "him. It is good for an hour. If none comes, ask who runs this hub: there may be no mail address of yours."
    )
    response = page_response(request, title, main_element(element("h1", title), element("p", text)))
    if access.public_url:
        write = letter_writer(access.settings().name, access.public_url)
        asked = form.get("who", "")[:LONGEST]
        response.background = BackgroundTask(_send, access.store, asked, access.clock(), write)
    return response


def _send(store: Store, asked: str, now: float, write: Write) -> None:
    try:
        ask_for_link(store, asked, now=now, write=write)
    except HarvestError as error:  # nobody waits for it any more
        log.warning("link not mailed", extra={"reason": str(error)})


def _bound(access: Access, request: Request) -> None:
    """Count what a client asks for. Raises: ProblemError (429)."""
    wait_s = access.asks.take(client_of(request.scope), access.clock())
    if wait_s > 0:
        detail = f"Too many links were asked for from your address; try again in {math.ceil(wait_s)} s."
        headers = {"Retry-After": str(math.ceil(wait_s))}
        raise ProblemError(make_problem(TOO_MANY_TRIES, detail), headers=headers)
