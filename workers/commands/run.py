"""`oaihub run`: everything in one process tree; and those of its processes that are no command for people."""

import logging

import click

from harvester.errors import HarvestError
from harvester.settings import environment, read_settings
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import log_as_set, opened_tools
from workers.commands.output import json_log_option
from workers.commands.serve import listen_address, listen_option
from workers.demo_endpoints import have_demo_harvested, note_demo
from workers.logs import configure_logging
from workers.running import run_everything
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)


@click.command()
@listen_option
@click.option("--demo", is_flag=True, help="Serve a small repository of made-up records, and harvest it.")
@json_log_option
def run(listen: str | None, demo: bool, as_json: bool) -> int:
    """Run broker, workers, reconciler and pages until Ctrl-C; nothing is left behind, however it ends.

    With the settings as they are, everything lies in the data folder and no server is needed.
    """
    environ = environment()
    settings = read_settings(WorkerSettings, environ)
    as_json = as_json or settings.log_json
    configure_logging(settings.log_level, as_json=as_json)
    host, port = listen_address(listen)
    return run_everything(environ, host=host, port=port, demo=demo, as_json=as_json)


@click.command(hidden=True)
@click.option("--demo", is_flag=True)
@json_log_option
def prepare(demo: bool, as_json: bool) -> int:
    """Make store and index where there are none, before several processes would do it at once."""
    with opened_tools() as tools:
        log_as_set(tools, as_json=as_json)
        _ = tools.store, tools.index
        if demo:
            note_demo(tools.store, tools.harvester.data_dir)
    return DONE


@click.command(hidden=True)
@json_log_option
def demo(as_json: bool) -> int:
    """Have the demonstration repository harvested, which another process serves."""
    with opened_tools() as tools:
        log_as_set(tools, as_json=as_json)
        try:
            have_demo_harvested(tools)
        except HarvestError as error:
            log.error("the demonstration repository is not harvested", extra={"reason": str(error)})  # noqa: TRY400
            return FAILED
    return DONE
