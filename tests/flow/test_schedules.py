"""Schedules by real workers over a real Redis: begun once, whatever is killed, and by a clock that the test moves."""

import time
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.store import Store, open_store
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.runs import Run, list_runs
from harvester.store.operating.controls import pause, resume
from harvester.store.operating.counters import read_counter
from harvester.store.operating.processes import Process, is_gone, list_processes
from harvester.store.operating.schedules import get_schedule, set_schedule
from tests.faults import Answer, html_page
from tests.flow.hub import Hub, wait_until
from tests.repository import Repository, made_entries
from workers.app import HINT_TIMEOUT_S, create_app
from workers.scheduling import tick

MINUTE = 60.0
HARVEST = ("worker", "--queues", "harvest", "--concurrency", "2")
CONTROL = ("worker", "--queues", "control", "--beat")


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def hub(tmp_path: Path, broker_url: str, store_url: str) -> Hub:
    return Hub(tmp_path, OAIHUB_BROKER_URL=broker_url, OAIHUB_STORE_URL=store_url, OAIHUB_LEASE_S="2")


@pytest.fixture
def store(store_url: str):
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def app(hub: Hub):
    created = create_app(hub.environ["OAIHUB_BROKER_URL"], timeout_s=HINT_TIMEOUT_S)
    yield created
    created.close()


@pytest.fixture
def repository():
    with Repository(made_entries(5)) as started:
        yield started


def put(store: Store, repository: Repository, rule: str = "* * * * *", *, now: float) -> None:
    put_endpoint(store, Endpoint(key="here", base_url=repository.url, allow_private=True))
    set_schedule(store, "here", rule, zone="UTC", jitter_s=0.0, actor="test", now=now)


def states(store: Store) -> list[str | None]:
    return [run.state for run in list_runs(store)]


def ended(store: Store, count: int) -> list[Run]:
    wait_until(lambda: states(store) == ["complete"] * count)
    return list_runs(store)


def pool(store: Store) -> list[Process]:
    return [one for one in list_processes(store) if one.kind == "worker" and one.queues == ("harvest",)]


def slowly(answer: Answer) -> Answer:
    return replace(answer, delay_s=1.5)


def test_each_time_that_passes_begins_one_run_and_those_that_were_missed_none(hub, store, app, repository) -> None:
    now = time.time()
    put(store, repository, now=now)
    with hub.working(*HARVEST):
        tick(store, app, now=now)
        assert states(store) == []
        tick(store, app, now=now + MINUTE)
        first = ended(store, 1)[0]
        tick(store, app, now=now + MINUTE)
        tick(store, app, now=now + 2 * MINUTE)
        assert ended(store, 2)[1] == first
        tick(store, app, now=now + 10 * MINUTE)
        ended(store, 3)
        time.sleep(1)
        assert states(store) == ["complete"] * 3
    schedule = get_schedule(store, "here")
    assert (schedule.missed, schedule.due_since, schedule.tries) == (7, 0, 0)
    assert schedule.next_due > now + 10 * MINUTE
    assert read_counter(store, "page_attempts", "stored") == 3
    assert read_counter(store, "records", "new") == 5


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_a_kill_while_a_run_begins_makes_neither_two_runs_nor_none(hub, store, app, repository) -> None:
    now = time.time()
    put(store, repository, now=now)
    repository.misbehave(slowly, times=None, verb="Identify")
    with hub.working(*HARVEST):
        wait_until(lambda: len(pool(store)) == 2)
        tick(store, app, now=now + MINUTE)
        wait_until(lambda: repository.requests != [])
        killed = pool(store)
        for process in killed:
            psutil.Process(process.pid).kill()
        died = time.time()
        assert states(store) == []
        for second in range(11, 120, 11):  # a hint is sent again once it is ten seconds old
            tick(store, app, now=now + MINUTE + second)
            time.sleep(0.5)
            if states(store):
                break
        ended(store, 1)
        time.sleep(2)
        assert states(store) == ["complete"]
        now_there = {one.id: one for one in pool(store)}
        assert len(now_there.keys() - {one.id for one in killed}) == 2
        assert all(is_gone(now_there[one.id], died + 31) for one in killed)  # told as gone, and not forgotten
    assert [one.kind for one in list_processes(store)] == []


def test_beat_ticks_and_the_whole_way_goes_by_itself_until_it_is_paused(hub, store, repository) -> None:
    pause(store, "endpoint", "here", actor="test", reason="", now=time.time())
    put(store, repository, now=time.time() - 2 * MINUTE)
    with hub.working(*HARVEST), hub.working(*CONTROL, "--alive", str(hub.folder / "alive")):
        wait_until(lambda: get_schedule(store, "here").due_since > 0)
        time.sleep(3)
        assert states(store) == []
        resume(store, "endpoint", "here", actor="test", now=time.time())
        wait_until(lambda: "complete" in states(store))
        assert hub.oaihub("alive", str(hub.folder / "alive")).code == 0
        told = hub.told("queues")
        assert told["unattended"] == ["index"]
        assert told["ticking"]
        assert {one["kind"] for one in told["processes"]} == {"worker", "pool", "beat"}
    assert hub.oaihub("alive", str(hub.folder / "alive"), "--within", "0").code == 1
    assert list_processes(store) == []
    told = hub.oaihub("queues")
    assert "nobody works for queue harvest" in told.out
    assert read_counter(store, "last_tick") > time.time() - MINUTE


def test_a_repository_that_does_not_answer_fails_in_sight_and_begins_when_it_is_asked_for(hub, store, app) -> None:
    with Repository(made_entries(5)) as repository:
        repository.misbehave(html_page(500, "Broken"), times=None, verb="Identify")
        now = time.time()
        put(store, repository, now=now)
        with hub.working(*HARVEST):
            tick(store, app, now=now + MINUTE)
            wait_until(lambda: states(store) == ["failed"])
            told = hub.oaihub("schedule")
            assert "failing: due since" in told.out
            repository.behave()
            assert hub.oaihub("schedule", "run", "here").code == 0
            wait_until(lambda: states(store) == ["complete", "failed"])
        assert "failing" not in hub.oaihub("schedule").out
