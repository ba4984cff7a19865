"""Kill -9 of busy workers and an emptied Redis, again and again in the middle of a harvest: nothing lost or twice."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run
from harvester.harvesting import Harvesting, open_harvesting
from harvester.settings import HarvesterSettings, read_settings
from harvester.store.endpoints import put_endpoint
from harvester.store.items import count_items, iter_items
from harvester.store.ledger.runs import Balance, get_run, run_balance
from harvester.store.outbox import outbox_depth
from indexer.engines import open_index
from indexer.query import Query
from tests.faults import Answer
from tests.repository import Repository, made_entries
from workers.processes.children import Child
from workers.processes.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
RECORDS = 5_000
PAGE_SIZE = 100
EACH = 10
ENOUGH_S = 240

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def chaos_redis(redis_url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(redis_url, db=12)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(params=["embedded", "servers"])
def environ(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> dict[str, str]:
    """What the workers are told: all state in one folder, or store and index on servers."""
    told = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OAIHUB_DATA_DIR": str(tmp_path),
        "OAIHUB_BROKER_URL": redis_url.rpartition("/")[0] + "/12",
        "OAIHUB_LEASE_S": "2",
        "OAIHUB_LOG_LEVEL": "ERROR",
    }
    if request.param == "servers":
        told["OAIHUB_STORE_URL"] = request.getfixturevalue("fresh_postgresql_url")
        told["OAIHUB_INDEX_URL"] = request.getfixturevalue("fresh_elasticsearch_url")
    return told


class Storm:
    """Faults in turn, a kill and a flush, each time after the harvest has moved on, until each came ten times."""

    def __init__(self, children: dict[str, Child], client: redis.Redis, harvesting: Harvesting, run: int) -> None:
        self.kills = self.flushes = 0
        self._children = children
        self._client = client
        self._harvesting = harvesting
        self._run = run
        self._seen = -1
        self._dice = random.Random(20260101)

    def strike(self) -> None:
        """Do the next fault if pages were stored since the last one."""
        received = run_balance(self._harvesting.store, self._run).received
        if received in {self._seen, 0} or self.kills == self.flushes == EACH:
            return
        self._seen = received
        if self.kills <= self.flushes:
            self.kills += self._kill()
        else:
            self._client.flushall()
            self.flushes += 1

    def _kill(self) -> bool:
        """Kill a process of the harvest pool, the whole harvest worker, or the index worker."""
        name = self._dice.choice(["pool", "pool", "harvest", "index"])
        pid = self._children["harvest" if name == "pool" else name].pid
        if pid is None:
            return False
        worker = psutil.Process(pid)
        victims = worker.children() if name == "pool" else [worker]
        if not victims:
            return False
        self._dice.choice(victims).kill()
        return True


def slowly(answer: Answer) -> Answer:
    """Give a page after a while, so that there is a middle of the harvest to disturb."""
    return replace(answer, delay_s=0.15)


def workers(environ: dict[str, str]) -> dict[str, Child]:
    def child(name: str, *arguments: str) -> Child:
        command = (sys.executable, "-P", "-m", "workers.commands", "worker", "--queues", name, *arguments)
        return Child(name, command, environ)

    return {
        "control": child("control", "--beat"),
        "index": child("index"),
        "harvest": child("harvest", "--concurrency", "2"),
    }


def test_kills_and_an_emptied_broker_lose_nothing(environ: dict[str, str], chaos_redis: redis.Redis) -> None:
    harvesting = open_harvesting(read_settings(HarvesterSettings, environ))
    supervisor = Supervisor()
    children = workers(environ)
    with Repository(made_entries(RECORDS), page_size=PAGE_SIZE) as repository:
        repository.misbehave(slowly, times=None)
        endpoint = Endpoint(key="chaos", base_url=repository.url, allow_private=True)
        put_endpoint(harvesting.store, endpoint)
        run = begin_run(harvesting, endpoint)
        storm = Storm(children, chaos_redis, harvesting, run.id)

        def settled() -> bool:
            storm.strike()
            ended = get_run(harvesting.store, run.id)
            return ended is not None and ended.state is not None and outbox_depth(harvesting.store).waiting == 0

        try:
            supervisor.start(list(children.values()))
            assert supervisor.tend_until(settled, within_s=ENOUGH_S)
        finally:
            supervisor.stop()
        asked = len(repository.pages_served)

    ended = get_run(harvesting.store, run.id)
    assert ended is not None
    assert (storm.kills, storm.flushes) == (EACH, EACH)
    assert ended.state == "complete"
    assert ended.balance == Balance(received=RECORDS, new=RECORDS)
    assert asked - RECORDS // PAGE_SIZE <= storm.kills + storm.flushes
    assert count_items(harvesting.store) == (RECORDS, 0)
    stored = {item.id for item in iter_items(harvesting.store)}
    harvesting.close()

    index = open_index(environ.get("OAIHUB_INDEX_URL", "embedded:"), data_dir=Path(environ["OAIHUB_DATA_DIR"]))
    index.create()
    index.refresh()
    indexed = [item_id for item_id, _, deleted in index.versions() if not deleted]
    assert len(indexed) == RECORDS
    assert set(indexed) == stored
    assert index.search(Query(text="record")).total == RECORDS
    index.close()
