"""kill -9 at any moment of a harvest: the same records in the end, and hardly a page fetched twice."""

import os
import random
import signal
import time

import pytest

from harvester.harvest import begin_run
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.runs import get_run
from tests.faults import slow
from tests.harvester.harvesting import keep, live, open_here
from tests.harvester.zygote import Zygote
from tests.repository import Repository, made_entries

RECORDS = 300
PAGE_SIZE = 5
KILLS_EACH = 20
SEEDS = range(5)


@pytest.fixture(scope="module")
def zygote():
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_harvest_that_is_killed_twenty_times_ends_as_if_nothing_had_been(zygote, tmp_path, request, engine, seed):
    settings = {"lease_s": 0.4}
    if engine == "postgresql":
        settings["store_url"] = request.getfixturevalue("fresh_postgresql_url")
    dice = random.Random(seed)
    kills = 0
    with Repository(made_entries(RECORDS, deleted_every=9), page_size=PAGE_SIZE) as repository:
        repository.misbehave(slow(0.02), times=None)
        with open_here(tmp_path, **settings) as harvesting:
            endpoint = keep(harvesting, repository.url)
            run = begin_run(harvesting, get_endpoint(harvesting.store, endpoint.key)).id
            while get_run(harvesting.store, run).ended is None:
                pid = zygote.fork(tmp_path, run, **settings)
                if kills < KILLS_EACH:
                    time.sleep(dice.uniform(0.02, 0.35))
                    os.kill(pid, signal.SIGKILL)
                    kills += zygote.wait() == -signal.SIGKILL
                else:
                    assert zygote.wait() == 0
            ended = get_run(harvesting.store, run)
            assert kills == KILLS_EACH
            assert (ended.state, ended.balance.received) == ("complete", RECORDS)
            assert live(harvesting) == {entry.identifier for entry in repository.entries if not entry.deleted}
            pages = list_pages(harvesting.store, run)
            assert len(pages) == RECORDS // PAGE_SIZE
            assert len(repository.pages_served) <= len(pages) + kills
            bodies = [harvesting.archive.read(page.location) for page in pages]
    assert [body.count(b"<record>") for body in bodies] == [PAGE_SIZE] * len(pages)
