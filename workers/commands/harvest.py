"""`oaihub harvest`: one endpoint, in this process, from the repository to the index."""

import contextlib
import sys

import click

from harvester.endpoint import Endpoint
from harvester.errors import HarvestError
from harvester.harvest import begin_run
from harvester.store.pages import next_page
from harvester.store.runs import Run, RunOpenError, list_runs, open_run
from indexer.errors import IndexingError
from workers.app import HINT_TIMEOUT_S, create_app
from workers.commands.balance import print_run, run_exit_code
from workers.commands.datestamps import DATESTAMP, check_order
from workers.commands.failing import DONE, INTERRUPTED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json
from workers.commands.progress import Bar, Lines
from workers.commands.runs import described
from workers.enrolling import endpoint_for
from workers.errors import BrokerAwayError
from workers.foreground import begin_or_resume, drain_outbox, harvest_run
from workers.hints import hint_waiting
from workers.tools import Tools


@click.command()
@click.argument("key_or_url", metavar="KEY|URL")
@click.option("--prefix", help="metadataPrefix of a new endpoint.  [default: oai_dc]")
@click.option("--set", "sets", multiple=True, help="Set of a new endpoint; may be repeated.")
@click.option(
    "--from",
    "since",
    type=DATESTAMP,
    is_eager=True,
    help="Only records changed at or after this date (or time, in UTC).",
)
@click.option("--until", type=DATESTAMP, callback=check_order, help="Only records changed at or before this date.")
@click.option("--full", is_flag=True, help="Everything, not only what changed since the last harvest.")
@click.option("--allow-private", is_flag=True, help="The repository may be at a private or loopback address.")
@click.option("--queue", is_flag=True, help="Leave the work to the workers.")
@json_option
def harvest(
    *,
    key_or_url: str,
    prefix: str | None,
    sets: tuple[str, ...],
    since: str | None,
    until: str | None,
    full: bool,
    allow_private: bool,
    queue: bool,
    as_json: bool,
) -> int:
    """Harvest an endpoint, by its key or by the URL of its repository, and index what is new.

    An URL that is new becomes an endpoint, which is kept. The second harvest asks only for what changed. A harvest
    that was stopped goes on where it stood.
    """
    with opened_tools() as tools:
        endpoint = endpoint_for(tools.harvesting, key_or_url, prefix=prefix, sets=sets, allow_private=allow_private)
        if queue:
            run = _hand_over(tools, endpoint, since=since, until=until, full=full)
            _say_queued(tools, run, as_json=as_json)
            return DONE
        try:
            run = _harvest_here(tools, endpoint, since=since, until=until, full=full)
        except KeyboardInterrupt:
            click.echo(_farewell(tools, endpoint), err=True)
            return INTERRUPTED
        except IndexingError:  # what was harvested is kept, and is told first
            _say(tools, list_runs(tools.store, endpoint.key, limit=1)[0], as_json=as_json)
            raise
        _say(tools, run, as_json=as_json)
        return run_exit_code(run)


def _harvest_here(tools: Tools, endpoint: Endpoint, *, since: str | None, until: str | None, full: bool) -> Run:
    with (Bar if sys.stderr.isatty() else Lines)(endpoint.key) as watcher:
        run = begin_or_resume(tools.harvesting, endpoint, watcher, since=since, until=until, full=full)
        try:
            ended = harvest_run(tools.harvesting, run, lambda: tools.index, watcher)
        except HarvestError:
            with contextlib.suppress(HarvestError):  # what is stored shall be found, whatever failed; that is told
                drain_outbox(tools.store, tools.index, watcher)
            raise
        drain_outbox(tools.store, tools.index, watcher)
    return ended


def _farewell(tools: Tools, endpoint: Endpoint) -> str:
    run = open_run(tools.store, endpoint.key)
    page = None if run is None else next_page(tools.store, run.id)
    place = "" if page is None else f" from page {page.number}"
    return f"oaihub: stopped; what was harvested is kept, and `oaihub harvest {endpoint.key}` goes on{place}"


def _hand_over(tools: Tools, endpoint: Endpoint, *, since: str | None, until: str | None, full: bool) -> Run:
    """Begin the run (or take the open one) and hint at it; the reconciler finds it even where the hint is lost."""
    try:
        run = begin_run(tools.harvesting, endpoint, since=since, until=until, full=full)
    except RunOpenError as error:
        run = error.run
    app = create_app(tools.broker.url, timeout_s=HINT_TIMEOUT_S)
    hint_waiting(tools.store, app, run.id, limit=endpoint.parallel)
    return run


def _say(tools: Tools, run: Run, *, as_json: bool) -> None:
    if as_json:
        print_json(described(tools.store, run))
    else:
        print_run(tools.store, run)


def _say_queued(tools: Tools, run: Run, *, as_json: bool) -> None:
    if as_json:
        print_json(described(tools.store, run))
    else:
        click.echo(f"run {run.id} of {run.endpoint} is left to the workers; `oaihub runs {run.id}` shows how it goes")
    try:
        tools.broker.ping()
    except BrokerAwayError as error:
        click.echo(f"the run waits for workers: {error}", err=True)
