"""The page of one's own account: the browsers that are signed in, the keys of programs, and another password."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.passwords import PasswordError
from harvester.store.accounts.sessions import Session, end_session, list_sessions
from harvester.store.accounts.users import set_password
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.accounts.entering import enter, prove
from search_api.accounts.refusals import password_refusal
from search_api.accounts.requiring import SIGN_IN_PATH
from search_api.languages import _, show_time
from search_api.pages.accounts.keys import keys_section
from search_api.pages.accounts.words import rights_said, role_name
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element
from search_api.pages.private import post_form, private_page, table, text_field, user_name_field

PATH: Final = "/account"
NOTHING: Final = Html("")


def get_account_page(request: Request) -> Response:
    """Answer with the page."""
    return account_page(request)


def post_password(request: Request) -> Response:
    """Take another password; all sessions end, and this browser begins a new one."""
    access, name, form = access_of(request), asker_of(request).account.name, dict(form_of(request))
    new = form.get("new", "")
    if new != form.get("again", ""):
        said = _("The new password was not the same both times; nothing was changed.")
        return account_page(request, wrong=said, status=400)
    if prove(access, request, name, form.get("current", "")) is None:
        said = _("That is not the password you have now; nothing was changed.")
        return account_page(request, wrong=said, status=403)
    try:
        set_password(access.store, name, new, actor=name, now=access.clock())
    except PasswordError as error:
        return account_page(request, wrong=password_refusal(error), status=400)
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


def account_page(request: Request, *, said: Html = NOTHING, wrong: str = "", status: int = 200) -> Response:
    """Answer with the page; `said` tells of what was done, `wrong` why it was not."""
    access, account = access_of(request), asker_of(request).account
    sessions = list_sessions(access.store, account.user, idle_s=access.idle_s, now=access.clock())
    role = _("Your role is {role}; you may {rights}.")
    main = main_element(
        element("h1", account.name),
        element("p", wrong, role="alert") if wrong else NOTHING,
        element("div", said, role="status", class_="said") if said else NOTHING,
        element("p", role.format(role=role_name(account.role), rights=rights_said(account.rights))),
        post_form(request, "/sign-out", element("button", _("Sign out"))),
        _sessions(request, sessions),
        keys_section(request),
        _password_form(request, account.name),
    )
    return private_page(request, _("Account"), main, status=status)


def _sessions(request: Request, sessions: list[Session]) -> Html:
    others = element("button", _("Sign all others out"), name="session", value="others")
    columns = (_("Browser"), _("Since"), _("Last seen"), _("Session"))
    return element(
        "section",
        table(_("Signed in with"), columns, [_row(request, one) for one in sessions]),
        post_form(request, f"{PATH}/sessions", others) if len(sessions) > 1 else NOTHING,
    )


def _row(request: Request, session: Session) -> tuple[str, ...]:
    is_this = session.digest == asker_of(request).bound_to
    client = session.client or _("(says no name)")
    label = _("Sign out {browser}").format(browser=client)
    end = element("button", _("Sign out"), name="session", value=session.digest.hex(), aria_label=label)
    last = _("this one") if is_this else post_form(request, f"{PATH}/sessions", end)
    return client, show_time(session.created), show_time(session.seen), last


def _password_form(request: Request, name: str) -> Html:
    return element(
        "section",
        element("h2", _("Another password")),
        element("p", _("12 to 1,000 characters of any kind. All other browsers are signed out."), class_="note"),
        post_form(
            request,
            f"{PATH}/password",
            user_name_field(name),
            text_field(_("The one you have"), "current", kind="password", autocomplete="current-password"),
            text_field(_("The new one"), "new", kind="password", autocomplete="new-password"),
            text_field(_("The new one again"), "again", kind="password", autocomplete="new-password"),
            element("button", _("Change password")),
            class_="fields",
        ),
    )
