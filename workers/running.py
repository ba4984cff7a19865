"""Everything on one machine: what `oaihub run` starts, in order, and what it says meanwhile."""

import http.client
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import msgspec

from harvester.room import told_full
from search_api.server import listen
from workers.broker import LOG_NAME, Broker
from workers.demo_endpoints import demo_program
from workers.errors import BrokerAwayError
from workers.lock import open_lock
from workers.processes.children import Child
from workers.processes.forking import Program
from workers.processes.starting import run_tied
from workers.processes.supervisor import Supervisor
from workers.sharing import share_with_processes
from workers.tools import Tools

BROKER_WITHIN_S: Final = 15.0
READY_WITHIN_S: Final = 120.0
ANY_HOST: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - and where they also answer

log = logging.getLogger(__name__)


def run_everything(environ: Mapping[str, str], *, host: str, port: int, demo: bool, as_json: bool = False) -> int:
    """Run all processes until a signal ends it, and then leave none of them behind.

    This process opens neither store nor index, and has one thread: the others are forked from it. With `as_json` it and
    they log in JSON, and what is printed is JSON, too. Gives the exit code: 0, or that of the process that could not
    open store or index, and has said why. Raises: DataFolderHeldError, ListenError, BrokerAwayError.
    """
    tools = Tools(environ)
    data_dir = tools.harvester.data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    host_here = ANY_HOST.get(host, host)
    page = f"http://{_address(host_here, port)}/"
    lock = open_lock(data_dir, page)
    supervisor = Supervisor()
    # Children work with the same folder wherever they start.
    ours = {**environ, "OAIHUB_DATA_DIR": str(data_dir), "OAIHUB_LOG_JSON": str(int(as_json))}
    try:
        listen(host, port).close()  # a clear word now instead of pages that never come
        _shared = share_with_processes(tools)
        options = [*(["--demo"] if demo else []), *(["--json"] if as_json else [])]
        if code := run_tied("prepare", _oaihub("prepare", *options), ours):
            return code
        with supervisor.signals():
            try:
                _start(supervisor, tools, ours, data_dir=data_dir, host=host, port=port, demo=demo)
                disk = _DiskWatch(data_dir)
                if supervisor.tend_until(lambda: disk.look() or _is_ready(host_here, port), within_s=READY_WITHIN_S):
                    _say_ready(page, as_json=as_json)
                elif not supervisor.stopping:
                    log.warning("not ready yet", extra={"url": page, "told_by": f"{page}readyz"})
                supervisor.tend_until(disk.look)
                log.info("stopping; a second Ctrl-C kills what is left")
            finally:
                supervisor.stop()
    finally:
        lock.close()
    return 0


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
    if demo:
        supervisor.start([Child("demo", demo_program(data_dir), ours)])
        beginning = Child("demo runs", _oaihub("demo"), ours)
        beginning.start(time.monotonic())
    processes = str(tools.workers.harvest_processes)
    supervisor.start(
        [
            Child("control", _oaihub("worker", "--queues", "control", "--beat"), ours),
            Child("index", _oaihub("worker", "--queues", "index"), ours),
            *([Child("doi", _oaihub("worker", "--queues", "doi"), ours)] if tools.harvester.asks_registries() else []),
            Child("harvest", _oaihub("worker", "--queues", "harvest", "--concurrency", processes), ours),
            Child("pages", _oaihub("serve", "--listen", _address(host, port)), ours),
        ]
    )
    if demo:
        supervisor.tend_until(lambda: not beginning.alive())  # it says what goes wrong; all else works without it
        beginning.kill()


def _say_ready(page: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"status": "ready", "url": page}))
    else:
        click.echo(f"oaihub: open {page}; what the workers do is at {page}operator (Ctrl-C ends everything)")


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


def _oaihub(*arguments: str) -> Program:
    return Program("workers.commands", arguments)


def _answers(broker: Broker) -> bool:
    try:
        broker.ping()
    except BrokerAwayError:
        return False
    finally:
        broker.close()  # nothing is open when the next process is forked
    return True


def _is_ready(host: str, port: int) -> bool:
    """Whether the pages answer and all behind them is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
