"""`oaihub harvest`: one endpoint, in this process, from the repository to the index."""

import sys
from typing import Final

import click

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run
from harvester.store.dois import count_due
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.imports import find_import
from harvester.store.ledger.pages import next_page
from harvester.store.ledger.runs import Run, RunOpenError, get_run, list_runs, open_run
from harvester.store.registries.batches import count_new_dois
from harvester.vanished import settle_plans
from indexer.errors import IndexingError
from workers.app import HINT_TIMEOUT_S, create_app
from workers.commands.datestamps import DATESTAMP, check_order
from workers.commands.dumps import harvest_dump
from workers.commands.endpoints.findings import one_line
from workers.commands.failing import DONE, INTERRUPTED
from workers.commands.indexing import indexed_after
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json
from workers.commands.progress import Bar, Lines
from workers.commands.runs.balance import print_run, run_exit_code
from workers.commands.runs.commands import described
from workers.enrolling import endpoint_for
from workers.errors import UsageError
from workers.foreground import IndexPausedError, begin_or_resume, harvest_run
from workers.hints import hint_waiting
from workers.importing import dump_path
from workers.surveying import Surveyed
from workers.tools import Tools

LONGEST_PAUSE_S: Final = 60.0


@click.command()
@click.argument("what", metavar="KEY|URL|FOLDER|FILE")
@click.option(
    "--prefix", help="metadataPrefix of a new endpoint.  [default: the richest, or what the saved answers are in]"
)
@click.option("--set", "sets", multiple=True, help="Set of a new endpoint; may be repeated.")
@click.option(
    "--from",
    "since",
    type=DATESTAMP,
    is_eager=True,
    help="Only records changed at or after this date (or time, in UTC).",
)
@click.option("--until", type=DATESTAMP, callback=check_order, help="Only records changed at or before this date.")
@click.option("--full", is_flag=True, help="Everything, not only what changed; finds what is gone.")
@click.option("--allow-private", is_flag=True, help="The repository may be at a private or loopback address.")
@click.option("--queue", is_flag=True, help="Leave the work to the workers.")
@click.option("--key", help="Key of the endpoint that an import makes.  [default: from the name of the folder or file]")
@click.option("--into", metavar="KEY", help="Endpoint that the imported records are to be of.")
@json_option
def harvest(
    *,
    what: str,
    prefix: str | None,
    sets: tuple[str, ...],
    since: str | None,
    until: str | None,
    full: bool,
    allow_private: bool,
    queue: bool,
    key: str | None,
    into: str | None,
    as_json: bool,
) -> int:
    """Harvest an endpoint, by its key or by the URL of its repository, and index what is new.

    An URL that is new becomes an endpoint, which is kept. The second harvest asks only for what changed. A harvest
    that was stopped goes on where it stood.

    A FOLDER or FILE of saved answers (XML, also packed by gzip, bzip2, xz or zstd, and in tar archives) is imported as
    if they came from a repository. Its endpoint gets the name of the folder, or --into names one that there is. Of
    answers in several formats those in --prefix are taken.
    """
    with opened_tools() as tools:
        path = dump_path(tools.store, what)
        if path is not None:
            if sets or since or until or full or allow_private or queue:
                raise UsageError("an import takes --prefix, --key and --into, and nothing else that selects")
            if get_endpoint(tools.store, what) is not None:
                into = into or what
            return harvest_dump(tools, path, key=key, prefix=prefix, into=into, as_json=as_json)
        if key or into:
            raise UsageError(f"--key and --into are for the import of a folder or file, and {what} is none")
        found: list[str] = []
        endpoint = endpoint_for(
            tools.harvesting,
            what,
            prefix=prefix,
            sets=sets,
            allow_private=allow_private,
            tell=lambda surveyed: _tell(surveyed, found),
        )
        _refuse_import(tools, endpoint)
        if queue:
            run = _hand_over(tools, endpoint, since=since, until=until, full=full)
            _say_queued(tools, run, as_json=as_json)
            return DONE
        try:
            run = _harvest_here(tools, endpoint, since=since, until=until, full=full)
        except KeyboardInterrupt:
            click.echo(_farewell(tools, endpoint), err=True)
            return INTERRUPTED
        except (IndexingError, IndexPausedError):  # what was harvested is kept, and is told first
            _say(tools, list_runs(tools.store, endpoint.key, limit=1)[0], as_json=as_json)
            raise
        _say(tools, run, as_json=as_json)
        for line in [*found, *_waiting_dois(tools)] if not as_json else ():
            click.echo(line)
        return run_exit_code(run)


def _waiting_dois(tools: Tools) -> list[str]:
    """Say how many DOIs wait to be asked for, where somebody will ask: a harvest does not wait for them."""
    if not tools.harvester.asks_registries():
        return []
    waiting = count_due(tools.store, tools.store.now())[0] + count_new_dois(tools.store)
    return [f"{waiting:,} DOIs wait for their registries: `oaihub dois fetch` asks now"] if waiting else []


def _tell(surveyed: Surveyed, later: list[str]) -> None:
    """Say in one line what a new repository is: at once on a terminal, else below the balance."""
    line = plain(one_line(surveyed))
    if sys.stderr.isatty():
        click.echo(line, err=True)
    else:
        later.append(line)


def _harvest_here(tools: Tools, endpoint: Endpoint, *, since: str | None, until: str | None, full: bool) -> Run:
    with (Bar if sys.stderr.isatty() else Lines)(endpoint.key) as watcher:
        run = begin_or_resume(tools.harvesting, endpoint, watcher, since=since, until=until, full=full)
        with indexed_after(tools, watcher):
            ended = harvest_run(tools.harvesting, run, lambda: tools.index, watcher)
            settle_plans(tools.harvesting, endpoint.key, pause_s=LONGEST_PAUSE_S)
    return get_run(tools.store, ended.id) or ended


def _refuse_import(tools: Tools, endpoint: Endpoint) -> None:
    """Raise UsageError where a dump is being imported into the endpoint: only the import can end that run."""
    found = find_import(tools.store, endpoint.key)
    if found is not None:
        raise UsageError(
            f"run {found.run.id} imports a dump into {endpoint.key} and is not finished: "
            f"`oaihub harvest {found.source} --into {endpoint.key}` goes on with it"
        )


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
    if away := tools.broker.trouble():
        click.echo(f"the run waits for workers: {away}", err=True)
