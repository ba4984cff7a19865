"""`oaihub dois`: what registries say of the DOIs that records have, and what waits to be asked for."""

import time
from typing import Final, get_args

import click

from harvester.enriching import can_ask, work_dois
from harvester.store.doi_batches import empty_inbox
from harvester.store.dois import (
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
from harvester.values.dois import find_doi
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table, span, utc
from workers.errors import UsageError
from workers.tools import Tools

STATES: Final = get_args(DoiState)
ROUND_S: Final = 5.0
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
    """Show what is known of a DOI, and what its agency has registered."""
    with opened_tools() as tools:
        row = _existing(tools, doi)
        with tools.store.connect() as connection:
            registered = read_registered(connection, [row.doi]).get(row.doi)
    if as_json or registered is not None:
        print_json({"doi": row, "registered": registered})
    else:
        click.echo(f"{row.doi} is {row.state}" + (f": {row.error}" if row.error else ""))


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
        count = retry_dois(tools.store, time.time(), doi=known, states=states, agency=agency)
    if as_json:
        print_json({"retried": count})
    else:
        click.echo(f"{count:,} DOIs are asked for again")


@dois.command("fetch")
@json_option
def fetch(as_json: bool) -> int:
    """Ask for what waits, here and now, until nothing is left that may be asked for."""
    with opened_tools() as tools:
        if not tools.harvester.asks_registries():
            raise UsageError("registries are asked only with OAIHUB_DOI=on and an address in OAIHUB_CONTACT")
        settled = requests = 0
        while True:
            worked = work_dois(tools.enriching, for_s=ROUND_S)
            settled, requests = settled + worked.settled, requests + worked.requests
            if not worked.requests and not can_ask(tools.store, time.time()):
                break
        left, _ = count_due(tools.store, time.time())
        blocked = blocked_lanes(tools.store, time.time())
    if as_json:
        print_json({"settled": settled, "requests": requests, "waiting": left, "blocked_until": blocked})
    else:
        click.echo(f"{settled:,} steps by {requests:,} requests; {left:,} DOIs wait")
        for lane, until in blocked.items():
            click.echo(f"{lane} is left alone for {span(until - time.time())}")
    return FAILED if left or blocked else DONE


def _count(tools: Tools, *, as_json: bool) -> None:
    _sort_inbox(tools)
    counts = count_dois(tools.store)
    due, oldest = count_due(tools.store, time.time())
    asks = tools.harvester.asks_registries()
    if as_json:
        print_json({"counts": counts, "due": due, "oldest": oldest, "asks_registries": asks})
        return
    print_table(("state", "agency", "DOIs"), [(row.state, row.agency, row.count) for row in counts], right=("DOIs",))
    since = "" if oldest is None else f", the first since {span(time.time() - oldest)}"
    click.echo(f"{due:,} wait to be asked for{since}")
    if not asks:
        click.echo("registries are not asked: that needs OAIHUB_DOI=on and an address in OAIHUB_CONTACT")


def _sort_inbox(tools: Tools) -> None:
    while empty_inbox(tools.store):
        pass


def _existing(tools: Tools, text: str) -> DoiRow:
    _sort_inbox(tools)
    doi = find_doi(text)
    row = get_doi(tools.store, doi) if doi else None
    if row is None:
        raise UsageError(f"no record has the DOI {text}: `oaihub dois list` shows those that are known")
    return row
