"""Pages whose forms anybody may send: who has signed in by his session, all others by the cookie of a visit."""

from collections.abc import Mapping

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import Account
from harvester.store.comments.comment import Writer
from search_api.accounts.access import access_of
from search_api.accounts.asking import ASKER, Asker, find_visitor
from search_api.accounts.forging import FIELD, check_form, is_from_here
from search_api.accounts.visits import bound_to, keep_visit, visit_of
from search_api.comments import rules
from search_api.comments.traps import HIDDEN_FIELD, STAMP_FIELD, form_stamp, is_too_old, is_too_quick
from search_api.edge.quotas import client_of
from search_api.languages import _
from search_api.pages.frame import page_response
from search_api.pages.markup import Html, element
from search_api.pages.private import private_page, token_field
from search_api.problems import ProblemError


class Guest(Struct, frozen=True):
    """Who asks: a user where `asker` is one; `visit` is what a visitor's cookie holds, or will."""

    asker: Asker | None
    visit: str

    @property
    def account(self) -> Account | None:
        """The account of a user."""
        return None if self.asker is None else self.asker.account


def guest_of(request: Request) -> Guest:
    """Give who asks; a program's key is not looked at here."""
    access = access_of(request)
    return Guest(find_visitor(access, request), visit_of(access, request))


def writer_of(request: Request, guest: Guest, *, name: str = "", mail: str = "") -> Writer:
    """Give who asks as a writer of comments; name and mail are those that a visitor gives."""
    access, client, agent = access_of(request), client_of(request.scope), request.headers.get("user-agent", "")
    if guest.account is not None:
        return rules.user(access, guest.account, client=client, agent=agent)
    return rules.visitor(access, name=name, mail=mail, visit=guest.visit, client=client, agent=agent)


def guest_page(request: Request, guest: Guest, title: str, *content: str, status: int = 200) -> Response:
    """Answer with a page; its header names who has signed in, and a visitor's browser keeps his cookie."""
    if guest.asker is not None:
        request.scope[ASKER] = guest.asker
        return private_page(request, title, *content, status=status)
    response = page_response(request, title, *content, status=status)
    keep_visit(access_of(request), response, guest.visit)
    return response


def guest_form(request: Request, guest: Guest, path: str, *children: str) -> Html:
    """Give a form that is good for who asks alone, for some hours, and that tells programs by what they fill in."""
    access = access_of(request)
    stamp = form_stamp(access.secret, path, access.clock())
    trap = element(
        "div",
        element("label", _("Leave this empty"), for_=HIDDEN_FIELD),
        element("input", type="text", name=HIDDEN_FIELD, id=HIDDEN_FIELD, value="", tabindex="-1", autocomplete="off"),
        class_="trap",
        aria_hidden="true",
    )
    hidden = element("input", type="hidden", name=STAMP_FIELD, value=stamp)
    token = token_field(request, _bound_to(guest))
    return element("form", token, hidden, trap, *children, method="post", action=path, class_="fields")


def why_again(request: Request, guest: Guest, path: str, form: Mapping[str, str]) -> str:
    """Say why a form has to be sent once more; empty where it is good.

    Raises: ProblemError (403) where it came from a page of another address.
    """
    access, stamp = access_of(request), form.get(STAMP_FIELD, "")
    try:
        check_form(access, request, _bound_to(guest), form.get(FIELD, ""))
    except ProblemError:
        if not is_from_here(access, request):
            raise
        return _("Nothing was sent: your browser kept no cookie, or signed in or out meanwhile. Please send it again.")
    if is_too_old(access.secret, path, stamp, access.clock()):
        return _("Nothing was sent: the form was open for too long. Please send it again.")
    if is_too_quick(access.secret, path, stamp, access.clock()):
        return _("Nothing was sent: that was quicker than people write. Please wait a moment and send it again.")
    return ""


def is_program(form: Mapping[str, str]) -> bool:
    """Tell whether somebody has filled in what people do not see."""
    return bool(form.get(HIDDEN_FIELD))


def _bound_to(guest: Guest) -> bytes:
    if guest.asker is not None and guest.asker.bound_to is not None:
        return guest.asker.bound_to
    return bound_to(guest.visit)
