"""The endpoints with their report cards, one of them with what can be done to it, and the schedule."""

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.runs import list_runs
from harvester.store.operating.controls import told
from harvester.store.operating.schedules import Schedule, get_schedule, list_schedules
from harvester.timing import told_span
from search_api.pages.markup import Html, element, join
from search_api.pages.private import table
from workers.operator.asking import existing
from workers.operator.facts.endpoints import Card, report_card, report_cards
from workers.operator.pages.parts import (
    ROOT,
    ago,
    button,
    endpoint_link,
    facts,
    field,
    form,
    link,
    may_operate,
    moment,
    run_link,
    shown,
    word,
)
from workers.tools import Tools
from workers.words import span, utc

COLUMNS = (
    "Endpoint",
    "State",
    "Last run",
    "Age of data",
    "Next due",
    "Records",
    "Rejected",
    "Vanished",
    "Drift",
    "Why",
)


def get_endpoints(tools: Tools, request: Request) -> Response:
    """Answer with all endpoints, or those that fail."""
    failing = "failing" in request.query_params
    cards = report_cards(tools.store, failing=failing)
    here = f"{ROOT}/endpoints"
    other = link("Show all endpoints", here) if failing else link("Show only those that fail", here, failing="1")
    title = "Endpoints that fail" if failing else "Endpoints"
    listed = table(title, COLUMNS, [_row(card) for card in cards])
    return shown(tools, request, title, "Endpoints", element("p", other), listed, refreshing=True)


def get_endpoint_page(tools: Tools, request: Request) -> Response:
    """Answer with one endpoint."""
    key = request.path_params["key"]
    card, now = existing(report_card(tools.store, key), f"endpoint {key!r}"), tools.store.now()
    runs = [
        (run_link(run.id), word(run.state or "open"), utc(run.started), utc(run.ended), run.error or "")
        for run in list_runs(tools.store, key, limit=10)
    ]
    return shown(
        tools,
        request,
        f"Endpoint {card.key}",
        "Endpoints",
        _buttons(request, card),
        element("section", element("h2", "Report card"), facts(_card_rows(card, now))),
        element(
            "section",
            element("h2", "Drift"),
            element("ul", *(element("li", line) for line in card.drift)) if card.drift else element("p", "None."),
        ),
        table("Last runs", ("Run", "State", "Started", "Ended", "What is to be known"), runs),
        refreshing=True,
    )


def get_endpoint_change(tools: Tools, request: Request) -> Response:
    """Answer with the forms that need words: pausing with a reason, another schedule."""
    key = request.path_params["key"]
    existing(get_endpoint(tools.store, key), f"endpoint {key!r}")
    now = get_schedule(tools.store, key)
    place = {"scope": "endpoint", "name": key}
    rule = field(
        "Rule",
        "rule",
        value=now.rule if now else "",
        hint="hourly, daily 03:00, weekly mon 03:00, or cron",
        required=True,
    )
    zone = field("Time zone", "zone", value=now.zone if now else "", hint="such as Europe/Berlin")
    jitter_s = now.jitter_s if now else 0.0
    jitter = field("Jitter", "jitter", value=told_span(jitter_s), hint="begins up to so long later: 30m")
    return shown(
        tools,
        request,
        f"Change {key}",
        "Endpoints",
        element("p", endpoint_link(key)),
        element("section", element("h2", "Pause"), form(request, "pause", "Pause", place, field("Why", "reason"))),
        element(
            "section",
            element("h2", "Schedule"),
            form(request, "set-schedule", "Set the schedule", {"endpoint": key}, rule, zone, jitter),
            button(request, "remove-schedule", "Remove the schedule", {"endpoint": key}) if now and now.rule else "",
        ),
        refreshing=False,
    )


def get_schedule_page(tools: Tools, request: Request) -> Response:
    """Answer with the schedules."""
    now = tools.store.now()
    rows = [_schedule_row(request, one, now) for one in list_schedules(tools.store)]
    columns = ("Endpoint", "Rule", "Zone", "Next due", "Last run", "Missed", "State", "Do")
    listed = table("Schedules", columns, rows, empty="no endpoint has one")
    return shown(tools, request, "Schedule", "Schedule", listed, refreshing=True)


def _schedule_row(request: Request, one: Schedule, now: float) -> tuple[str, ...]:
    last = one.last_run
    state = one.error or (f"due for {span(now - one.due_since)}" if one.due_since else "")
    return (
        *(endpoint_link(one.endpoint), one.rule or "once", one.zone if one.rule else "", moment(one.next_due or None)),
        "never" if last is None else join(run_link(last.id), f" {last.state or 'open'}, ", moment(last.started)),
        *(f"{one.missed:,}", state),
        button(request, "run-now", "Run now", {"endpoint": one.endpoint}, of=one.endpoint),
    )


def _buttons(request: Request, card: Card) -> Html:
    if not may_operate(request):
        return Html("")
    of, place = {"endpoint": card.key}, {"scope": "endpoint", "name": card.key}
    stop = (
        button(request, "pause", "Pause", place) if card.control is None else button(request, "resume", "Resume", place)
    )
    return element(
        "div",
        button(request, "run-now", "Run now", of),
        stop,
        button(request, "probe", "Probe", of),
        link("Schedule, pause with a reason …", f"{ROOT}/endpoints/{card.key}/change"),
        class_="buttons",
    )


def _row(card: Card) -> tuple[str, ...]:
    last = "" if card.last is None else join(run_link(card.last.id), " ", moment(card.last.started))
    return (
        endpoint_link(card.key),
        join(word(card.state), Html(" "), word("late") if card.late else ""),
        last,
        span(card.age_s) if card.age_s is not None else "no good run yet",
        moment(card.next_due),
        *(f"{number:,}" if number else "" for number in (card.records, card.rejected, card.vanished)),
        f"{len(card.drift)} changed" if card.drift else "",
        card.failing.why if card.failing else "",
    )


def _card_rows(card: Card, now: float) -> list[tuple[str, str]]:
    last, good, bad = card.last, card.good, card.failing
    due = f"{utc(card.next_due)}, {card.rule} ({card.zone})" if card.next_due else "no schedule"
    return [
        ("State", word(card.state)),
        ("Stopped", told(card.control) if card.control else ""),
        ("Address", card.base_url),
        ("Label", card.label),
        (
            "Last run",
            "never" if last is None else join(run_link(last.id), f", {last.state or 'open'}, {ago(last.started, now)}"),
        ),
        ("Last good run", "never" if good is None else join(run_link(good.id), f", {ago(good.started, now)}")),
        ("Failing since", "" if bad is None else f"{ago(bad.since, now)}, {bad.streak} runs in a row"),
        ("Why", "" if bad is None else bad.why),
        ("Age of data", span(card.age_s) + (", later than its schedule wants" if card.late else "")),
        ("Next due", due),
        ("Due since", ago(card.due_since, now) if card.due_since else ""),
        ("Times missed", f"{card.missed:,}" if card.missed else ""),
        ("Records", f"{card.records:,} live, {card.deleted:,} deleted"),
        ("Rejected by the last run", f"{card.rejected:,}" if card.rejected else ""),
        ("Vanished", f"{card.vanished:,}" if card.vanished else ""),
        ("Waits for you", link(f"plan {card.plan}", f"{ROOT}/plans/{card.plan}") if card.plan else ""),
        ("Last probe", ago(card.probed, now)),
        ("Next command", element("code", card.next)),
    ]
