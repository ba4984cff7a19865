"""The operator's routes: every page, and the one address that its forms are sent to."""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import OPERATE, WATCH
from search_api.accounts import form_of, protected
from search_api.accounts.access import Place
from search_api.accounts.entering import own_path
from search_api.accounts.forging import FIELD
from workers.operator.actions import ACTIONS
from workers.operator.asking import act, existing
from workers.operator.pages.decisions import get_audit_page, get_dead_page, get_plan_page, get_plans_page
from workers.operator.pages.endpoints import (
    get_endpoint_change,
    get_endpoint_page,
    get_endpoints,
    get_schedule_page,
)
from workers.operator.pages.overview import get_overview, get_processes, get_stop
from workers.operator.pages.parts import ROOT
from workers.operator.pages.runs import get_rejected_csv, get_run_page, get_runs, get_trace_page
from workers.tools import Tools

PAGES: Final[tuple[tuple[str, Callable[[Tools, Request], Response]], ...]] = (
    ("", get_overview),
    ("/endpoints", get_endpoints),
    ("/endpoints/{key}", get_endpoint_page),
    ("/runs", get_runs),
    ("/runs/{run}", get_run_page),
    ("/runs/{run}/rejected.csv", get_rejected_csv),
    ("/dead", get_dead_page),
    ("/plans", get_plans_page),
    ("/plans/{plan}", get_plan_page),
    ("/schedule", get_schedule_page),
    ("/processes", get_processes),
    ("/trace", get_trace_page),
    ("/audit", get_audit_page),
)
FORMS: Final[tuple[tuple[str, Callable[[Tools, Request], Response]], ...]] = (
    ("/stop", get_stop),
    ("/endpoints/{key}/change", get_endpoint_change),
)
PLACE: Final = Place("Operator", ROOT, WATCH)


def operator_routes(tools: Tools) -> list[BaseRoute]:
    """Give the routes over the open tools."""
    return [
        *(Route(f"{ROOT}{path}", protected(WATCH, partial(page, tools))) for path, page in PAGES),
        *(Route(f"{ROOT}{path}", protected(OPERATE, partial(page, tools))) for path, page in FORMS),
        Route(f"{ROOT}/do/{{action}}", protected(OPERATE, partial(_do, tools)), methods=["POST"]),
    ]


def _do(tools: Tools, request: Request) -> Response:
    """Do what a form asks for, and lead back to its page."""
    name = request.path_params["action"]
    action = existing(next((one for one in ACTIONS if one.name == name), None), f"action {name!r}")
    given = dict(form_of(request))
    back = own_path(given.pop("back", ""), ROOT)
    given.pop(FIELD, None)
    act(tools, action, request, given)
    return RedirectResponse(back, 303)
