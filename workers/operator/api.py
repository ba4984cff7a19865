"""The operator's JSON addresses, under /api/v1/operator: the facts by GET, the actions by POST."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import OPERATE, WATCH
from harvester.store.deletions.plans import Plan, PlannedRecord, count_proofs, get_plan, list_plans, sample_plan_records
from harvester.store.ledger.dead import DeadLetter, count_dead, list_dead
from harvester.store.ledger.runs import Run, list_runs
from harvester.store.ledger.stuck import StuckRun, find_stuck
from harvester.store.operating.audit import Entry, list_audit
from harvester.store.operating.schedules import Schedule, list_schedules
from search_api.accounts import body_of
from search_api.addresses import API, Address
from search_api.edge.caching import NEVER
from search_api.handlers import json_response
from search_api.hub import Hub
from search_api.params import Parameter, collect_single
from search_api.problems import (
    BAD_PARAMETER,
    CONFLICT,
    FORBIDDEN,
    FORGED,
    NOT_FOUND,
    NOT_SIGNED_IN,
    UNAVAILABLE,
    Kind,
    ProblemError,
    make_problem,
)
from workers.operator.actions import ACTIONS, Action
from workers.operator.asking import act, chosen_dead, existing, number_of
from workers.operator.facts.endpoints import Card, report_card, report_cards
from workers.operator.facts.findings import Diagnosis, diagnose
from workers.operator.facts.processes import Attendance, attendance
from workers.operator.facts.reading import needed_queues, read_hub, read_store
from workers.operator.facts.runs import RunReport, report_run
from workers.operator.facts.stages import Overview, overview
from workers.operator.facts.tracing import Trace, trace
from workers.tools import Tools

PATH: Final = f"{API}/operator"
LISTED: Final = 200
TEXT: Final[dict[str, Any]] = {"type": "string"}
FAILING: Final = Parameter(
    name="failing", meaning="1 gives only those whose last runs failed.", schema={"enum": ["1"]}, example="1"
)
ENDPOINT: Final = Parameter(name="endpoint", meaning="Only of this endpoint.", schema=TEXT, example="")
KIND: Final = Parameter(
    name="kind", meaning="Only of this kind.", schema={"enum": ["page", "document", "doi"]}, example="page"
)
CAUSE: Final = Parameter(name="cause", meaning="Only where the error has this text.", schema=TEXT, example="")
NAME: Final = Parameter(
    name="name",
    meaning="An item's id, a DOI, an OAI identifier, or an endpoint's key and an OAI identifier.",
    schema=TEXT,
    example="10.1000/182",
)

Asked = dict[str, str]
Find = Callable[[Tools, Request, Asked], Struct]


class Cards(Struct, frozen=True):
    """Report cards, by key; of failing endpoints the longest first."""

    endpoints: list[Card]


class Runs(Struct, frozen=True):
    """The newest runs."""

    runs: list[Run]


class Stuck(Struct, frozen=True):
    """Open runs that do not move, the oldest first."""

    stuck: list[StuckRun]


class Dead(Struct, frozen=True):
    """What was given up: how many of each kind there are, and the newest of those that were asked for."""

    counts: dict[str, int]
    dead: list[DeadLetter]


class Plans(Struct, frozen=True):
    """The newest deletion plans."""

    plans: list[Plan]


class PlanReport(Struct, frozen=True):
    """A plan, the answers of the repository by what they were, and some of its records."""

    plan: Plan
    proofs: dict[str, int]
    records: list[PlannedRecord]


class Schedules(Struct, frozen=True):
    """All schedules, by endpoint."""

    schedules: list[Schedule]


class Audit(Struct, frozen=True):
    """What was done, the newest first."""

    entries: list[Entry]


class Said(Struct, frozen=True):
    """What was done, in a sentence."""

    done: str


class Fact(Struct, frozen=True):
    """An address of facts: what finds its answer gets the tools, the request and its parameters."""

    path: str
    name: str
    summary: str
    answer: type[Struct]
    find: Find
    parameters: tuple[Parameter, ...] = ()


def operator_addresses(tools: Tools) -> tuple[Address, ...]:
    """Give the addresses over the open tools."""
    return (
        *(_get(tools, fact) for fact in FACTS),
        *(_post(tools, action) for action in ACTIONS),
    )


def _get(tools: Tools, fact: Fact) -> Address:
    def answer_facts(_hub: Hub, request: Request) -> Response:
        asked = collect_single(request.query_params.multi_items(), fact.parameters)
        return json_response(msgspec.json.encode(fact.find(tools, request, asked)))

    missing: tuple[Kind, ...] = (NOT_FOUND,) if "{" in fact.path or NAME in fact.parameters else ()
    return Address(
        path=f"{PATH}{fact.path}",
        name=fact.name,
        summary=fact.summary,
        handler=answer_facts,
        answer=fact.answer,
        parameters=fact.parameters,
        problems=(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, *missing, UNAVAILABLE),
        right=WATCH,
        is_operators=True,
        cache=NEVER,
    )


def _post(tools: Tools, action: Action) -> Address:
    words = action.name.split("-")
    return Address(
        path=f"{PATH}/{action.name}",
        name=words[0] + "".join(word.title() for word in words[1:]),
        summary=action.summary,
        handler=partial(_do, tools, action),
        answer=Said,
        problems=(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, FORGED, CONFLICT, UNAVAILABLE),
        method="POST",
        body=action.asked,
        right=OPERATE,
        is_operators=True,
        cache=NEVER,
    )


def _do(tools: Tools, action: Action, _hub: Hub, request: Request) -> Response:
    try:
        given = msgspec.json.decode(body_of(request), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemError(make_problem(BAD_PARAMETER, f"The body is no JSON object: {error}.")) from error
    return json_response(msgspec.json.encode(Said(act(tools, action, request, given))))


def _dead(tools: Tools, _request: Request, asked: Asked) -> Dead:
    counts = {str(kind): number for kind, number in count_dead(tools.store).items()}
    return Dead(counts, list_dead(tools.store, chosen_dead(asked), limit=LISTED))


def _plan(tools: Tools, request: Request, _asked: Asked) -> PlanReport:
    number = number_of(request, "plan")
    plan = existing(get_plan(tools.store, number), f"plan {number}")
    return PlanReport(plan, count_proofs(tools.store, number), sample_plan_records(tools.store, plan, LISTED))


def _run(tools: Tools, request: Request, _asked: Asked) -> RunReport:
    number = number_of(request, "run")
    return existing(report_run(tools.store, number), f"run {number}")


def _card(tools: Tools, request: Request, _asked: Asked) -> Card:
    key = request.path_params["key"]
    return existing(report_card(tools.store, key), f"endpoint {key!r}")


def _trace(tools: Tools, _request: Request, asked: Asked) -> Trace:
    name = asked.get("name", "")
    return existing(trace(tools, name) if name else None, f"record or item {name!r}")


def _attendance(tools: Tools, _request: Request, _asked: Asked) -> Attendance:
    return attendance(read_store(tools.store), needed_queues(tools.harvester))


FACTS: Final = (
    Fact(
        "/overview",
        "getOverview",
        "What waits at each stage, how fast it goes, and why it waits.",
        Overview,
        lambda tools, _request, _asked: overview(tools, read_hub(tools)),
    ),
    Fact(
        "/doctor",
        "getDiagnosis",
        "What is wrong, the worst first, with the next command, and the signs of health.",
        Diagnosis,
        lambda tools, _request, _asked: diagnose(tools),
    ),
    Fact(
        "/endpoints",
        "listEndpoints",
        "The report card of each endpoint.",
        Cards,
        lambda tools, _request, asked: Cards(report_cards(tools.store, failing="failing" in asked)),
        (FAILING,),
    ),
    Fact("/endpoints/{key}", "getEndpoint", "The report card of one endpoint.", Card, _card),
    Fact(
        "/runs",
        "listRuns",
        "The newest runs.",
        Runs,
        lambda tools, _request, asked: Runs(list_runs(tools.store, asked.get("endpoint"), limit=LISTED)),
        (ENDPOINT,),
    ),
    Fact(
        "/runs/{run}", "getRun", "One run: its balance, pages, what was set aside, and the run before.", RunReport, _run
    ),
    Fact(
        "/stuck",
        "listStuckRuns",
        "Open runs that do not move, and why.",
        Stuck,
        lambda tools, _request, _asked: Stuck(find_stuck(tools.store, tools.store.now())),
    ),
    Fact("/dead", "listDeadLetters", "What was given up, the newest first.", Dead, _dead, (KIND, ENDPOINT, CAUSE)),
    Fact(
        "/plans",
        "listPlans",
        "The newest deletion plans.",
        Plans,
        lambda tools, _request, asked: Plans(list_plans(tools.store, endpoint=asked.get("endpoint"), limit=LISTED)),
        (ENDPOINT,),
    ),
    Fact("/plans/{plan}", "getPlan", "One deletion plan, with some of its records.", PlanReport, _plan),
    Fact(
        "/processes", "listProcesses", "Who works on what, and which queue nobody works for.", Attendance, _attendance
    ),
    Fact(
        "/schedules",
        "listSchedules",
        "When each endpoint is due next, and what was missed.",
        Schedules,
        lambda tools, _request, _asked: Schedules(list_schedules(tools.store)),
    ),
    Fact(
        "/audit",
        "listAudit",
        "Who did what, the newest first.",
        Audit,
        lambda tools, _request, _asked: Audit(list_audit(tools.store, limit=LISTED)),
    ),
    Fact("/trace", "traceName", "Where a record or item came from, and whether it shows.", Trace, _trace, (NAME,)),
)
