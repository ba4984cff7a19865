"""`oaihub run`: everything in one process tree; and those of its processes that are no command for people."""

import contextlib
import signal

import click

from harvester.settings import environment, read_settings
from workers.commands.failing import DONE
from workers.commands.opening import log_as_set, opened_tools
from workers.commands.output import json_log_option
from workers.commands.serve import listen_address, listen_option
from workers.demo_endpoints import run_demo
from workers.logs import configure_logging
from workers.running import run_everything
from workers.settings import WorkerSettings


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
@json_log_option
def prepare(as_json: bool) -> int:
    """Make store and index where there are none, before several processes would do it at once."""
    with opened_tools() as tools:
        log_as_set(tools, as_json=as_json)
        _ = tools.store, tools.index
    return DONE


@click.command(hidden=True)
@json_log_option
def demo(as_json: bool) -> int:
    """Serve the demonstration repository until stopped, and have it harvested."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both signals end it in the same orderly way
    with opened_tools() as tools:
        log_as_set(tools, as_json=as_json)
        with contextlib.suppress(KeyboardInterrupt):
            run_demo(tools)
    return DONE
