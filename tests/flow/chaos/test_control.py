"""The storm can do harm: a harvest that trusts the queue alone loses records in it."""

import json
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
from tests.flow.chaos.world import PAGES, REPOSITORIES, ROUNDS, World, mark
from workers.app import create_app
from workers.processes.supervisor import Supervisor

CELERY = (sys.executable, "-P", "-m", "celery", "-A", "tests.flow.chaos.naive")
PATIENCE_S = VISIBILITY_S + 10.0
"""After so long without a request a repository's round is taken to be over; what is lost comes back after less."""

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


class Chains:
    """Begins the chain of each repository again as soon as the one before has ended, or nothing is heard of it."""

    def __init__(self, world: World, environ: dict[str, str]) -> None:
        self._world = world
        self._environ = environ
        self._heard = [(0, 0.0)] * REPOSITORIES

    def go_on(self) -> bool:
        """Tell whether all rounds are over."""
        over = [self._go_on(number) for number in range(REPOSITORIES)]  # each, not only up to the first that is not
        return all(over)

    def _go_on(self, number: int) -> bool:
        world, now = self._world, time.monotonic()
        served = world.moods[number].good
        if served != self._heard[number][0]:
            self._heard[number] = served, now
        is_over = world.rounds[number] == 0 or now - self._heard[number][1] > PATIENCE_S
        if is_over and world.rounds[number] < ROUNDS:
            world.turn(number)
            self._heard[number] = served, now
            self._begin(number)
            return False
        return is_over

    def _begin(self, number: int) -> None:
        app = create_app(self._environ["OAIHUB_BROKER_URL"])
        url, round_ = self._world.repositories[number].url, self._world.rounds[number]
        app.send_task("harvester.naive_page", (url, round_, 1, None), retry=True)
        app.close()


def test_harvest_that_trusts_the_queue_alone_fails(tmp_path: Path, pytestconfig, capsys) -> None:
    world = World(FIXED_SEED, delay_s=DELAY_S)
    try:
        with queue_alone(tmp_path) as arm:
            send("PUT", arm.environ["OAIHUB_INDEX_URL"], b'{"mappings": {"dynamic": false}}')
            dice = random.Random(FIXED_SEED)
            storm = Storm(arm.faults, plan_of(arm.kinds, arm.once, dice), dice)
            chains, supervisor = Chains(world, arm.environ), Supervisor()

            def over() -> bool:
                storm.blow(world.served / PAGES)
                return storm.is_mended and chains.go_on()

            try:
                supervisor.start(arm.children)
                supervisor.tend_until(over, within_s=ENOUGH_S)
            finally:
                storm.calm()
                supervisor.stop()
            lost, stale = count_faults(arm.environ["OAIHUB_INDEX_URL"], world)
    finally:
        world.close()
    line = (
        f"queue alone, seed {FIXED_SEED}: faults {len(storm.struck)}, troubles {world.troubles}, "
        f"pages {world.served} of {PAGES}, lost {lost}, stale {stale}"
    )
    with capsys.disabled():
        pytestconfig.get_terminal_writer().line(f"\n{line}")
    assert lost + stale > 0, line


def count_faults(index_url: str, world: World) -> tuple[int, int]:
    """Give how many records are not in the index, and how many are there as they once were."""
    send("POST", f"{index_url}/_refresh")
    asked = json.dumps({"size": 10_000, "track_total_hits": True}).encode()
    held = {hit["_id"]: hit["_source"] for hit in send("POST", f"{index_url}/_search", asked)["hits"]["hits"]}
    lost = stale = 0
    for (_, identifier), said in world.truth().items():
        found = held.get(identifier)
        if found is None:
            lost += 1
        else:
            stale += found["deleted"] != said.deleted or (not said.deleted and mark(said.round) not in found["text"])
    return lost, stale
