"""`oaihub dois`: what registries say of the DOIs that records have, and what waits to be asked for."""

import time
from collections.abc import Mapping
from typing import Final, get_args

import click

from harvester.enriching import can_ask, work_dois
from harvester.store import Store
from harvester.store.dois import (
    UNSORTED,
    DoiRow,
    DoiState,
    blocked_lanes,
    count_dois,
    count_due,
    get_doi,
    list_dois,
    read_registered,
    retry_dois,
)
from harvester.store.operating.controls import PausedError, find_control
from harvester.store.registries.batches import empty_inbox
from harvester.store.registries.notices import Look, get_look
from harvester.store.registries.overview import count_errors, count_waiting, find_holders, find_notices, next_due
from harvester.values.dois import find_doi
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError
from workers.tools import Tools
from workers.words import span, utc

NOT_ASKED: Final = "registries are not asked: that needs OAIHUB_DOI=on and an address in OAIHUB_CONTACT"
ERRORS_SHOWN: Final = 5
WHYS: Final = {
    UNSORTED: "doi.org is asked for the agency of its prefix, where that is not known",
    "crossref": "by Crossref's lists",
    "crossref_single": "alone from Crossref, for its lists cannot hold it",
    "datacite": "by DataCite's lists",
    "doubt": "its agency's list leaves it out: doi.org is asked who has registered it",
    "negotiation": "alone from its agency, by doi.org",
    "respelled": "nobody knows it with its double slash: asked for without",
}
USES: Final = {True: "used", False: "of another work, not used", None: ""}
STATES: Final = get_args(DoiState)
ROUND_S: Final = 5.0
PATIENCE_S: Final = 10.0
state_option = click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Only in this state; may be repeated."
)
agency_option = click.option("--agency", help="Only of this agency, such as Crossref.")


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def dois(context: click.Context, as_json: bool) -> None:
    """Count the DOIs of the records by state and agency, and say what waits."""
    if context.invoked_subcommand is None:
        with opened_tools() as tools:
            _count(tools, as_json=as_json)


@dois.command("list")
@state_option
@agency_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many.")
@json_option
def list_them(states: tuple[DoiState, ...], agency: str | None, limit: int, as_json: bool) -> None:
    """List DOIs, in their order."""
    with opened_tools() as tools:
        _sort_inbox(tools)
        found = list_dois(tools.store, states=states, agency=agency, limit=limit)
    if as_json:
        print_json({"dois": found})
        return
    print_table(
        ("DOI", "state", "agency", "asked", "again", "tries", "error"),
        [
            (row.doi, row.state, row.agency, utc(row.fetched or None), utc(row.due), row.tries, row.error)
            for row in found
        ],
        right=("tries",),
    )


@dois.command("show")
@click.argument("doi")
@json_option
def show(doi: str, as_json: bool) -> None:
    """Show a DOI: how far asking for it is, who has it, its notices, and what its agency has registered."""
    with opened_tools() as tools:
        row = _existing(tools, doi)
        with tools.store.connect() as connection:
            registered = read_registered(connection, [row.doi]).get(row.doi)
        holders, notices = find_holders(tools.store, row.doi), find_notices(tools.store, row.doi)
    if as_json:
        print_json({"doi": row, "records": holders, "notices": notices, "registered": registered})
        return
    print_table(("", ""), _facts(row, tools.store.now()))
    click.echo()
    if holders:
        print_table(
            ("item", "endpoint", "format", "record", "registered metadata"),
            [(one.item, one.endpoint, one.metadata_prefix, one.identifier, USES[one.agrees]) for one in holders],
        )
    else:
        click.echo("no live record has it")
    for notice in notices:
        click.echo(f"{notice.notice} says of {notice.doi}: {notice.kind.replace('_', ' ')}")
    if registered is not None:
        click.echo()
        print_json(registered)


@dois.command("retry")
@click.argument("doi", required=False)
@state_option
@agency_option
@json_option
def retry(doi: str | None, states: tuple[DoiState, ...], agency: str | None, as_json: bool) -> None:
    """Have a DOI, or all in some state or of some agency, asked for again."""
    if not (doi or states or agency):
        raise UsageError("name a DOI, or choose by --state or --agency")
    with opened_tools() as tools:
        known = _existing(tools, doi).doi if doi else None
        count = retry_dois(tools.store, tools.store.now(), doi=known, states=states, agency=agency)
        asks = tools.harvester.asks_registries()
    if as_json:
        print_json({"retried": count, "asks_registries": asks})
        return
    click.echo(f"{count:,} {'DOI is' if count == 1 else 'DOIs are'} asked for again")
    if not count:
        click.echo("there is none, or it is being asked for just now: see `oaihub dois list`")
    elif not asks:
        click.echo(NOT_ASKED)


