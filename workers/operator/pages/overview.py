"""The first page: is anything wrong, what waits and why, who works, and how to stop everything."""

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.operating.breakers import Breaker
from harvester.store.operating.breakers import told as told_breaker
from harvester.store.operating.controls import STAGES, told
from search_api.pages.markup import Html, element
from search_api.pages.private import table
from workers.operator.facts.findings import Finding, diagnose
from workers.operator.facts.processes import attendance
from workers.operator.facts.reading import needed_queues, read_store
from workers.operator.facts.stages import Stage
from workers.operator.facts.telling import vital_rows
from workers.operator.pages.parts import (
    ago,
    button,
    choice,
    endpoint_link,
    facts,
    field,
    form,
    link,
    may_operate,
    run_link,
    shown,
    word,
)
from workers.tools import Tools
from workers.words import span, utc


def get_overview(tools: Tools, request: Request) -> Response:
    """Answer with the overview."""
    found = diagnose(tools)
    seen, now = found.seen, found.at
    return shown(
        tools,
        request,
        "Overview",
        "Overview",
        _findings(found.findings),
        table(
            "Stages",
            ("Stage", "Waiting", "Oldest", "A minute", "Done in", "Hints", "Why it waits"),
            [_stage(stage) for stage in seen.queues],
        ),
        _stopped(request, [(told(one), one.scope, one.name) for one in seen.controls]),
        *(_shut(request, breaker) for breaker in seen.breakers),
        table(
            "Open runs",
            ("Run", "Endpoint", "Since", "Pages done", "Pages open", "Records", "Of", "Rejected", "Last page"),
            [
                (
                    *(run_link(run.run), endpoint_link(run.endpoint), utc(run.started), f"{run.done:,}"),
                    *(f"{run.open:,}", f"{run.received:,}", "" if run.size is None else f"{run.size:,}"),
                    *(f"{run.rejected:,}", ago(run.last_done, now)),
                )
                for run in seen.runs
            ],
        ),
        element("h2", "Signs of health"),
        facts(vital_rows(found.vitals)),
        refreshing=True,
    )


def get_stop(tools: Tools, request: Request) -> Response:
    """Answer with the forms to stop something, and to have it go on."""
    everything = form(request, "pause", "Pause everything", {"scope": "everything"}, field("Why", "reason"))
    drained = form(request, "drain", "Drain everything", {"scope": "everything"}, field("Why", "reason"))
    of_stage = choice("Stage", "name", [(name, name) for name in STAGES])
    stage = form(request, "pause", "Pause the stage", {"scope": "stage"}, of_stage, field("Why", "reason"))
    return shown(
        tools,
        request,
        "Stop",
        "Overview",
        element("p", "What is paused begins nothing new: what is under way ends its page or batch. It lasts restarts."),
        element("section", element("h2", "Pause everything"), everything),
        element("section", element("h2", "Pause a stage"), stage),
        element(
            "section",
            element("h2", "Drain"),
            element("p", "Open runs go on to their end, and no new one begins, as before an upgrade."),
            drained,
        ),
        refreshing=False,
    )


def get_processes(tools: Tools, request: Request) -> Response:
    """Answer with who works."""
    hub = read_store(tools.store)
    seen, now = attendance(hub, needed_queues(tools.harvester)), hub.at
    rows = [
        (
            *(one.kind, ", ".join(one.queues), one.host, str(one.pid)),
            word("gone") if one.gone else element("span", "alive"),
            f"{one.doing} for {span(one.doing_s)}" if one.doing else "waits",
            *(f"{one.done:,}", f"{span(one.silent_s)} ago", one.version),
        )
        for one in seen.processes
    ]
    columns = ("Process", "Queues", "Host", "PID", "State", "Works on", "Done", "Last sign", "Version")
    missing = [f"Nobody works for queue {queue}: oaihub worker --queues {queue}" for queue in seen.unattended]
    if not seen.ticking:
        missing.append("No beat runs, so no schedule comes due: oaihub beat")
    return shown(
        tools,
        request,
        "Processes",
        "Processes",
        *(element("p", line, role="alert") for line in missing),
        facts(
            [
                ("Last page done", ago(seen.last_page_done, now)),
                ("Reconciler", ago(seen.last_reconcile, now)),
                ("Schedules looked at", ago(seen.last_tick, now)),
            ]
        ),
        table("Processes", columns, rows),
        refreshing=True,
    )


def _findings(found: list[Finding]) -> Html:
    if not found:
        return element("p", "All is well.", role="status")
    rows = [(word(one.level), one.about, one.text, element("code", one.command)) for one in found]
    return table("Findings", ("How bad", "About", "What", "Command"), rows)


def _stage(stage: Stage) -> tuple[str, ...]:
    return (
        stage.stage,
        f"{stage.waiting:,} {stage.unit}",
        span(stage.oldest_s),
        f"{stage.rate:g} {stage.rated}",
        span(stage.eta_s) if stage.waiting and stage.eta_s is not None else "",
        "broker away" if stage.hints is None else f"{stage.hints:,}",
        stage.note,
    )


def _shut(request: Request, breaker: Breaker) -> Html:
    at_once = button(request, "resume", "Try at once", {"scope": "stage", "name": breaker.stage}, of=breaker.stage)
    return element("div", element("p", told_breaker(breaker)), at_once, role="alert")


def _stopped(request: Request, controls: list[tuple[str, str, str]]) -> Html:
    lines = [
        element("li", text, button(request, "resume", "Resume", {"scope": scope, "name": name}, of=name or scope))
        for text, scope, name in controls
    ]
    stop = element("p", link("Pause or drain …", "/operator/stop")) if may_operate(request) else Html("")
    return element("section", element("h2", "Stopped by people"), element("ul", *lines) if lines else "", stop)
