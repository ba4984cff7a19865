"""A token's link: a page with one button, and what that exchanges the token for.

Programs that look at links in mails send GET, which uses nothing up and asks nobody. The token is in the path of this
one page, which tells no other address of it (`tracing` has what answers below /pass/ get); the log has it as /pass/….
"""

import math
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.contributions.passes import Opened, open_pass
from harvester.store.contributions.tokens import Token
from search_api.accounts.access import access_of
from search_api.accounts.cookies import GUEST, keep_cookie, read_cookie
from search_api.accounts.visits import bound_to, check_visit, keep_visit, visit_of
from search_api.edge.quotas import client_of
from search_api.languages import _
from search_api.pages.contribute.section import edit_path
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import element
from search_api.pages.private import token_field
from search_api.problems import TOO_MANY_TRIES, ProblemError, make_problem

HEADERS: Final = {"X-Robots-Tag": "noindex"}


def get_pass_page(request: Request) -> Response:
    """Answer with the button, whatever the token is."""
    access = access_of(request)
    visit = visit_of(access, request)
    form = element(
        "form",
        token_field(request, bound_to(visit)),
        element("button", _("Go on")),
        method="post",
        action=request.url.path,
    )
    main = main_element(
        element("h1", _("Propose changes")),
        element("p", _("You came by a link that lets you propose changes without an account.")),
        element("p", _("This browser will keep a cookie for it, for twelve hours at most."), class_="note"),
        form,
    )
    response = page_response(request, _("Propose changes"), main, headers=HEADERS)
    keep_visit(access, response, visit)
    return response


def post_pass(request: Request) -> Response:
    """Exchange the token for a pass, and lead to the form of its item, or to a list where it has several."""
    access = access_of(request)
    check_visit(access, request)
    client, now = client_of(request.scope), access.clock()
    wait_s = access.pass_tries.take(client, now)
    if wait_s > 0:
        detail = _("Too many links that are none came from your address; try again in {seconds} s.")
        headers = {"Retry-After": str(math.ceil(wait_s))}
        raise ProblemError(make_problem(TOO_MANY_TRIES, detail.format(seconds=math.ceil(wait_s))), headers=headers)
    text = request.path_params["token"]
    found = open_pass(access.store, text, instead_of=read_cookie(access, request, GUEST), now=now)
    if found is not None:
        access.pass_tries.forgive(client)
    if not isinstance(found, Opened):
        return _no_longer(request)
    response = RedirectResponse(_path_for(found.token), 303)
    keep_cookie(access, response, GUEST, found.text, life_s=found.life_s)
    return response


def _no_longer(request: Request) -> Response:
    """Say that a link opens nothing, one page for all reasons."""
    title = _("This link is no longer good")
    main = main_element(
        element("h1", title),
        element("p", _("It has expired or was withdrawn, or it was not copied whole.")),
        element("p", _("Ask who sent it to you for another one. What you have handed in is not lost.")),
        element("p", element("a", _("Search the items"), href="/items")),
    )
    return page_response(request, title, main, status=410, headers=HEADERS)


def _path_for(token: Token) -> str:
    """Give where the holder of a token begins; one who has no proposal left sees what became of those he handed in."""
    if len(token.items) == 1 and token.uses_left != 0:
        return edit_path(token.items[0])
    return "/contributions"
