"""The page of one's own account: the browsers that are signed in, and another password."""

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from harvester.store.accounts.passwords import PasswordError
from harvester.store.accounts.roles import READ
from harvester.store.accounts.sessions import Session, end_session, list_sessions
from harvester.store.accounts.users import set_password
from search_api.accounts import asker_of, form_of, requires
from search_api.accounts.access import access_of
from search_api.accounts.asking import find_visitor
from search_api.accounts.entering import enter, prove
from search_api.accounts.requiring import SIGN_IN_PATH, private
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element
from search_api.pages.private import post_form, private_page, table, text_field
from search_api.pages.sign_in import get_sign_in, post_sign_in, post_sign_out

PATH: Final = "/account"


def account_routes() -> list[BaseRoute]:
    """Give the addresses of signing in and out, and of the own account: by session only, never by a program's key."""
    return [
        Route(SIGN_IN_PATH, private(get_sign_in)),
        Route(SIGN_IN_PATH, private(post_sign_in), methods=["POST"]),
        Route("/sign-out", requires(READ, post_sign_out, find=find_visitor), methods=["POST"]),
        Route(PATH, requires(READ, get_account_page, find=find_visitor)),
        Route(f"{PATH}/password", requires(READ, post_password, find=find_visitor), methods=["POST"]),
        Route(f"{PATH}/sessions", requires(READ, post_sessions, find=find_visitor), methods=["POST"]),
    ]


def get_account_page(request: Request) -> Response:
    """Answer with the page."""
    return _page(request)


def post_password(request: Request) -> Response:
    """Take another password; all sessions end, and this browser begins a new one."""
    access, name, form = access_of(request), asker_of(request).account.name, dict(form_of(request))
    new = form.get("new", "")
    if new != form.get("again", ""):
        return _page(request, said="The new password was not the same both times; nothing was changed.", status=400)
    if prove(access, request, name, form.get("current", "")) is None:
        return _page(request, said="That is not the password you have now; nothing was changed.", status=403)
    try:
        set_password(access.store, name, new, actor=name, now=access.clock())
    except PasswordError as error:
        return _page(request, said=f"Nothing was changed: {error}.", status=400)
    proven = prove(access, request, name, new)
    entered = None if proven is None else enter(access, request, proven, PATH)
    return entered or RedirectResponse(SIGN_IN_PATH, 303)


def post_sessions(request: Request) -> Response:
    """End one session of one's own, or all others."""
    access, asker = access_of(request), asker_of(request)
    chosen = dict(form_of(request)).get("session", "")
    for session in list_sessions(access.store, asker.account.user, idle_s=access.idle_s, now=access.clock()):
        if session.digest.hex() == chosen or (chosen == "others" and session.digest != asker.bound_to):
            end_session(access.store, asker.account.name, session.digest, actor=asker.account.name, now=access.clock())
    return RedirectResponse(PATH, 303)


def _page(request: Request, *, said: str = "", status: int = 200) -> Response:
    access, account = access_of(request), asker_of(request).account
    sessions = list_sessions(access.store, account.user, idle_s=access.idle_s, now=access.clock())
    main = main_element(
        element("h1", account.name),
        element("p", said, role="alert") if said else "",
        element("p", f"Your role is {account.role}; you may {', '.join(sorted(account.rights))}."),
        post_form(request, "/sign-out", element("button", "Sign out")),
        _sessions(request, sessions),
        _password_form(request, account.name),
    )
    return private_page(request, "Account", main, status=status)


def _sessions(request: Request, sessions: list[Session]) -> Html:
    others = element("button", "Sign all others out", name="session", value="others")
    return element(
        "section",
        table("Signed in with", ("Browser", "Since", "Last seen", "Session"), [_row(request, one) for one in sessions]),
        post_form(request, f"{PATH}/sessions", others) if len(sessions) > 1 else "",
    )


def _row(request: Request, session: Session) -> tuple[str, ...]:
    is_this = session.digest == asker_of(request).bound_to
    client = session.client or "(says no name)"
    end = element("button", "Sign out", name="session", value=session.digest.hex(), aria_label=f"Sign out {client}")
    last = "this one" if is_this else post_form(request, f"{PATH}/sessions", end)
    return client, _utc(session.created), _utc(session.seen), last


def _password_form(request: Request, name: str) -> Html:
    return element(
        "section",
        element("h2", "Another password"),
        element("p", "12 to 1,000 characters of any kind. All other browsers are signed out.", class_="note"),
        post_form(
            request,
            f"{PATH}/password",
            element("input", type="hidden", name="name", value=name, autocomplete="username"),
            text_field("The one you have", "current", kind="password", autocomplete="current-password"),
            text_field("The new one", "new", kind="password", autocomplete="new-password"),
            text_field("The new one again", "again", kind="password", autocomplete="new-password"),
            element("button", "Change password"),
            class_="fields",
        ),
    )


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
