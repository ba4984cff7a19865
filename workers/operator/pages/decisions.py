"""What waits for a person: dead letters and deletion plans; and the audit of what was decided."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from harvester.store.deletions.plans import Plan, count_proofs, get_plan, list_plans, sample_plan_records
from harvester.store.ledger.dead import DeadLetter, count_dead, list_dead
from harvester.store.operating.audit import list_audit
from search_api.pages.markup import Html, element, join
from search_api.pages.private import table
from workers.operator.asking import chosen_dead, existing, number_of
from workers.operator.pages.parts import (
    ROOT,
    button,
    choice,
    endpoint_link,
    facts,
    field,
    link,
    run_link,
    shown,
    told_entry,
    word,
)
from workers.tools import Tools
from workers.words import span, utc

LISTED: Final = 100
SAMPLE: Final = 50
KINDS: Final = (("", "all"), ("page", "pages"), ("document", "documents"), ("doi", "DOIs"))


def get_dead_page(tools: Tools, request: Request) -> Response:
    """Answer with what was given up, and the form to choose of it."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("kind", "endpoint", "cause")}
    letters = list_dead(tools.store, chosen_dead(asked), limit=LISTED)
    counts, now = count_dead(tools.store), tools.store.now()
    filters = element(
        "form",
        choice("Kind", "kind", KINDS, asked["kind"]),
        field("Endpoint", "endpoint", value=asked["endpoint"]),
        field("Text of the error", "cause", value=asked["cause"]),
        element("button", "Choose"),
        method="get",
        action=f"{ROOT}/dead",
        class_="fields",
    )
    columns = ("What", "Kind", "Endpoint", "Since", "Error", "A retry", "Do")
    in_all = ", ".join(f"{count:,} {dict(KINDS)[kind]}" for kind, count in counts.items())
    every = {name: value for name, value in asked.items() if value}
    both = (
        button(request, "retry-dead", "Retry all that fit", every),
        button(request, "drop-dead", "Drop all that fit", every),
    )
    return shown(
        tools,
        request,
        "Dead letters",
        "Dead letters",
        element("p", f"Given up: {in_all}."),
        element("details", element("summary", "Choose"), filters, open="" if every else None),
        element("div", *both, class_="buttons") if every and letters else "",
        table("Dead letters", columns, [_letter(request, letter, now) for letter in letters]),
        refreshing=False,
    )


def get_plans_page(tools: Tools, request: Request) -> Response:
    """Answer with the deletion plans, those that wait for a person first."""
    held = list_plans(tools.store, states=("held",), limit=LISTED)
    others = [plan for plan in list_plans(tools.store, limit=LISTED) if plan.state != "held"]
    now = tools.store.now()
    columns = ("Plan", "State", "Endpoint", "Run", "Vanished", "Of live", "Share", "Age", "Reason")
    return shown(
        tools,
        request,
        "Deletion plans",
        "Deletion plans",
        element("p", "Records that a full harvest of a repository no longer found."),
        table("Plans that wait for you", columns, [_plan_row(plan, now) for plan in held]),
        table("Other plans", columns, [_plan_row(plan, now) for plan in others]),
        refreshing=True,
    )


def get_plan_page(tools: Tools, request: Request) -> Response:
    """Answer with one plan and some of its records."""
    number = number_of(request, "plan")
    plan = existing(get_plan(tools.store, number), f"plan {number}")
    proofs = count_proofs(tools.store, number)
    rows = [
        (
            row.identifier,
            row.title,
            "" if row.item is None else link(row.item, f"/items/{row.item}"),
            "deleted" if row.deleted else "live",
            row.proof or "",
        )
        for row in sample_plan_records(tools.store, plan, SAMPLE)
    ]
    known = [
        ("State", word(plan.state)),
        ("Endpoint", endpoint_link(plan.endpoint)),
        ("Made by run", run_link(plan.run)),
        ("Vanished", f"{plan.vanished:,} of {plan.live:,} live records"),
        ("Deleted now", f"{plan.deleted:,}"),
        ("Reason", plan.reason or ""),
        ("Last proof failed", plan.error or ""),
        ("Made", utc(plan.created)),
        ("Decided", utc(plan.decided)),
        ("The repository said", ", ".join(f"{count:,} {proof}" for proof, count in proofs.items()) or "not asked"),
    ]
    columns = ("Identifier", "Title", "Item", "Now", "The repository says")
    title = f"Some of its records ({len(rows):,} of {plan.vanished:,})"
    return shown(
        tools,
        request,
        f"Deletion plan {number}",
        "Deletion plans",
        _plan_buttons(request, plan),
        facts(known),
        table(title, columns, rows),
        refreshing=plan.state in {"proposed", "applying", "undoing"},
    )


def get_audit_page(tools: Tools, request: Request) -> Response:
    """Answer with who did what."""
    given = request.query_params.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
    entries = list_audit(tools.store, before=before, limit=LISTED)
    older = link("Older ones", f"{ROOT}/audit", before=str(entries[-1].id)) if len(entries) == LISTED else Html("")
    rows = [(utc(entry.at), entry.actor, told_entry(entry)) for entry in entries]
    listed = table("Audit", ("When", "Who", "What"), rows)
    return shown(tools, request, "Audit", "Audit", listed, element("p", older), refreshing=False)


def _letter(request: Request, letter: DeadLetter, now: float) -> tuple[str, ...]:
    one = {"kind": letter.kind, "key": letter.key}
    error = (
        letter.error
        if len(letter.error) <= 200
        else element("details", element("summary", cut(letter.error)), element("pre", letter.error))
    )
    retry = button(request, "retry-dead", "Retry", one, of=letter.key) if letter.retry else Html("")
    drop = button(request, "drop-dead", "Drop", one, of=letter.key)
    return (
        letter.key,
        letter.kind,
        "" if letter.endpoint is None else endpoint_link(letter.endpoint),
        f"{span(now - letter.since)} ago",
        error,
        letter.retry or f"is of no use: {letter.instead}",
        element("div", retry, drop, class_="buttons"),
    )


def _plan_row(plan: Plan, now: float) -> tuple[str, ...]:
    return (
        link(str(plan.id), f"{ROOT}/plans/{plan.id}"),
        word(plan.state),
        endpoint_link(plan.endpoint),
        run_link(plan.run),
        f"{plan.vanished:,}",
        f"{plan.live:,}",
        f"{100 * plan.vanished / max(1, plan.live):.1f} %",
        span(now - plan.created),
        plan.error or plan.reason or "",
    )


def _plan_buttons(request: Request, plan: Plan) -> Html:
    of = {"plan": str(plan.id)}
    if plan.state in {"held", "proposed"}:
        label = f"Delete {plan.vanished:,} records"
        both = join(button(request, "approve-plan", label, of), button(request, "undo-plan", "Keep them", of))
        return element("div", both, class_="buttons")
    if plan.state in {"applied", "applying"}:
        return element("div", button(request, "undo-plan", "Bring them back", of), class_="buttons")
    return Html("")
