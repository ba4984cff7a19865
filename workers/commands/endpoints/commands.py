"""`oaihub endpoints`: what is harvested."""

import click
import msgspec

from harvester.endpoint import Endpoint
from harvester.store.endpoints import list_endpoints, remove_endpoint
from harvester.store.ledger.runs import Run, get_watermarks, list_runs
from harvester.store.operating.schedules import get_schedule
from harvester.store.probes import Probe, latest_probe
from harvester.transport.redaction import redact
from workers.commands.acting import confirm
from workers.commands.endpoints.adding import add, edit
from workers.commands.endpoints.configured import audit_endpoint, existing_endpoint, setting_rows
from workers.commands.endpoints.probing import probe
from workers.commands.endpoints.schedule import told_schedule
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.operator.facts.endpoints import Card, report_cards
from workers.operator.facts.runs import state_of
from workers.tools import Tools
from workers.words import span, utc


@click.group()
def endpoints() -> None:
    """What is harvested: a repository, a metadata format and a choice of sets, under a key."""


for command in (add, edit, probe):
    endpoints.add_command(command)


@endpoints.command("list")
@click.option("--failing", is_flag=True, help="Only those whose last runs failed: since when, and why.")
@json_option
def list_them(*, failing: bool, as_json: bool) -> None:
    """List the endpoints with their last run, the age of their data, and when they are due next."""
    with opened_tools() as tools:
        cards = report_cards(tools.store, failing=failing)
        known = {endpoint.key: endpoint for endpoint in list_endpoints(tools.store)} if as_json else {}
        now = tools.store.now()
    if as_json:
        print_json({"endpoints": [{**_settings(known.get(card.key)), **_for_json(card)} for card in cards]})
    elif failing:
        _print_failing(cards, now)
    else:
        print_cards(cards)


@endpoints.command("show")
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """Show an endpoint: its settings, its last run and probe, and up to where it is harvested, by set."""
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        run, state = _last_run(tools, key)
        watermarks = get_watermarks(tools.store, key)
        found = latest_probe(tools.store, key)
        planned = get_schedule(tools.store, key)
    if as_json:
        print_json({**_described(endpoint, run, state, found), "watermarks": watermarks, "schedule": planned})
        return
    rows = [
        *setting_rows(endpoint),
        ("schedule", f"none: `oaihub schedule set {key} daily`" if planned is None else told_schedule(planned)),
        ("last run", state if run is None else f"{run.id}, {state}, {utc(run.started)}"),
        *((f"harvested up to {set_spec}".strip(), until) for set_spec, until in sorted(watermarks.items())),
        ("last probe", "never" if found is None else utc(found.at)),
        *(("has changed", change) for change in (found.findings.drift if found else ())),
    ]
    print_table(("", ""), rows)


@endpoints.command("remove")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(key: str, yes: bool, as_json: bool) -> None:
    """Remove an endpoint; items that only it knows are shown no more."""
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        confirm(f"Remove {endpoint.key} ({redact(endpoint.base_url)}) and what only it knows?", yes=yes)
        touched = remove_endpoint(tools.store, key, tools.store.now())
        audit_endpoint(tools.store, "remove", key, items=touched)
    if as_json:
        print_json({"removed": key, "items": touched})
    else:
        click.echo(f"{key} is removed; {touched:,} items lose its records as soon as the index follows")


def _last_run(tools: Tools, key: str) -> tuple[Run | None, str]:
    """Give the last run of an endpoint, and its state in a word."""
    for run in list_runs(tools.store, key, limit=1):
        return run, state_of(tools.store, run)
    return None, "never harvested"


def _print_failing(cards: list[Card], now: float) -> None:
    rows = [
        (
            card.key,
            card.failing.streak,
            f"{utc(card.failing.since)} ({span(now - card.failing.since)})",
            "never" if card.good is None else f"run {card.good.id}, {utc(card.good.started)}",
            card.failing.why,
            card.next,
        )
        for card in cards
        if card.failing is not None
    ]
    print_table(("endpoint", "runs", "failing since", "last good run", "why", "next"), rows, right=("runs",))
    if not rows:
        click.echo("no endpoint fails")


def print_cards(cards: list[Card]) -> None:
    """Print the report cards of endpoints."""
    print_table(
        ("key", "label", "base URL", "last run", "state", "age", "next due", "records", "drift"),
        [
            (
                card.key,
                card.label,
                card.base_url,
                "" if card.last is None else f"{card.last.id}, {utc(card.last.started)}",
                _word(card),
                span(card.age_s),
                utc(card.next_due),
                card.records,
                f"{len(card.drift)} changed" if card.drift else "",
            )
            for card in cards
        ],
        right=("records",),
    )


def _word(card: Card) -> str:
    """Give the state of the last run, and that of the endpoint where this is another."""
    if card.last is None:
        return "never harvested" if card.state == "new" else card.state
    last = card.last.state or "open"
    return last if card.state in {"fine", "failing", last} else f"{last}, {card.state}"


def _for_json(card: Card) -> dict[str, object]:
    last = None if card.last is None else {"run": card.last.id, **msgspec.structs.asdict(card.last)}
    probed = None if card.probed is None else {"at": card.probed, "drift": card.drift}
    return {**msgspec.structs.asdict(card), "last_run": last, "last_probe": probed}


def _settings(endpoint: Endpoint | None) -> dict[str, object]:
    return {} if endpoint is None else msgspec.structs.asdict(endpoint)


def _described(endpoint: Endpoint, run: Run | None, state: str, found: Probe | None) -> dict[str, object]:
    """Give an endpoint for JSON, every field of it by name."""
    last = None if run is None else {"run": run.id, "state": state, "started": run.started, "ended": run.ended}
    probed = None if found is None else {"at": found.at, "drift": found.findings.drift}
    settings = {**msgspec.structs.asdict(endpoint), "base_url": redact(endpoint.base_url)}
    return {**settings, "last_run": last, "last_probe": probed}
