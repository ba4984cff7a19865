"""The page of who did what, the newest first, of one actor or one object where asked."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import ADMINISTER
from harvester.store.operating.audit import Entry, list_audit
from search_api.accounts import protected
from search_api.accounts.access import access_of
from search_api.languages import _, show_time
from search_api.pages.admin.frame import AUDIT, admin_page
from search_api.pages.fields import Typed, line
from search_api.pages.markup import Html, element, join
from search_api.pages.private import table

PAGE: Final = 100
FILTERS: Final = ("actor", "object")


def audit_routes() -> list[BaseRoute]:
    """Give the address."""
    return [Route(AUDIT, protected(ADMINISTER, _get_audit))]


def _get_audit(request: Request) -> Response:
    asked = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    given = request.query_params.get("before", "")
    found = list_audit(
        access_of(request).store,
        object=asked["object"] or None,
        actor=asked["actor"] or None,
        before=int(given) if given.isdecimal() and len(given) < 18 else None,
        limit=PAGE + 1,
    )
    head = (_("At"), _("Who"), _("Did what"), _("To what"), _("Details"))
    listed = table(_("The newest first"), head, [_row(one) for one in found[:PAGE]], empty=_("nothing"))
    older = _link(_("Older"), **asked, before=str(found[PAGE - 1].id)) if len(found) > PAGE else ""
    return admin_page(request, _("Who did what"), AUDIT, _form(asked), listed, older)


def _form(asked: dict[str, str]) -> Html:
    typed = Typed(asked)
    return element(
        "form",
        line(typed, "actor", _("Who"), hint=_("A user's name; NAME:KEY is one of his keys, command:NAME a command.")),
        line(typed, "object", _("To what"), hint=_("Such as user:NAME, endpoint:KEY, item:ID or hub.")),
        element("button", _("Show")),
        element("a", _("All"), href=AUDIT),
        action=AUDIT,
        class_="fields",
    )


def _row(entry: Entry) -> tuple[str, ...]:
    details = [element("div", element("code", name), " ", _said(name, value)) for name, value in entry.details.items()]
    actor, what = _link(entry.actor, actor=entry.actor), _link(entry.object, object=entry.object)
    return show_time(entry.at), actor, entry.action, what, join(*details)


def _said(name: str, value: object) -> str:
    """Give a detail in words; of what ends never the time is 0."""
    if name == "expires" and isinstance(value, float):
        return show_time(value) if value else _("never")
    return str(value)


def _link(text: str, **asked: str) -> Html:
    given = {name: value for name, value in asked.items() if value}
    return element("a", text, href=f"{AUDIT}?{urlencode(given)}")