@dois.command("fetch")
@json_option
def fetch(as_json: bool) -> int:
    """Ask for what waits, here and now, until nothing is left that may be asked for."""
    with opened_tools() as tools:
        if not tools.harvester.asks_registries():
            raise UsageError("registries are asked only with OAIHUB_DOI=on and an address in OAIHUB_CONTACT")
        control = find_control(tools.store, stage="doi")
        if control is not None:
            raise PausedError(control)
        settled = requests = 0
        while True:
            worked = work_dois(tools.enriching, for_s=ROUND_S)
            settled, requests = settled + worked.settled, requests + worked.requests
            if not worked.requests and not can_ask(tools.store, tools.store.now()) and not _waited(tools.store):
                break
        left = sum(row.due + row.later for row in count_waiting(tools.store, tools.store.now()))
        blocked = blocked_lanes(tools.store, tools.store.now())
    if as_json:
        print_json({"settled": settled, "requests": requests, "waiting": left, "blocked_until": blocked})
    else:
        click.echo(f"{settled:,} steps by {requests:,} requests; {left:,} {'DOI waits' if left == 1 else 'DOIs wait'}")
        for lane, until in blocked.items():
            click.echo(f"{lane} is left alone for {span(until - tools.store.now())}")
    return FAILED if left or blocked else DONE


def _waited(store: Store) -> bool:
    """Wait for a DOI that is soon to be tried again; False where there is none, or a registry is left alone."""
    now = store.now()
    following = next_due(store, now)
    if blocked_lanes(store, now) or following is None or following - now > PATIENCE_S:
        return False
    time.sleep(following - now)
    return True


def _count(tools: Tools, *, as_json: bool) -> None:
    _sort_inbox(tools)
    store, now, asks = tools.store, tools.store.now(), tools.harvester.asks_registries()
    counts, look = count_dois(store), get_look(store)
    due, oldest = count_due(store, now)
    waiting, blocked = count_waiting(store, now), blocked_lanes(store, now)
    following, errors = next_due(store, now), count_errors(store, ERRORS_SHOWN)
    if as_json:
        said = {"counts": counts, "due": due, "oldest": oldest, "asks_registries": asks, "waiting": waiting}
        print_json(said | {"next_due": following, "blocked_until": blocked, "errors": errors, "look": look})
        return
    print_table(("state", "agency", "DOIs"), [(row.state, row.agency, row.count) for row in counts], right=("DOIs",))
    since = "" if oldest is None else f", the first since {span(now - oldest)}"
    click.echo(f"{due:,} {'waits' if due == 1 else 'wait'} to be asked for{since}")
    if waiting:
        click.echo()
        print_table(
            ("how", "now", "held", "later", "why"),
            [(row.route, row.due, row.held, row.later, _why(row.route, blocked, now)) for row in waiting],
            right=("now", "held", "later"),
        )
    if errors:
        click.echo()
        print_table(
            ("error", "DOIs", "such as"), [(row.error, row.count, row.example) for row in errors], right=("DOIs",)
        )
    click.echo()
    if following is not None:
        click.echo(f"the next is due {utc(following)}, in {span(following - now)}")
    click.echo(_looked(look, now))
    if not asks:
        click.echo(NOT_ASKED)


def _why(route: str, blocked: Mapping[str, float], now: float) -> str:
    lane = "doubt" if route == UNSORTED else route
    rest = f"; {lane} is left alone for {span(blocked[lane] - now)}" if lane in blocked else ""
    return WHYS.get(route, "") + rest


def _looked(look: Look | None, now: float) -> str:
    """Say when the registry was last looked through for retractions and corrections."""
    if look is None:
        return "no look for retractions and corrections: no work is known to be registered with Crossref"
    last = f"last {utc(look.ended)}, {look.found:,} of ours changed" if look.ended else "not done yet"
    failed = f"; the last try failed: {look.error}" if look.error else ""
    following = f"next {utc(look.due)}" if look.due > now else "due now"
    return f"look for retractions and corrections at Crossref: {last}; {following}{failed}"


def _facts(row: DoiRow, now: float) -> list[tuple[str, str]]:
    """Give what is known of a DOI, in the order in which it happened."""
    due = "never: asking was given up" if row.due is None else utc(row.due)
    if row.due is not None and row.due <= now:
        due = f"since {span(now - row.due)}: {WHYS.get(row.route, row.route)}"
    facts = [
        ("DOI", row.doi),
        ("state", row.state),
        ("agency", row.agency or ""),
        ("left out by", f"the lists of {row.omitted_by}" if row.omitted_by else ""),
        ("last answer", f"{utc(row.fetched)}, archived as {row.location or 'nothing'}" if row.fetched else "none yet"),
        ("tries since", str(row.tries) if row.tries else ""),
        ("last error", row.error or ""),
        ("asked again", due),
    ]
    return [(name, text) for name, text in facts if text]


def _sort_inbox(tools: Tools) -> None:
    while empty_inbox(tools.store):
        pass


def _existing(tools: Tools, text: str) -> DoiRow:
    _sort_inbox(tools)
    doi = find_doi(text)
    if doi is None:
        raise UsageError(f"{text!r} is no DOI: write it as 10.1000/182, with or without https://doi.org/")
    row = get_doi(tools.store, doi)
    if row is None:
        raise UsageError(f"no record has the DOI {doi}: `oaihub dois list` shows those that are known")
    return row
