"""What is shown of people."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.keys import ApiKey, list_keys
from harvester.store.accounts.roles import ROLES
from harvester.store.accounts.sessions import Session, list_sessions
from harvester.store.accounts.users import User, list_users
from search_api.accounts import asker_of
from search_api.accounts.access import access_of
from search_api.languages import _, show_number, show_time
from search_api.pages.accounts.keys import columns, is_valid, key_row
from search_api.pages.accounts.words import role_choices, role_name
from search_api.pages.admin.frame import AUDIT, USERS, admin_page
from search_api.pages.fields import Typed, bare, choice, hidden, line
from search_api.pages.markup import Html, element, join
from search_api.pages.private import post_form, table

NOTHING: Final = Html("")
FRESH: Final = Typed({"role": "reader", "way": "show"})


def users_page(
    request: Request, typed: Typed = FRESH, *, said: str = "", wrong: str = "", status: int = 200
) -> Response:
    """Answer with all people, and the form for another."""
    access = access_of(request)
    now = access.clock()
    head = (_("Name"), _("Role"), _("Mail"), _("State"), _("Last seen"))
    rows = [_row(user, now) for user in list_users(access.store)]
    listed = table(
        _("Who may sign in"), head, rows, empty=_("nobody yet; until then only this machine may see these pages")
    )
    return admin_page(
        request, _("People"), USERS, listed, _invite_form(request, typed), said=said, wrong=wrong, status=status
    )


def user_page(request: Request, user: User, *, said: str = "", wrong: str = "", status: int = 200) -> Response:
    """Answer with one person: what can be done, sessions, keys, and a link to what he did."""
    access = access_of(request)
    now = access.clock()
    sessions = list_sessions(access.store, user.id, idle_s=access.idle_s, now=now)
    is_self = asker_of(request).account.user == user.id
    facts = [
        (_("Role"), role_name(user.role)),
        (_("Mail"), user.mail or _("none")),
        (_("State"), state_said(user, now)),
        (_("Added"), show_time(user.created)),
        (_("Last seen"), show_time(user.seen) if user.seen else _("never")),
    ]
    shown = element("dl", *(join(element("dt", name), element("dd", value)) for name, value in facts))
    own = element("p", _("This is you: your own rights are changed by another admin."), class_="note")
    return admin_page(
        request,
        user.name,
        USERS,
        shown,
        own if is_self else _rights(request, user),
        _ways_in(request, user, sessions),
        _keys(request, user, list_keys(access.store, user.name), now),
        element(
            "p", element("a", _("What {name} did").format(name=user.name), href=f"{AUDIT}?actor={quote(user.name)}")
        ),
        said=said,
        wrong=wrong,
        status=status,
    )


def user_path(name: str) -> str:
    """Give the address of a person's page."""
    return f"{USERS}/{quote(name, safe='')}"


def state_said(user: User, now: float) -> str:
    """Say whether a person may come in."""
    if user.disabled:
        return _("disabled")
    if not user.has_password:
        return _("invited, has no password yet")
    if user.locked_until > now:
        text = _("locked until {time} after {count} wrong passwords")
        return text.format(time=show_time(user.locked_until), count=show_number(user.failures))
    return _("enabled")


def _row(user: User, now: float) -> tuple[str, ...]:
    name = element("a", user.name, href=user_path(user.name))
    seen = show_time(user.seen) if user.seen else _("never")
    return name, role_name(user.role), user.mail, state_said(user, now), seen


def _invite_form(request: Request, typed: Typed) -> Html:
    ways = [("show", _("Show me the link, I hand it over"))]
    if access_of(request).public_url:
        ways.append(("mail", _("Mail the link")))
    hint = _("The link is good once, for 7 days. Who has it can set the password.")
    return element(
        "section",
        element("h2", _("Invite somebody")),
        post_form(
            request,
            USERS,
            line(typed, "name", _("Name"), hint=_("By which they sign in: a-z, digits, _, ., @ and -."), required=True),
            line(typed, "mail", _("Mail address"), kind="email"),
            choice(typed, "role", _("Role"), role_choices()),
            choice(typed, "way", _("Link"), ways, hint=hint),
            element("button", _("Invite")),
            class_="fields",
        ),
    )


def _rights(request: Request, user: User) -> Html:
    """Give the forms that change what a person may do."""
    typed = Typed({"role": user.role})
    role = post_form(
        request,
        f"{user_path(user.name)}/role",
        choice(typed, "role", _("Role"), role_choices(within=ROLES)),
        element("button", _("Change role")),
        class_="fields",
    )
    free = _button(request, user, "enable", _("Enable")) if user.disabled or user.failures else NOTHING
    keep_out = NOTHING if user.disabled else _button(request, user, "disable", _("Disable"))
    return element("section", element("h2", _("Rights")), role, element("div", free, keep_out, class_="buttons"))


def _ways_in(request: Request, user: User, sessions: Sequence[Session]) -> Html:
    rows = [
        (one.client or _("(says no name)"), show_time(one.created), show_time(one.seen), show_time(one.expires))
        for one in sessions
    ]
    head = (_("Browser"), _("Since"), _("Last seen"), _("Ends"))
    end = _button(request, user, "sign-out", _("End all sessions")) if sessions else NOTHING
    return element(
        "section",
        element("h2", _("Ways in")),
        table(_("Signed in with"), head, rows, empty=_("none")),
        element("div", end, NOTHING if user.disabled else _links(request, user), class_="buttons"),
    )


def _links(request: Request, user: User) -> Html:
    """Give the buttons for a link to set a password: to hand over, or by mail."""
    show = _button(request, user, "link", _("Make a link to set a password"))
    if not (user.mail and access_of(request).public_url):
        return show
    mail = post_form(
        request,
        f"{user_path(user.name)}/link",
        hidden("way", "mail"),
        element("button", _("Mail a link to set a password"), class_="plain"),
    )
    return join(show, mail)


def _keys(request: Request, user: User, keys: Sequence[ApiKey], now: float) -> Html:
    path = user_path(user.name)
    rows = [
        (*key_row(request, key, now, f"{path}/revoke"), _quota(request, user, key) if is_valid(key, now) else "")
        for key in keys
    ]
    listed = table(_("Keys"), (*columns(), _("Another quota")), rows, empty=_("none"))
    return element("section", element("h2", _("Keys of programs")), listed)


def _quota(request: Request, user: User, key: ApiKey) -> Html:
    typed = Typed({"quota": "" if key.quota is None else str(key.quota)})
    label = _("Requests a minute of {key}; empty is as usual").format(key=key.name)
    return post_form(
        request,
        f"{user_path(user.name)}/quota",
        hidden("key", str(key.id)),
        bare(typed, "quota", label, kind="number", class_="order"),
        element("button", _("Save"), class_="plain"),
    )


def _button(request: Request, user: User, action: str, label: str) -> Html:
    return post_form(request, f"{user_path(user.name)}/{action}", element("button", label, class_="plain"))
