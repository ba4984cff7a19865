"""The addresses of who administers."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import ADMINISTER
from search_api.accounts import protected
from search_api.hub import Hub
from search_api.pages.admin.audit import audit_routes
from search_api.pages.admin.frame import ROOT, USERS
from search_api.pages.admin.hub.actions import hub_routes
from search_api.pages.admin.users.actions import user_routes


def admin_routes(hub: Hub) -> list[BaseRoute]:
    """Give the addresses."""
    return [Route(ROOT, protected(ADMINISTER, _lead_on)), *user_routes(), *hub_routes(hub), *audit_routes()]


def _lead_on(_request: Request) -> Response:
    return RedirectResponse(USERS, 303)
