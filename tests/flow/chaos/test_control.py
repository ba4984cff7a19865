"""The storm can do harm: a harvest that trusts the queue alone loses records in the first third of it."""

import json
import math
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flow.chaos.arms import KILLS, Arm, child, server_engines, told
from tests.flow.chaos.naive import VISIBILITY_S, send
from tests.flow.chaos.storm import Storm, plan_of
from tests.flow.chaos.test_storm import DELAY_S, ENOUGH_S, FIXED_SEED
from tests.flow.chaos.world import PAGES, ROUNDS, World
from workers.app import create_app
from workers.processes.supervisor import Supervisor

CELERY = (sys.executable, "-P", "-m", "celery", "-A", "tests.flow.chaos.naive")
PATIENCE_S = VISIBILITY_S + 10.0
"""After so long without a request the harvest is taken to be over; what can come back comes after less."""
ASKED = PAGES // ROUNDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


@contextmanager
def queue_alone(folder: Path) -> Iterator[Arm]:
    """Redis, Elasticsearch and two workers of Celery."""
    with server_engines() as (settings, faults):
        environ = told(folder, "") | settings
        children = [
            child(environ, "worker", "--queues", "index", "--concurrency", "1", program=CELERY),
            child(environ, "worker", "--queues", "harvest", "--concurrency", "2", program=CELERY),
        ]
        yield Arm(environ, children, KILLS | faults, once=["search killed"])


class Silence:
    """Tells when nothing is heard any more of the chains of all repositories: they have ended, or are lost."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._heard = (0, math.inf)

    def is_long(self) -> bool:
        served, now = self._world.served, time.monotonic()
        if served != self._heard[0]:
            self._heard = served, now
        return now - self._heard[1] > PATIENCE_S


def begin(world: World, broker_url: str) -> None:
    """Have the chain of each repository begin."""
    app = create_app(broker_url)
    for number, repository in enumerate(world.repositories):
        world.turn(number)
        app.send_task("harvester.naive_page", (repository.url, world.rounds[number], 1, None), retry=True)
    app.close()


def test_harvest_that_trusts_the_queue_alone_fails(tmp_path: Path, record_property) -> None:
    world = World(FIXED_SEED, delay_s=DELAY_S)
    try:
        with queue_alone(tmp_path) as arm:
            send("PUT", arm.environ["OAIHUB_INDEX_URL"], b'{"mappings": {"dynamic": false}}')
            dice = random.Random(FIXED_SEED)
            storm = Storm(arm.faults, plan_of(arm.kinds, arm.once, dice, len(arm.faults)), dice)
            supervisor = Supervisor()
            begin(world, arm.environ["OAIHUB_BROKER_URL"])
            silence = Silence(world)

            def over() -> bool:
                progress = world.served / ASKED
                storm.blow(progress)
                world.wait_for_storm(is_behind=storm.is_behind(progress))
                return storm.is_mended and silence.is_long()

            try:
                supervisor.start(arm.children)
                assert supervisor.tend_until(over, within_s=ENOUGH_S)
            finally:
                storm.calm()
                supervisor.stop()
            lost = count_lost(arm.environ["OAIHUB_INDEX_URL"], world)
    finally:
        world.close()
    line = (
        f"queue alone, seed {FIXED_SEED}: faults {len(storm.struck)}, troubles {world.troubles}, "
        f"pages {world.served} of {ASKED}, lost {lost}"
    )
    record_property("told", line)
    assert lost > 0, line


def count_lost(index_url: str, world: World) -> int:
    """Give how many records are not in the index."""
    send("POST", f"{index_url}/_refresh")
    asked = json.dumps({"size": 10_000, "_source": False}).encode()
    held = {hit["_id"] for hit in send("POST", f"{index_url}/_search", asked)["hits"]["hits"]}
    return len({identifier for _, identifier in world.truth()} - held)
