"""Six repositories are harvested in a storm of faults, and nothing is lost, stale, or there twice."""

import os
import random
import secrets
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from harvester.harvesting import open_harvesting
from harvester.settings import HarvesterSettings, read_settings
from harvester.store.endpoints import put_endpoint
from indexer.engines import open_index
from indexer.query import Query
from tests.flow.chaos.arms import Arm, full_stack, one_tree
from tests.flow.chaos.judge import Figures, judge_index, judge_ledger, judge_pace, judge_world, table
from tests.flow.chaos.people import People
from tests.flow.chaos.roles import ours
from tests.flow.chaos.storm import Storm, plan_of
from tests.flow.chaos.world import PAGES, ROUNDS, World, mark
from tests.flow.hub import OAIHUB
from workers.processes.supervisor import Supervisor

FIXED_SEED = 20261130
DELAY_S = 0.3
FAULTS = 25
ENOUGH_S = 900
GOES_ON_WITHIN_S = 15.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


def seed_of(fixed: bool) -> int:
    """Give the seed of a storm: OAIHUB_TEST_CHAOS_SEED, or the fixed one, or a fresh one."""
    given = os.environ.get("OAIHUB_TEST_CHAOS_SEED")
    return int(given) if given else FIXED_SEED if fixed else secrets.randbelow(1_000_000)


@pytest.mark.parametrize(("arm", "fixed"), [(full_stack, True), (one_tree, False)], ids=["full stack", "one tree"])
def test_storm_loses_nothing(
    arm: Callable[[Path, str], AbstractContextManager[Arm]],
    fixed: bool,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    seed = seed_of(fixed)
    record_property("told", f"chaos, {arm.__name__}: OAIHUB_TEST_CHAOS_SEED={seed}")
    slack = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    world = World(seed, delay_s=DELAY_S)
    try:
        with arm(tmp_path, world.registries.url) as stage:
            figures, waited, settled = weather(stage, world, seed)
    finally:
        world.close()
    told = table(f"chaos, {arm.__name__}, seed {seed}, load a core at the start {slack:.1f}", figures)
    waits = [f"  {kind:20} next page after {', '.join(f'{s:.1f}' for s in waited[kind])} s" for kind in sorted(waited)]
    record_property("told", "\n".join([told, *waits]))
    assert settled, told
    assert figures.wrong() == {}, told
    assert figures.faults == FAULTS
    assert set(waited) >= set(stage.faults)
    assert figures.fetched_again <= figures.faults, told
    assert figures.next_page_worst_s <= GOES_ON_WITHIN_S * slack, told


def weather(arm: Arm, world: World, seed: int) -> tuple[Figures, dict[str, list[float]], bool]:
    """Harvest the world in a storm; give what became of it, by fault how soon work went on, and whether it settled."""
    harvesting = open_harvesting(read_settings(HarvesterSettings, arm.environ))
    for endpoint in world.endpoints():
        put_endpoint(harvesting.store, endpoint)
    dice = random.Random(seed)
    storm = Storm(arm.faults, plan_of(arm.kinds, arm.once, dice, FAULTS), dice)
    people = People(world, harvesting, arm.environ)
    supervisor = Supervisor()
    started = time.monotonic()

    def settled() -> bool:
        progress = world.served / PAGES
        storm.blow(progress)
        world.wait_for_storm(is_behind=storm.is_behind(progress))
        return people.work(min(1.0, progress)) and storm.is_over

    try:
        supervisor.start(arm.children)
        is_settled = supervisor.tend_until(settled, within_s=ENOUGH_S)
        seconds = time.monotonic() - started
    finally:
        storm.calm()
        everybody = ours()
        supervisor.stop()
    figures = Figures(seconds=seconds)
    _, alive = psutil.wait_procs(everybody, timeout=5)
    figures.processes_left = len(alive) + len(arm.left)
    waited = judge_pace(figures, harvesting.store, storm.struck)
    judge_world(figures, harvesting, world, people.made)
    judge_ledger(figures, harvesting.store)
    harvesting.close()
    checked = subprocess.run(
        [*OAIHUB, "check", "--json"], env=arm.environ, capture_output=True, text=True, check=False, timeout=300
    )
    judge_index(figures, checked.stdout, found_by_round(arm), world)
    return figures, waited, is_settled


def found_by_round(arm: Arm) -> dict[int, int]:
    """Search for what records said in each round; give how many items are found."""
    index = open_index(arm.environ.get("OAIHUB_INDEX_URL", "embedded:"), data_dir=Path(arm.environ["OAIHUB_DATA_DIR"]))
    index.create()
    index.refresh()
    found = {round_: index.search(Query(text=mark(round_))).total for round_ in range(1, ROUNDS + 1)}
    index.close()
    return found
