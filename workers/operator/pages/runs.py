"""The runs, one of them with every record that it set aside, and what traces a name."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from harvester.store.ledger.rejected import iter_rejected, list_rejected
from harvester.store.ledger.runs import get_run, list_runs
from harvester.store.ledger.stuck import find_stuck
from harvester.store.overview.tracing import TracedRecord
from search_api.pages.markup import Html, element, join
from search_api.pages.private import table
from workers.operator.asking import existing, number_of
from workers.operator.facts.runs import RunReport, report_run
from workers.operator.facts.tracing import Trace, TracedState, trace
from workers.operator.pages.parts import (
    ROOT,
    button,
    endpoint_link,
    facts,
    link,
    run_link,
    shown,
    word,
)
from workers.tools import Tools
from workers.words import span, utc

SHOWN: Final = 50
SHOWN_REJECTED: Final = 100
RAW_CHARACTERS: Final = 2_000
LINES: Final = {
    "received": "in the pages",
    "new": "never seen before",
    "changed": "other than before",
    "unchanged": "as before",
    "deleted": "deleted by the repository",
    "duplicate": "came twice in this run",
    "rejected": "set aside",
}


def get_runs(tools: Tools, request: Request) -> Response:
    """Answer with the newest runs, those that are stuck first."""
    now = tools.store.now()
    stuck = [
        (run_link(one.run.id), endpoint_link(one.run.endpoint), span(now - one.since), span(one.usual_s), one.why)
        for one in find_stuck(tools.store, now)[:SHOWN]
    ]
    rows = [
        (
            *(run_link(run.id), endpoint_link(run.endpoint), word(run.state or "open"), utc(run.started)),
            *(utc(run.ended), "" if run.balance is None else f"{run.balance.received:,}", run.error or ""),
        )
        for run in list_runs(tools.store, limit=SHOWN)
    ]
    columns = ("Run", "Endpoint", "State", "Started", "Ended", "Received", "What is to be known")
    return shown(
        tools,
        request,
        "Runs",
        "Runs",
        table("Stuck runs", ("Run", "Endpoint", "No page for", "Usually", "Why"), stuck),
        table("Newest runs", columns, rows),
        refreshing=True,
    )


def get_run_page(tools: Tools, request: Request) -> Response:
    """Answer with one run."""
    number = number_of(request, "run")
    report = existing(report_run(tools.store, number), f"run {number}")
    return shown(
        tools,
        request,
        f"Run {number} of {report.run.endpoint}",
        "Runs",
        _decisions(request, report),
        facts(_run_rows(report)),
        table("Balance", ("Records", "Number", "Against the run before", "Meaning"), _balance_rows(report)),
        element("p", f"{report.unexplained} records are not explained by any line.", role="alert")
        if report.run.state is not None and report.unexplained
        else "",
        table(
            "Pages that are not stored",
            ("Page", "State", "Tries", "Error"),
            [(str(page.number), word(page.state), str(page.tries), page.error or "") for page in report.undone],
        ),
        _rejected(tools, request, report),
        refreshing=report.run.state is None,
    )


def get_rejected_csv(tools: Tools, request: Request) -> Response:
    """Answer with every record that a run has set aside, of one cause where it is given, as CSV."""
    number = number_of(request, "run")
    existing(get_run(tools.store, number), f"run {number}")
    headers = {"Content-Disposition": f'attachment; filename="rejected-{number}.csv"'}
    lines = _csv_lines(tools, number, request.query_params.get("cause"))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def get_trace_page(tools: Tools, request: Request) -> Response:
    """Answer with what is known of a name."""
    name = request.query_params.get("name", "").strip()
    box = element("input", type="search", name="name", value=name, aria_label="Item, DOI or OAI identifier")
    asked = element("form", box, element("button", "Trace"), action=f"{ROOT}/trace", method="get", role="search")
    found = trace(tools, name) if name else None
    nothing = element("p", f"Nothing is known of {name[:200]!r}.", role="status") if name and found is None else ""
    return shown(tools, request, "Trace", "Trace", asked, nothing, _traced(found) if found else "", refreshing=False)


def _run_rows(report: RunReport) -> list[tuple[str, str]]:
    run, plan = report.run, report.plan
    return [
        ("State", word(report.state)),
        ("Why it waits", report.why),
        ("To be known", run.error or ""),
        ("Endpoint", endpoint_link(run.endpoint)),
        ("Asked for", f"{run.metadata_prefix}" + (f", changed since {run.since}" if run.since else ", all")),
        ("Started", utc(run.started)),
        ("Ended", utc(run.ended)),
        ("Pages", ", ".join(f"{count:,} {state}" for state, count in sorted(report.pages.items()))),
        (
            "Deletion plan",
            "" if plan is None else join(link(f"plan {plan.id}", f"{ROOT}/plans/{plan.id}"), f" {plan.state}"),
        ),
        ("Run before", "" if report.before is None else run_link(report.before)),
    ]


def _balance_rows(report: RunReport) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{getattr(report.balance, name):,}",
            f"{report.change[name]:+,}" if name in report.change else "",
            told,
        )
        for name, told in LINES.items()
    ]


def _decisions(request: Request, report: RunReport) -> Html:
    of = {"run": str(report.run.id)}
    if report.run.state is None:
        return element("div", button(request, "cancel-run", "Cancel the run", of), class_="buttons")
    if report.run.state == "held" and (report.plan is None or report.plan.state != "held"):
        approve = button(request, "approve-run", "Take its list for right", of)
        return element("div", approve, button(request, "reject-run", "Reject it", of), class_="buttons")
    return Html("")


def _rejected(tools: Tools, request: Request, report: RunReport) -> Html:
    number = report.run.id
    csv_path, cause = f"{ROOT}/runs/{number}/rejected.csv", request.query_params.get("cause")
    rows = [
        (
            link(name, f"{ROOT}/runs/{number}", cause=name),
            f"{count:,}",
            link("CSV", csv_path, cause=name),
            button(request, "retry-cause", "Retry this cause", {"run": str(number), "cause": name}, of=name),
        )
        for name, count in report.rejected.items()
    ]
    records = [
        (
            f"{one.number}/{one.position}",
            one.identifier or "(without identifier)",
            one.cause,
            one.reason,
            element(
                "details",
                element("summary", "Show"),
                element("pre", one.raw.decode(errors="replace")[:RAW_CHARACTERS]),
            ),
        )
        for one in list_rejected(tools.store, run=number, cause=cause, limit=SHOWN_REJECTED)
    ]
    title = "Records set aside" if cause is None else f"Records set aside: {cause}"
    return element(
        "section",
        element("h2", "Rejected records"),
        table("By cause", ("Cause", "Records", "All of them", "Do"), rows),
        element("p", link("All as CSV", csv_path)) if rows else "",
        table(title, ("Page/place", "Identifier", "Cause", "Reason", "Record"), records) if rows else "",
    )


def _csv_lines(tools: Tools, run: int, cause: str | None) -> Iterator[str]:
    yield "run,page,position,identifier,cause,reason,record\r\n"
    for one in iter_rejected(tools.store, run=run, cause=cause):
        text = io.StringIO()
        raw = one.raw.decode(errors="replace")
        cells = [one.run, one.number, one.position, *map(_harmless, (one.identifier or "", one.cause, one.reason, raw))]
        csv.writer(text).writerow(cells)
        yield text.getvalue()


def _harmless(text: str) -> str:
    """Give a text that no spreadsheet takes for a formula: OWASP, CSV injection."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _traced(found: Trace) -> Html:
    return join(
        *(_traced_record(record, found) for record in found.records),
        *(_traced_item(one) for one in found.items),
        table(
            "DOIs",
            ("DOI", "State", "Agency", "Answered", "Error"),
            [(row.doi, row.state, row.agency or "", utc(row.fetched or None), row.error or "") for row in found.dois],
        ),
        table(
            "Set aside",
            ("Run", "Page", "Cause", "Reason"),
            [(run_link(one.run), str(one.number), one.cause, one.reason) for one in found.refused],
        ),
        element("p", "Next command: ", element("code", found.next)),
    )


