"""One's own keys of programs: made and shown once, listed with their last use, revoked."""

from typing import Final

from starlette.requests import Request

from harvester.store.accounts.keys import ApiKey, list_keys
from harvester.store.accounts.roles import ROLES, is_within
from search_api.accounts import asker_of
from search_api.accounts.access import access_of
from search_api.languages import _, show_number, show_time
from search_api.pages.accounts.words import role_choices, role_name
from search_api.pages.fields import Typed, choice, line
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import post_form, table

PATH: Final = "/account/keys"
DAY_S: Final = 86_400
NEVER: Final = "never"
DAYS: Final = ("30", "90", "365")
SHOWN: Final = Typed({"days": DAYS[1], "role": "reader"})


def keys_section(request: Request) -> Html:
    """Give the keys of who asks, and the form for another."""
    access, account = access_of(request), asker_of(request).account
    now = access.clock()
    keys = sorted(list_keys(access.store, account.name), key=lambda key: (not is_valid(key, now), -key.id))
    hint = _("A program sends its key as {header}. It can do what both the key and you may.")
    header = element("code", "Authorization: Bearer oaihub_…")
    within = [role for role in ROLES if is_within(role, account.role)]
    return element(
        "section",
        element("h2", _("Keys of programs")),
        element("p", fill(hint, header=header), class_="note"),
        table(_("Keys"), columns(), [key_row(request, key, now, f"{PATH}/revoke") for key in keys], empty=_("none")),
        post_form(
            request,
            PATH,
            line(SHOWN, "name", _("Name of the key"), hint=_("Such as that of the program."), required=True),
            choice(SHOWN, "role", _("What it may do"), role_choices(within=within)),
            choice(SHOWN, "days", _("How long it is good"), lives()),
            element("button", _("Make a key")),
            class_="fields",
        ),
    )


def columns() -> tuple[str, ...]:
    """Give what the columns of a table of keys are called."""
    return _("Name"), _("Role"), _("State"), _("Ends"), _("Last used"), _("A minute"), _("Action")


def key_row(request: Request, key: ApiKey, now: float, revoking: str) -> tuple[str, ...]:
    """Give the row of a key, with a button that ends it as long as it is good."""
    label = _("Revoke {key}").format(key=key.name)
    end = post_form(
        request,
        revoking,
        element("button", _("Revoke"), name="key", value=str(key.id), aria_label=label, class_="plain"),
    )
    return (
        key.name,
        role_name(key.role),
        _state(key, now),
        show_time(key.expires) if key.expires else _("never"),
        show_time(key.used) if key.used else _("never"),
        _("as usual") if key.quota is None else show_number(key.quota),
        end if is_valid(key, now) else "",
    )


def lives() -> list[tuple[str, str]]:
    """Give how long a key can be good, in days."""
    return [*((days, _("{count} days").format(count=days)) for days in DAYS), (NEVER, _("until it is revoked"))]


def end_of(days: str, now: float) -> float:
    """Give when a key of so many days ends, 0 for never; what is none of the choices ends with the shortest."""
    if days == NEVER:
        return 0.0
    return now + DAY_S * int(days if days in DAYS else DAYS[0])


def is_valid(key: ApiKey, now: float) -> bool:
    """Tell whether a key opens anything, as far as itself goes."""
    return not key.revoked and not 0 < key.expires <= now


def _state(key: ApiKey, now: float) -> str:
    if key.revoked:
        return _("revoked {time}").format(time=show_time(key.revoked))
    return _("valid") if is_valid(key, now) else _("expired")
