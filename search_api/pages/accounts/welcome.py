"""The page that a link to set one's password leads to. Its address holds the link's token, so nothing else may.

Answers below it send no referrer (`tracing`), and the log has no token of it.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.invitations import INVITE, Link, find_link, use_link
from harvester.store.accounts.passwords import PasswordError
from harvester.store.accounts.signing import Proven
from search_api.accounts.access import Access, access_of
from search_api.accounts.entering import enter, hashing
from search_api.accounts.refusals import password_refusal
from search_api.accounts.requiring import SIGN_IN_PATH
from search_api.accounts.visits import bound_to, check_visit, keep_visit, visit_of
from search_api.languages import _
from search_api.pages.accounts.sign_in import FORGOT_PATH
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import text_field, token_field, user_name_field

LONGEST_TOKEN: Final = 100
HEADERS: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def get_welcome(request: Request) -> Response:
    """Answer with the form for a password. Looking at it uses nothing up: programs look at links of mail, too."""
    link = _link(access_of(request), request)
    return _over(request) if link is None else _form_page(request, link)


def post_welcome(request: Request) -> Response:
    """Set the password, and sign in with it."""
    access = access_of(request)
    form, link = check_visit(access, request), _link(access, request)
    if link is None:
        return _over(request)
    password = form.get("new", "")
    if password != form.get("again", ""):
        return _form_page(request, link, said=_("The password was not the same both times."), status=400)
    try:
        proven = _use(access, link, password)
    except PasswordError as error:
        return _form_page(request, link, said=password_refusal(error), status=400)
    if proven is None:
        return _over(request)
    return enter(access, request, proven, "/account") or RedirectResponse(SIGN_IN_PATH, 303)


def _use(access: Access, link: Link, password: str) -> Proven | None:
    with hashing(access):
        return use_link(access.store, link.token, password, now=access.clock())


def _link(access: Access, request: Request) -> Link | None:
    token = request.path_params["token"]
    return find_link(access.store, token, now=access.clock()) if len(token) <= LONGEST_TOKEN else None


def _form_page(request: Request, link: Link, *, said: str = "", status: int = 200) -> Response:
    access = access_of(request)
    visit = visit_of(access, request)
    title = _("Set your password")
    hub = access.settings().name
    text = _("Welcome to {hub}: your name here is {name}.") if link.kind == INVITE else _("Your name here is {name}.")
    form = element(
        "form",
        token_field(request, bound_to(visit)),
        user_name_field(link.user),
        text_field(_("Password"), "new", kind="password", autocomplete="new-password"),
        text_field(_("The same again"), "again", kind="password", autocomplete="new-password"),
        element("button", _("Set password and sign in")),
        method="post",
        class_="fields",
    )
    main = main_element(
        element("h1", title),
        element("p", said, role="alert") if said else Html(""),
        element("p", fill(text, hub=hub, name=element("strong", link.user))),
        element("p", _("12 to 1,000 characters of any kind; several words are fine."), class_="note"),
        form,
    )
    response = page_response(request, title, main, status=status, headers=dict(HEADERS))
    keep_visit(access, response, visit)
    return response


def _over(request: Request) -> Response:
    """Say that a link is of no use, and not why."""
    title = _("This link cannot be used")
    text = _("It was used already, has ended, or there is a newer one. {another} Or ask who runs this hub.")
    another = element("a", _("Have another sent to you."), href=FORGOT_PATH)
    main = main_element(element("h1", title), element("p", fill(text, another=another)))
    return page_response(request, title, main, status=404, headers=dict(HEADERS))
