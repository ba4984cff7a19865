"""Everything on one machine: what `oaihub run` starts, in order, and what it says meanwhile."""

import http.client
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import msgspec

from harvester.errors import HarvestError
from harvester.room import told_full
from search_api.server import listen
from workers.broker import LOG_NAME, Broker
from workers.demo_endpoints import begin_demo, demo_answers, demo_base_url, demo_command
from workers.errors import BrokerAwayError
from workers.hints import hint_waiting
from workers.lock import open_lock
from workers.processes.children import Child
from workers.processes.supervisor import Supervisor
from workers.tools import Tools

BROKER_WITHIN_S: Final = 15.0
DEMO_WITHIN_S: Final = 15.0
READY_WITHIN_S: Final = 120.0

log = logging.getLogger(__name__)


def run_everything(environ: Mapping[str, str], *, host: str, port: int, demo: bool, as_json: bool = False) -> None:
    """Run all processes until a signal ends it, and then leave none of them behind.

    With `as_json` it and they log in JSON, and what is printed is JSON, too. Raises: DataFolderHeldError, ListenError,
    BrokerAwayError, and what opening the store and the index raises.
    """
    tools = Tools(environ)
    data_dir = tools.harvester.data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    page = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"  # noqa: S104 - any address also answers there
    lock = open_lock(data_dir, page)
    supervisor = Supervisor()
    try:
        listen(host, port).close()  # a clear word now instead of pages that never come
        _prepare(tools)
        with supervisor.signals():
            try:
                # Children work with the same folder wherever they start.
                ours = {**environ, "OAIHUB_DATA_DIR": str(data_dir), "OAIHUB_LOG_JSON": str(int(as_json))}
                _start(supervisor, tools, ours, data_dir=data_dir, host=host, port=port, demo=demo)
                disk = _DiskWatch(data_dir)
                if supervisor.tend_until(lambda: disk.look() or _is_ready(host, port), within_s=READY_WITHIN_S):
                    _say_ready(page, as_json=as_json)
                elif not supervisor.stopping:
                    log.warning("not ready yet", extra={"url": page, "told_by": f"{page}readyz"})
                supervisor.tend_until(disk.look)
                log.info("stopping; a second Ctrl-C kills what is left")
            finally:
                supervisor.stop()
    finally:
        lock.close()
        tools.close()


def _start(
    supervisor: Supervisor,
    tools: Tools,
    environ: Mapping[str, str],
    *,
    data_dir: Path,
    host: str,
    port: int,
    demo: bool,
) -> None:
    broker = tools.broker
    ours = {**environ, "OAIHUB_BROKER_URL": broker.url}  # as it is, whoever runs it
    if broker.command is not None:
        supervisor.start([Child("broker", broker.command, ours)])
    if not supervisor.tend_until(lambda: _answers(broker), within_s=BROKER_WITHIN_S):
        if supervisor.stopping:
            return
        told = broker.advice(f"its log is {data_dir / 'broker' / LOG_NAME}") if broker.command else broker.hint
        raise BrokerAwayError(f"the broker does not answer within {BROKER_WITHIN_S:.0f} s: {told}")
    processes = str(tools.workers.harvest_processes)
    supervisor.start(
        [
            Child("control", _oaihub("worker", "--queues", "control", "--beat"), ours),
            Child("index", _oaihub("worker", "--queues", "index"), ours),
            *([Child("dois", _oaihub("worker", "--queues", "doi"), ours)] if tools.harvester.asks_registries() else []),
            Child("harvest", _oaihub("worker", "--queues", "harvest", "--concurrency", processes), ours),
            Child("pages", _oaihub("serve", "--listen", f"{host}:{port}"), ours),
        ]
    )
    if demo:
        _start_demo(supervisor, tools, ours)


def _start_demo(supervisor: Supervisor, tools: Tools, environ: Mapping[str, str]) -> None:
    """Serve the demonstration repository and have it harvested; without it everything else still works."""
    base_url = demo_base_url(tools.store)
    supervisor.start([Child("demo", demo_command(base_url), environ)])
    if not supervisor.tend_until(lambda: demo_answers(base_url), within_s=DEMO_WITHIN_S):
        if not supervisor.stopping:
            log.error("the demonstration repository does not answer", extra={"url": base_url})
        return
    try:
        runs = begin_demo(tools.harvesting, base_url)
    except HarvestError as error:
        log.error("the demonstration repository is not harvested", extra={"reason": str(error)})  # noqa: TRY400
        return
    for run in runs:
        hint_waiting(tools.store, tools.hinting, run, limit=1)


def _say_ready(page: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"status": "ready", "url": page}))
    else:
        click.echo(f"oaihub: open {page}; what the workers do is at {page}operator (Ctrl-C ends everything)")


class _DiskWatch:
    """Logs when the disk of the data folder is full, which is why much else fails then, and when it is no more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._full = False

    def look(self) -> bool:
        """Look at the disk; there is nothing that this would end."""
        told = told_full(self._folder)
        if told and not self._full:
            log.error("disk full", extra={"reason": told})
        elif self._full and not told:
            log.info("disk has room again", extra={"folder": str(self._folder)})
        self._full = bool(told)
        return False


def _oaihub(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "workers.commands", *arguments)


def _prepare(tools: Tools) -> None:
    """Make store and index where there are none, before several processes would do it at once."""
    for _ in (tools.store, tools.index):
        pass
    tools.close()


def _answers(broker: Broker) -> bool:
    try:
        broker.ping()
    except BrokerAwayError:
        return False
    return True


def _is_ready(host: str, port: int) -> bool:
    """Whether the pages answer and all behind them is ready."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