def _traced_record(record: TracedRecord, found: Trace) -> Html:
    state = "live" if not record.deleted else f"deleted{f' by plan {record.plan}' if record.plan else ''}"
    return element(
        "section",
        element("h2", f"Record {record.identifier}"),
        facts(
            [
                ("Endpoint", join(endpoint_link(record.endpoint), f" ({record.metadata_prefix})")),
                ("State", state),
                ("Datestamp", record.datestamp),
                ("Page", join(run_link(record.run), f"/{record.number}, stored {utc(record.fetched)}")),
                ("Bytes", found.places[record.location] if record.location else "none were kept"),
                ("Last seen in run", run_link(record.seen_run)),
                ("Mapping", found.mappings[record.endpoint]),
            ]
        ),
    )


def _traced_item(one: TracedState) -> Html:
    item = one.item
    there = "not in the index" if one.indexed_version is None else f"version {one.indexed_version}"
    return element(
        "section",
        element("h2", f"Item {item.id}"),
        facts(
            [
                ("Page", link("show it", f"/items/{item.id}")),
                ("Version", f"{item.version}, changed {utc(item.changed)}"),
                ("Part of", item.merged_into or ""),
                ("Edits of people", f"{one.edits:,}" if one.edits else ""),
                ("Index", there),
                ("Visible", "yes" if one.visible else "no"),
                ("Why", one.why),
            ]
        ),
    )
