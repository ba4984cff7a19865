"""`oaihub alive`: whether a worker's or beat's main loop goes on, for health checks of containers."""

from pathlib import Path

import click

from workers.commands.failing import DONE, FAILED
from workers.commands.output import json_option, print_json
from workers.liveness import is_alive


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--within", default=30.0, show_default=True, type=click.FloatRange(0), help="Seconds since the last sign."
)
@json_option
def alive(file: Path, within: float, as_json: bool) -> int:
    """Tell by exit code 0 or 1 whether the process that was started with `--alive FILE` has given a sign of late.

    A worker without a pool (queue index or control alone) gives none within a task: allow it as long as a task takes.
    """
    lives = is_alive(file, within)
    if as_json:
        print_json({"alive": lives})
    elif not lives:
        click.echo(f"{file} was not touched within {within:g} s: the process hangs, or has ended", err=True)
    return DONE if lives else FAILED
