"""kill -9 of processes that ask for DOIs: nothing is lost, and the others go on."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from harvester.enriching import can_ask
from harvester.store import open_store
from harvester.store.dois import count_dois, enqueue_dois, read_registered
from harvester.store.registries.notices import get_look, is_look_due
from tests.registries import made_work, serving

ROOT = Path(__file__).parents[3]
WORKS = 600


RETRACTION = {"update-to": [{"DOI": "10.5555/Made.1", "type": "retraction"}]}


def start(folder, url, store_url):
    command = [sys.executable, Path(__file__).with_name("asking.py"), folder, url, store_url, "30"]
    return subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_workers_that_are_killed_lose_no_doi(tmp_path, request, engine):
    in_postgresql = engine == "postgresql"
    store_url = (
        request.getfixturevalue("fresh_postgresql_url") if in_postgresql else f"sqlite:///{tmp_path / 's.sqlite'}"
    )
    dice = random.Random(1)
    with serving(delay_s=0.2) as registries, open_store(store_url) as store:
        works = list(map(made_work, range(WORKS)))
        registries.register("Crossref", *works)
        with store.begin() as connection:
            enqueue_dois(connection, [work["DOI"].lower() for work in works] + ["10.5555/never"], time.time() - 1)
        workers = [start(tmp_path, registries.url, store_url) for _ in range(2)]
        for _ in range(3):
            time.sleep(dice.uniform(1.5, 2.5))
            victim = workers.pop(0)
            victim.kill()
            victim.wait()
            workers.append(start(tmp_path, registries.url, store_url))
        for worker in workers:
            worker.wait(timeout=60)
        while {row.state for row in count_dois(store)} & {"waiting"}:  # what the last victim held
            if can_ask(store, time.time()):
                start(tmp_path, registries.url, store_url).wait(timeout=60)
            time.sleep(0.2)
        assert {(row.state, row.count) for row in count_dois(store)} == {("found", WORKS), ("absent", 1)}
        assert registries.refused == 0


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_look_whose_worker_is_killed_is_made_by_the_next(tmp_path, request, engine):
    in_postgresql = engine == "postgresql"
    store_url = (
        request.getfixturevalue("fresh_postgresql_url") if in_postgresql else f"sqlite:///{tmp_path / 's.sqlite'}"
    )
    with serving(delay_s=0.2) as registries, open_store(store_url) as store:
        registries.register("Crossref", made_work(1), *(made_work(number, **RETRACTION) for number in range(2, 2_502)))
        with store.begin() as connection:
            enqueue_dois(connection, ["10.5555/made.1"], time.time() - 1)
        start(tmp_path, registries.url, store_url).wait(timeout=60)
        with store.begin() as connection:
            connection.execute(text("UPDATE registry_looks SET due = 0"))
        victim = start(tmp_path, registries.url, store_url)
        wait_until(lambda: registries.count("notices") == 2)
        victim.kill()
        victim.wait()
        assert get_look(store).ended == 0
        wait_until(lambda: is_look_due(store, time.time()))
        start(tmp_path, registries.url, store_url).wait(timeout=60)
        look = get_look(store)
        assert (look.ended > 0, look.error, registries.refused) == (True, None, 0)
        with store.connect() as connection:
            said = read_registered(connection, ["10.5555/made.1"])["10.5555/made.1"]
        assert ([term.label for term in said.resource_status], len(said.links)) == (["Retracted"], 2_500)


def wait_until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
