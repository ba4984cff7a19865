"""`oaihub replay`: the archive through the code of today, into the store."""

import re
import sys
from typing import Final

import click
import msgspec
from msgspec import Struct, field

from harvester.replaying import Replayed, replay_page
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.retention import count_removed
from harvester.store.ledger.runs import get_run
from harvester.store.replays import ReplayPage, endpoint_pages, run_pages
from workers.commands.failing import DONE, FAILED, INTERRUPTED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.commands.progress import Bar, Lines
from workers.errors import UsageError
from workers.foreground import drain_outbox
from workers.tools import Tools

PLACE: Final = re.compile(r"(?P<run>\d+)(?:/(?P<page>\d+))?")
LINES: Final = {
    "unchanged": "as they are kept",
    "changed": "other than they were kept: their items are indexed again",
    "recovered": "had been set aside, and are records now",
    "rejected": "still cannot be used: `oaihub rejected list` says why",
    "newly_rejected": "cannot be used any more, and stay as they were",
    "elsewhere": "a newer page has them",
}


class Summary(Struct):
    """What a replay did up to now; `damaged` are the pages that the archive could not give."""

    pages: int = 0
    records: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LINES, 0))
    damaged: list[Replayed] = field(default_factory=list)


@click.command()
@click.argument("what", metavar="[ENDPOINT|RUN|RUN/PAGE]", required=False)
@click.option("--all", "everything", is_flag=True, help="All endpoints.")
@json_option
def replay(*, what: str | None, everything: bool, as_json: bool) -> int:
    """Normalise archived pages again: of an endpoint by its key, of a run, or one page of it; asks no repository.

    Only what comes out otherwise is written, and indexed again. Records that were set aside are tried again.
    """
    if (what is None) != everything:
        raise UsageError("give the key of an endpoint, a run, a page such as 12/0, or --all for everything")
    with opened_tools() as tools:
        pages = endpoint_pages(tools.store) if what is None else _pages_of(tools.store, what)
        return replay_pages(tools, what or "all", pages, as_json=as_json)


def replay_pages(tools: Tools, title: str, pages: list[ReplayPage], *, as_json: bool) -> int:
    """Normalise pages again and tell what came of it; gives the exit code."""
    summary = Summary()
    try:
        _replay(tools, title, pages, summary)
    except KeyboardInterrupt:
        click.echo(f"oaihub: stopped after {summary.pages:,} of {len(pages):,} pages; what was done is kept", err=True)
        return INTERRUPTED
    if as_json:
        print_json({"pages": summary.pages, "records": summary.records, **summary.counts, "damaged": _damaged(summary)})
    else:
        _print(summary)
    return FAILED if summary.damaged else DONE


def _pages_of(store: Store, what: str) -> list[ReplayPage]:
    place = PLACE.fullmatch(what)
    if place is None:
        if get_endpoint(store, what) is None:
            raise UsageError(f"there is no endpoint {what!r}: `oaihub endpoints list` shows them")
        return endpoint_pages(store, what)
    run, page = int(place["run"]), place["page"]
    kept = get_run(store, run)
    if kept is None:
        raise UsageError(f"there is no run {run}: `oaihub runs` lists them")
    if get_endpoint(store, kept.endpoint) is None:
        raise UsageError(f"endpoint {kept.endpoint} of run {run} was removed: its records stay deleted")
    pages = run_pages(store, run, None if page is None else int(page))
    removed = count_removed(store, run, None if page is None else int(page))
    if removed and not pages:
        raise UsageError(f"the archive has let {what} go (`oaihub archive`): newer pages have what its records are now")
    if removed:
        click.echo(
            f"{removed:,} pages of run {run} were let go by the archive: newer ones have their records", err=True
        )
    if page is not None and not pages:
        raise UsageError(f"run {run} has no stored page {page}: `oaihub runs {run} --json` lists them")
    return pages


def _replay(tools: Tools, title: str, pages: list[ReplayPage], summary: Summary) -> None:
    with (Bar if sys.stderr.isatty() else Lines)(title) as watcher:
        for page in pages:
            done = replay_page(tools.harvesting, page)
            numbers = msgspec.structs.asdict(done.counts)
            summary.pages += 1
            summary.records += sum(numbers.values())
            for name, number in numbers.items():
                summary.counts[name] += number
            if done.error:
                summary.damaged.append(done)
                watcher.note(f"page {done.run}/{done.number} is not replayed: {done.error}")
            watcher.read(summary.pages / len(pages))
            watcher.count(sum(numbers.values()))
        if summary.counts["changed"] or summary.counts["recovered"]:
            drain_outbox(tools.store, tools.index, watcher)


def _damaged(summary: Summary) -> list[dict[str, str]]:
    return [{"page": f"{page.run}/{page.number}", "reason": page.error} for page in summary.damaged]


def _print(summary: Summary) -> None:
    click.echo(f"{summary.pages:,} pages, {summary.records:,} records")
    rows = [(name, summary.counts[name], told) for name, told in LINES.items()]
    print_table(("", "records", ""), rows, right=("records",))
    for page in summary.damaged:
        click.echo(f"damaged: {page.run}/{page.number}: {plain(page.error)}")
