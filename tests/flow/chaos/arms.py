"""What the storm blows at: the full stack as the compose file starts it, and the tree of `oaihub run`."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import redis
from msgspec import Struct

from tests.flow.chaos import engines
from tests.flow.chaos.roles import find
from tests.flow.chaos.storm import Fault, Mending, freeze, send
from tests.flow.hub import OAIHUB, ROOT
from tests.services.elasticsearch_node import own_indices, start_elasticsearch
from tests.services.postgresql_server import own_database, start_postgresql
from tests.services.processes import free_port
from tests.services.redis_server import start_redis
from workers.broker import socket_path
from workers.processes.children import Child

LEASE_S = 3.0
FROZEN_S = 2 * LEASE_S
AWAY_S = 6.0
SEARCH_AWAY_S = 10.0
ORPHANS_WITHIN_S = 5.0

KILLS: dict[str, Fault] = {
    "pool killed": send("pool", signal.SIGKILL),
    "worker killed": send("worker", signal.SIGKILL),
    "worker told to end": send("worker", signal.SIGTERM),
    "index worker killed": send("indexer", signal.SIGKILL),
    "pool frozen": freeze("pool", FROZEN_S),
}
OURS: dict[str, Fault] = KILLS | {
    "repairer killed": send("repairer", signal.SIGKILL),
    "asker killed": send("asker", signal.SIGKILL),
}


class Arm(Struct):
    """The processes to start, their environment, and what can be done to them: again and again, or once.

    `left` are processes that outlived their parent.
    """

    environ: dict[str, str]
    children: list[Child]
    faults: dict[str, Fault]
    once: Sequence[str] = ()
    left: list[psutil.Process] = []

    @property
    def kinds(self) -> list[str]:
        """The kinds of faults that come again and again."""
        return [kind for kind in self.faults if kind not in self.once]


@contextmanager
def full_stack(folder: Path, registries_url: str) -> Iterator[Arm]:
    """PostgreSQL, Redis and Elasticsearch, a worker for each queue, and beat."""
    with server_engines() as (settings, faults), ExitStack() as stack:
        postgresql = stack.enter_context(start_postgresql())
        settings["OAIHUB_STORE_URL"] = stack.enter_context(own_database(postgresql.url))
        faults["store killed"] = engines.kill(postgresql, number=signal.SIGQUIT)
        environ = told(folder, registries_url) | settings
        children = [
            child(environ, "worker", "--queues", "control"),
            child(environ, "worker", "--queues", "index"),
            child(environ, "worker", "--queues", "doi"),
            child(environ, "worker", "--queues", "harvest", "--concurrency", "2"),
            child(environ, "beat"),
        ]
        faults["beat killed"] = send("beat", signal.SIGKILL)
        yield Arm(environ, children, OURS | faults, once=["search killed"])


@contextmanager
def server_engines() -> Iterator[tuple[dict[str, str], dict[str, Fault]]]:
    """Redis and Elasticsearch: the settings that name them, and what can be done to them."""
    with ExitStack() as stack:
        broker = stack.enter_context(start_redis())
        search = stack.enter_context(start_elasticsearch(fetch=os.environ.get("OAIHUB_TEST_FETCH") == "1"))
        client = stack.enter_context(redis.Redis.from_url(broker.url))
        index_url = stack.enter_context(own_indices(search.url))
        settings = {"OAIHUB_BROKER_URL": broker.url, "OAIHUB_INDEX_URL": index_url}
        faults = {
            "broker killed": engines.kill(broker),
            "broker away": engines.kill(broker, away_s=AWAY_S),
            "broker emptied": engines.empty(client),
            "search frozen": engines.stop(search, SEARCH_AWAY_S),
            "search killed": engines.kill(search),
        }
        yield settings, faults


@contextmanager
def one_tree(folder: Path, registries_url: str) -> Iterator[Arm]:
    """`oaihub run`: SQLite, tantivy and a broker of its own, in one tree of processes."""
    environ = told(folder, registries_url)
    left: list[psutil.Process] = []
    with redis.Redis(unix_socket_path=str(socket_path(folder))) as client:
        faults = OURS | {
            "broker killed": send("broker", signal.SIGKILL),
            "broker away": freeze("broker", AWAY_S, is_outage=True),
            "broker emptied": engines.empty(client),
            "parent killed": _orphan(left),
        }
        everything = child(environ, "run", "--listen", f"127.0.0.1:{free_port()}")
        yield Arm(environ, [everything], faults, once=["parent killed"], left=left)


def told(folder: Path, registries_url: str) -> dict[str, str]:
    """Give the environment of the processes; no setting of the machine gets in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OAIHUB_")}
    urls = dict.fromkeys(("OAIHUB_CROSSREF_URL", "OAIHUB_DATACITE_URL", "OAIHUB_DOI_URL"), registries_url)
    return (
        kept
        | urls
        | {
            "PYTHONPATH": str(ROOT),
            "OAIHUB_DATA_DIR": str(folder),
            "OAIHUB_CONTACT": "librarian@example.org",
            "OAIHUB_ALLOW_PRIVATE": "1",
            "OAIHUB_LEASE_S": str(LEASE_S),
            "OAIHUB_LOG_LEVEL": "ERROR",
            "OAIHUB_DISK_MARK": "0",
        }
    )


def child(environ: dict[str, str], *arguments: str, program: tuple[str, ...] = OAIHUB) -> Child:
    """Give a process that is started again whenever it ends."""
    return Child(" ".join(arguments), (*program, *arguments), environ)


def _orphan(left: list[psutil.Process]) -> Fault:
    """Kill the parent of all, and see whether anything outlives it."""

    def strike(_: object) -> Mending | None:
        parents = find("parent")
        if not parents:
            return None
        tree = [one for parent in parents for one in parent.children(recursive=True)]
        for parent in parents:
            parent.kill()
        _, alive = psutil.wait_procs(tree, timeout=ORPHANS_WITHIN_S)
        left.extend(alive)
        return Mending()

    return strike
