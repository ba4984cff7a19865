"""`oaihub worker` and `oaihub beat`: processes that work for the queues."""

from pathlib import Path

import click

from harvester.settings import environment
from workers.app import QUEUES, create_app
from workers.commands.failing import DONE
from workers.commands.opening import log_as_set
from workers.commands.output import json_log_option
from workers.errors import UsageError
from workers.tools import Tools

ALIVE = click.option(
    "--alive",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Touch this file while the main loop goes on; `oaihub alive FILE` looks at it.",
)


@click.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Queues to work for, by commas.")
@click.option("--concurrency", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@click.option(
    "--beat", is_flag=True, help="Send the ticks of schedules and reconciler, too; for a worker of `control` alone."
)
@ALIVE
@json_log_option
def worker(*, queues: str, concurrency: int, beat: bool, alive: Path | None, as_json: bool) -> int:
    """Work for the queues until stopped: SIGTERM finishes the page in work, SIGQUIT leaves it to the others.

    `control` deserves a process of its own, so that no flood of pages delays the reconciler. The index that is
    embedded takes one process for `index`.
    """
    from workers.working import is_solo, run_worker  # noqa: PLC0415 - Celery's worker is slow to import

    names = _queue_names(queues)
    if beat and not is_solo(names, concurrency):
        raise UsageError("--beat is for a worker of `--queues control`; beside others run `oaihub beat`")
    return run_worker(_open_tools(as_json=as_json), names, processes=concurrency, beat=beat, alive=alive)


@click.command()
@ALIVE
@json_log_option
def beat(alive: Path | None, as_json: bool) -> int:
    """Send the ticks of the schedules and of the reconciler until stopped. Two at once do no harm."""
    from workers.working import run_beat  # noqa: PLC0415 - as above

    tools = _open_tools(as_json=as_json)
    run_beat(create_app(tools.broker.url), tools.harvester.resolved_store_url(), alive)
    return DONE


def _open_tools(*, as_json: bool) -> Tools:
    """Give the tools of a process that works for the queues. Raises: BrokerAwayError.

    An embedded broker is there only while `oaihub run` is; another may be late, and Celery waits for it.
    """
    tools = Tools(environment())
    if tools.broker.command is not None:
        tools.broker.ping()
    log_as_set(tools, as_json=as_json)
    return tools


def _queue_names(queues: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in queues.split(",") if name.strip())
    unknown = [name for name in names if name not in QUEUES]
    if unknown or not names:
        raise UsageError(f"--queues {queues!r}: choose from {', '.join(QUEUES)}")
    return names
