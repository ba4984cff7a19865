"""`oaihub run`: everything in one process tree."""

import click

from harvester.settings import environment, read_settings
from workers.commands.failing import DONE
from workers.commands.output import json_log_option
from workers.commands.serve import listen_address, listen_option
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
    run_everything(environ, host=host, port=port, demo=demo, as_json=as_json)
    return DONE
