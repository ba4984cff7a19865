"""What is done to people: invited, given another role, kept out, let in, signed out, sent a link; and to their keys."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from harvester.store.accounts.invitations import Link, Write, invite_user, renew_link
from harvester.store.accounts.keys import list_keys, revoke_key, set_quota
from harvester.store.accounts.roles import ADMINISTER, ROLES, AccountError
from harvester.store.accounts.sessions import end_sessions
from harvester.store.accounts.users import User, change_role, disable_user, enable_user, get_user, has_users
from search_api.accounts import asker_of, form_of, protected
from search_api.accounts.access import Access, access_of
from search_api.accounts.letters import letter_writer, link_address
from search_api.accounts.refusals import account_refusal
from search_api.languages import N_, _, show_time
from search_api.pages.accounts.key_actions import shown_once
from search_api.pages.admin.frame import USERS
from search_api.pages.admin.users.pages import user_page, user_path, users_page
from search_api.pages.fields import Typed

Form = Mapping[str, str]

BAD: Final = 400
SAID: Final[Mapping[str, str]] = {
    "invited": N_("{name} is invited; the mail is on its way."),
    "role": N_("{name} has another role now."),
    "disable": N_("{name} is disabled, and signed out everywhere."),
    "enable": N_("{name} is enabled."),
    "sign-out": N_("{name} is signed out everywhere."),
    "link": N_("A link for {name} is on its way by mail."),
    "revoke": N_("The key is revoked."),
    "quota": N_("The key has another quota."),
}


class Doing(Struct, frozen=True):
    """What an action needs: who it is done to, what was sent, and by whom at what time."""

    access: Access
    user: User
    form: Form
    by: dict[str, Any]


def user_routes() -> list[BaseRoute]:
    """Give the addresses of people."""
    return [
        Route(USERS, protected(ADMINISTER, _get_users)),
        Route(USERS, protected(ADMINISTER, _post_invitation), methods=["POST"]),
        Route(f"{USERS}/{{name}}", protected(ADMINISTER, _get_user)),
        Route(f"{USERS}/{{name}}/{{action}}", protected(ADMINISTER, _post_action), methods=["POST"]),
    ]


def _get_users(request: Request) -> Response:
    return users_page(request, said=_said(request, request.query_params.get("name", "")))


def _get_user(request: Request) -> Response:
    user = _existing(request)
    return user_page(request, user, said=_said(request, user.name))


def _post_invitation(request: Request) -> Response:
    """Add a person without a password, and show the link by which he sets one, or mail it."""
    access, form = access_of(request), dict(form_of(request))
    is_mailed = form.get("way") == "mail"
    try:
        _check_first(access, form.get("role", ""))
        user, link = invite_user(
            access.store,
            form.get("name", ""),
            role=form.get("role", ""),
            mail=form.get("mail", "").strip(),
            write=_writer(access) if is_mailed else None,
            **_by(request),
        )
    except AccountError as error:
        return users_page(request, _typed(form, error), wrong=account_refusal(error), status=BAD)
    if is_mailed:
        return RedirectResponse(f"{user_path(user.name)}?done=invited", 303)
    return users_page(request, said=_shown(request, link))


def _post_action(request: Request) -> Response:
    user, action = _existing(request), request.path_params["action"]
    act = ACTIONS.get(action)
    if act is None:
        raise HTTPException(404)
    doing = Doing(access_of(request), user, dict(form_of(request)), _by(request))
    try:
        if action in OTHERS_ONLY:
            _check_other(request, user)
        link = act(doing)
    except AccountError as error:
        return user_page(request, _existing(request), wrong=account_refusal(error), status=BAD)
    if link is not None:
        return user_page(request, _existing(request), said=_shown(request, link))
    return RedirectResponse(f"{user_path(user.name)}?done={action}", 303)


def _change_role(doing: Doing) -> None:
    change_role(doing.access.store, doing.user.name, doing.form.get("role", ""), **doing.by)


def _disable(doing: Doing) -> None:
    disable_user(doing.access.store, doing.user.name, **doing.by)


def _enable(doing: Doing) -> None:
    enable_user(doing.access.store, doing.user.name, **doing.by)


def _sign_out(doing: Doing) -> None:
    end_sessions(doing.access.store, doing.user.name, **doing.by)


def _make_link(doing: Doing) -> Link | None:
    """Make a link; give it where it is to be handed over rather than mailed."""
    is_mailed = doing.form.get("way") == "mail"
    write = _writer(doing.access) if is_mailed else None
    link = renew_link(doing.access.store, doing.user.name, write=write, **doing.by)
    return None if is_mailed else link


def _revoke(doing: Doing) -> None:
    revoke_key(doing.access.store, _key(doing), **doing.by)


def _set_quota(doing: Doing) -> None:
    given = doing.form.get("quota", "").strip()
    if given and not (given.isdecimal() and len(given) < 10):
        raise AccountError(f"a quota cannot be {given!r}", "quota")
    set_quota(doing.access.store, _key(doing), int(given) if given else None, **doing.by)


ACTIONS: Final[Mapping[str, Callable[[Doing], Link | None]]] = {
    "role": _change_role,
    "disable": _disable,
    "enable": _enable,
    "sign-out": _sign_out,
    "link": _make_link,
    "revoke": _revoke,
    "quota": _set_quota,
}
OTHERS_ONLY: Final = ("role", "disable", "enable")
"""What nobody does to himself."""


def _key(doing: Doing) -> int:
    """Give the id of a key of the person. Raises: AccountError where he has none of it."""
    for key in list_keys(doing.access.store, doing.user.name):
        if str(key.id) == doing.form.get("key", ""):
            return key.id
    raise AccountError(f"{doing.user.name} has no such key", "no key")


def _check_other(request: Request, user: User) -> None:
    if asker_of(request).account.user == user.id:
        raise AccountError("nobody can change his own rights", "self")


def _check_first(access: Access, role: str) -> None:
    """See that the first person is an admin: with him ends what the machine itself may do."""
    if not has_users(access.store) and ADMINISTER not in ROLES.get(role, ()):
        raise AccountError("the first user must be an admin", "first")


def _existing(request: Request) -> User:
    user = get_user(access_of(request).store, request.path_params["name"])
    if user is None:
        raise HTTPException(404)
    return user


def _by(request: Request) -> dict[str, Any]:
    return {"actor": asker_of(request).account.actor, "now": access_of(request).clock()}


def _writer(access: Access) -> Write:
    if not access.public_url:
        raise AccountError("there is no address for the link in a mail: set OAIHUB_PUBLIC_URL", "no address")
    return letter_writer(access.settings().name, access.public_url)


def _shown(request: Request, link: Link) -> str:
    """Give a link to hand over, at the address that the admin himself has come by where no other is set."""
    base_url = access_of(request).public_url or str(request.base_url)
    text = _("With this link {name} sets a password until {time}. It is shown once.")
    return shown_once(text.format(name=link.user, time=show_time(link.expires)), link_address(base_url, link))


def _said(request: Request, name: str) -> str:
    done = SAID.get(request.query_params.get("done", ""))
    return _(done).format(name=name) if done else ""


def _typed(form: Form, error: AccountError) -> Typed:
    """Give what was typed, with what is wrong beside its field where it is of one."""
    field = {"name": "name", "taken": "name", "mail": "mail", "no mail": "mail", "first": "role"}.get(error.reason)
    return Typed(form, {field: account_refusal(error)} if field else {})
