"""`oaihub schedule`, `endpoints add --schedule`, `runs approve` and `reject`, `alive`, and who works in `queues`."""

import json
import os
import subprocess
import sys
import time

import pytest

from harvester.store import open_store
from harvester.store.ledger.runs import get_watermarks
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import pause, resume
from harvester.store.operating.schedules import claim_due, get_schedule, run_now
from tests.contract.store.building import begin, harvest, made_endpoint
from tests.contract.store.planning import AFTER, list_all, rows
from workers.heartbeat import Heartbeat


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as opened:
        yield opened


@pytest.fixture
def endpoint(store):
    return made_endpoint(store)


def told(oaihub, *arguments):
    code, out, _ = oaihub(*arguments, "--json")
    assert code == 0
    return json.loads(out)


def test_a_schedule_is_set_shown_and_removed(oaihub, store, endpoint):
    code, out, _ = oaihub("schedule", "set", "here", "weekly", "mon", "03:00", "--zone", "Europe/Berlin")
    assert (code, "weekly mon 03:00 (Europe/Berlin), next at" in out) == (0, True)
    (row,) = told(oaihub, "schedule")["schedules"]
    assert (row["endpoint"], row["rule"], row["zone"], row["missed"]) == (
        "here",
        "weekly mon 03:00",
        "Europe/Berlin",
        0,
    )
    assert time.time() < row["next_due"] <= time.time() + 7 * 86_400 + 3_600
    assert "weekly mon 03:00" in oaihub("schedule")[1]
    assert oaihub("schedule", "remove", "here")[0] == 0
    assert told(oaihub, "schedule") == {"schedules": []}
    assert oaihub("schedule", "remove", "here")[0] == 2
    actors = {entry.actor.partition(":")[0] for entry in list_audit(store, object="endpoint:here")}
    assert actors == {"command"}


def test_the_zone_is_that_of_the_setting_and_the_jitter_is_kept(oaihub, store, endpoint, monkeypatch):
    monkeypatch.setenv("OAIHUB_TIME_ZONE", "Asia/Tokyo")
    made = told(oaihub, "schedule", "set", "here", "0 3 * * *", "--jitter", "30m")
    assert (made["zone"], made["jitter_s"], made["rule"]) == ("Asia/Tokyo", 1800.0, "0 3 * * *")


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "here", "often"),
        ("set", "here", "daily", "--zone", "Nowhere/Land"),
        ("set", "here", "daily", "--jitter", "long"),
        ("set", "nobody", "daily"),
        ("run", "nobody"),
        ("run",),
    ],
)
def test_what_cannot_be_meant_is_wrong_use(oaihub, endpoint, arguments):
    code, _, err = oaihub("schedule", *arguments)
    assert (code, err != "") == (2, True)


def test_a_dump_has_no_schedule(oaihub, store):
    made_endpoint(store, "dump", base_url="file:///tmp/answers")
    assert oaihub("schedule", "set", "dump", "daily")[0] == 2
    assert oaihub("schedule", "run", "dump")[0] == 2
    assert get_schedule(store, "dump") is None


def test_run_makes_endpoints_due_and_says_what_they_wait_for(oaihub, store, endpoint):
    made_endpoint(store, "other", base_url="https://other.example/oai")
    code, out, err = oaihub("schedule", "run", "here", "other")
    assert (code, out.count("left to the workers"), "the run waits for workers" in err) == (0, 2, True)
    assert claim_due(store, "here", lease_s=1, now=time.time()) is not None
    assert "once" in oaihub("schedule")[1]


def test_what_is_due_says_what_it_waits_for(oaihub, store, endpoint):
    run_now(store, "here", actor="test", now=time.time())
    assert "due since" in oaihub("schedule")[1]
    pause(store, "endpoint", "here", actor="ann", reason="moves house", now=time.time())
    assert "paused by ann" in oaihub("schedule")[1]
    assert "moves house" in oaihub("schedule", "run", "here")[1]
    resume(store, "endpoint", "here", actor="ann", now=time.time())
    run = begin(store, endpoint)
    assert f"begins when run {run.id} has ended" in oaihub("schedule")[1]
    assert "is to be harvested once" in oaihub("endpoints", "show", "here")[1]


def test_an_endpoint_is_added_with_a_schedule_or_told_to_have_none(oaihub, store, repository):
    added = ("endpoints", "add", repository.url, "--allow-private", "--no-probe", "--yes")
    assert "no schedule: `oaihub schedule set one daily`" in oaihub(*added, "--key", "one")[1]
    assert oaihub(*added, "--key", "two", "--schedule", "sometimes")[0] == 2
    code, out, _ = oaihub(*added, "--key", "two", "--schedule", "daily 03:00")
    assert (code, "two is harvested daily 03:00 (UTC)" in out) == (0, True)
    assert get_schedule(store, "one") is None
    assert told(oaihub, *added, "--key", "three", "--schedule", "hourly")["schedule"]["rule"] == "hourly"


def test_a_run_that_is_held_is_shown_and_decided(oaihub, store, endpoint):
    harvest(store, endpoint, rows(*range(300)))
    run = list_all(store, endpoint, rows(1), deleted_record="persistent")
    assert f"`oaihub runs approve {run.id}`" in oaihub("runs", run.id)[1]
    assert f"`oaihub runs approve {run.id}`" in oaihub("runs")[1]
    assert told(oaihub, "runs", "approve", run.id)["approved"]["state"] == "complete"
    assert get_watermarks(store, "here") == AFTER
    assert oaihub("runs", "reject", run.id)[0] == 1
    assert oaihub("runs", "approve", 999)[0] == 2
    assert told(oaihub, "runs", run.id)["run"]["state"] == "complete"


def test_alive_imports_no_celery():
    looked = "import sys, workers.commands.alive; print([name for name in sys.modules if name in ('celery', 'redis')])"
    ended = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_alive_looks_at_the_age_of_the_file(oaihub, tmp_path):
    file = tmp_path / "alive"
    assert oaihub("alive", file)[0] == 1
    file.touch()
    assert oaihub("alive", file)[0] == 0
    old = time.time() - 40
    os.utime(file, (old, old))
    assert oaihub("alive", file)[0] == 1
    assert oaihub("alive", file, "--within", "60")[0] == 0


def test_a_process_is_shown_with_what_it_works_on_until_it_ends(oaihub, store, data_dir):
    heart = Heartbeat(f"sqlite:///{data_dir / 'store.sqlite'}", "worker", ("harvest", "index"), every_s=0.1)
    heart.start()
    with heart.working_on("run 1 page 2"):
        end = time.monotonic() + 20
        while not any(one["doing"] for one in told(oaihub, "queues")["processes"]):
            assert time.monotonic() < end
    (process,) = told(oaihub, "queues")["processes"]
    assert (process["kind"], process["queues"], process["gone"]) == ("worker", ["harvest", "index"], False)
    assert told(oaihub, "queues")["unattended"] == ["control"]
    heart.stop()
    assert told(oaihub, "queues")["processes"] == []
