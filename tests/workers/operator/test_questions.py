"""The twenty questions of 3 a.m.: each breaks the system, and finds the answer where an operator looks for it."""

import json
import os
import time
from pathlib import Path

import pytest

from harvester.counting import (
    HTTP_429,
    INDEX_ERRORS,
    LAG_BUCKETS_S,
    LAST_PAGE,
    LAST_RECONCILE,
    SEARCHABLE_LAG_S,
    count,
    mark,
    observe,
    take_counts,
)
from harvester.store.hosts import block_host
from harvester.store.ledger.pages import release_page
from harvester.store.operating.breakers import note_failure
from harvester.store.operating.processes import Process, put_process
from harvester.store.operating.schedules import mark_due, set_schedule
from indexer.indexing import index_outbox
from tests.contract.store.building import begin, claim, harvest, made_endpoint, put
from tests.contract.store.planning import list_all, rows
from tests.workers.conftest import serving
from tests.workers.operator.breaking import fail, index_all, lose_records, set_aside
from workers.operator.facts.endpoints import report_card
from workers.tools import Tools


@pytest.fixture
def tools(data_dir):
    take_counts()  # of the tests before, in this process
    tools = Tools(dict(os.environ))
    _ = tools.index  # made, as by the first worker
    yield tools
    tools.close()


@pytest.fixture
def store(tools):
    return tools.store


@pytest.fixture
def told(oaihub, tools):
    """Run a command for programs; a hub is open beside it, as that of a worker."""

    def run(*arguments):
        return json.loads(oaihub(*arguments, "--json")[1])

    return run


def findings(told, about):
    return [one["text"] for one in told("doctor")["findings"] if one["about"] == about]


def beat(store, kind, queues, *, ago_s=0.0):
    now = store.now()
    process = Process(
        id=f"{kind}-{queues}", host="node", pid=7, kind=kind, queues=queues, version="1", started=now - 100,
        beat_at=now - ago_s, doing="", doing_since=0.0, done=3, last_done=now - ago_s,
    )  # fmt: skip
    with store.begin() as connection:
        put_process(store, connection, process)


def test_a_hub_without_an_index_is_told_so_and_looking_makes_none(oaihub, data_dir):
    found = json.loads(oaihub("doctor", "--json")[1])["findings"]
    assert [one["command"] for one in found if one["about"] == "index"] == ["oaihub rebuild"]
    assert not (data_dir / "index").exists()


def test_1_whether_anything_is_wrong_is_an_exit_code(oaihub, tools, store):
    assert oaihub("doctor")[0] == 2  # nobody works
    for kind, queues in (("worker", ("harvest", "index", "control")), ("beat", ())):
        beat(store, kind, queues)
    mark(LAST_RECONCILE, store.now())
    tools.flush_counts()
    with serving(tools.broker):
        index_all(tools)
        assert oaihub("doctor") == (0, "all is well\n", "")
        beat(store, "serve", (), ago_s=100)
        code, out, _ = oaihub("doctor")
        assert (code, out.count("\n"), out.startswith("warning: processes: serve 7 on node gave no sign")) == (
            1,
            1,
            True,
        )
        fail(store, made_endpoint(store), now=store.now())
        code, out, _ = oaihub("doctor")
    assert (code, out.splitlines()[0].startswith("wrong: endpoint: here fails since")) == (2, True)
    assert out.splitlines()[0].endswith("`oaihub runs 1`")


def test_1_a_store_that_is_away_is_the_finding(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_STORE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    code, out, _ = oaihub("doctor")
    assert (code, out.startswith("wrong: store: ")) == (2, True)


def test_2_what_waits_and_since_when_by_stage(told, store):
    now = store.now()
    run = begin(store, made_endpoint(store), now=now - 3_000)
    put(store, run, 0, rows(*range(30)), token="next", now=now - 300)
    harvest_stage, _, index_stage = told("queues")["queues"]
    assert (harvest_stage["waiting"], round(harvest_stage["oldest_s"], -1), harvest_stage["rate"]) == (1, 3_000, 0.1)
    assert (index_stage["waiting"], round(index_stage["oldest_s"], -1), index_stage["eta_s"]) == (30, 300, None)


def test_3_whether_anyone_works(told, tools, store):
    beat(store, "worker", ("harvest",))
    now = store.now()
    mark(LAST_PAGE, now - 50)
    tools.flush_counts()
    seen = told("queues")
    assert [(one["kind"], one["gone"]) for one in seen["processes"]] == [("worker", False)]
    assert (seen["unattended"], round(seen["last_page_done"])) == (["index", "control"], round(now - 50))


def test_4_which_run_is_stuck_and_why(told, store):
    now = store.now()
    run = begin(store, made_endpoint(store), now=now - 900)
    release_page(store, claim(store, run, now=now - 800), error="status 503", not_before=now + 90, now=now - 799)
    (stuck,) = told("runs", "--stuck")["stuck"]
    assert (stuck["run"]["id"], "status 503" in stuck["why"]) == (run.id, True)
    assert "status 503" in findings(told, "stuck")[0]
    assert "status 503" in told("queues")["queues"][0]["note"]


def test_5_which_endpoint_fails_since_when_and_why(told, oaihub, store):
    now = store.now()
    here, there = made_endpoint(store), made_endpoint(store, "there")
    good = harvest(store, here, rows(1), now=now - 900)
    first = fail(store, here, "status 500", now=now - 600)
    fail(store, here, "status 503", now=now - 300)
    fail(store, there, "no such host", now=now - 200)
    harvest(store, there, rows(2), now=now - 100)
    (card,) = told("endpoints", "list", "--failing")["endpoints"]
    assert (card["key"], card["failing"]["streak"], card["good"]["id"]) == ("here", 2, good.id)
    assert card["failing"]["since"] == pytest.approx(first.started)
    assert card["failing"]["why"] == "page 0: status 503"
    assert "page 0: status 503" in oaihub("endpoints", "list", "--failing")[1]


def test_6_what_was_given_up(told, store):
    fail(store, made_endpoint(store), "status 410", now=store.now())
    (letter,) = told("dead", "list")["dead"]
    assert (letter["key"], letter["error"]) == ("1/0", "status 410")
    assert findings(told, "dead letters") == ["given up: 1 page"]


def test_7_a_retry_storm(told, store):
    now = store.now()
    for number in range(6):
        run = begin(store, made_endpoint(store, f"e{number}"), now=now - 30)
        for again in range(2):
            at = now - 30 + 10 * again
            release_page(store, claim(store, run, now=at), error="status 503", not_before=at + 5, now=at + 1)
    assert findings(told, "retry storm") == ["12 tries of open pages were in vain, 0 pages were done in ten minutes"]


def test_8_an_index_that_refuses(told, tools, store):
    note_failure(store, "index", "429 too many requests", store.now())
    count(INDEX_ERRORS, "429")
    tools.flush_counts()
    assert "429 too many requests" in findings(told, "stage index")[0]
    assert told("doctor")["vitals"]["counts"]["index_errors"] == {"429": 1.0}


def test_9_who_limits_us_until_when(told, tools, store):
    now = store.now()
    block_host(store, "slow.example", now + 600, now)
    count(HTTP_429, "slow.example", 3)
    tools.flush_counts()
    seen = told("doctor")["vitals"]
    assert seen["limited"] == [{"name": "slow.example", "until": pytest.approx(now + 600)}]
    assert seen["counts"]["http_429"] == {"slow.example": 3.0}
    assert findings(told, "limited")[0].startswith("slow.example is left alone for")


def test_10_how_long_a_change_takes_to_be_searchable(told, tools, store):
    observe(SEARCHABLE_LAG_S, [2.0] * 60 + [400.0] * 40, LAG_BUCKETS_S)
    tools.flush_counts()
    harvest(store, made_endpoint(store), rows(*range(3)), now=store.now() - 200)
    lag = told("doctor")["vitals"]["lag"]
    assert (lag["half_s"], lag["most_s"], lag["waiting_s"]) == (5.0, 900.0, pytest.approx(200, abs=60))
    assert findings(told, "stage index") == []  # what was slow once is not wrong now
    there = made_endpoint(store, "there", base_url="https://there.example/oai")
    harvest(store, there, rows(*range(3)), now=store.now() - 400)
    assert findings(told, "stage index")[0].startswith("the oldest of 6 items waits for ")


def test_11_how_old_the_data_of_an_endpoint_are(told, store):
    now = store.now()
    endpoint = made_endpoint(store)
    set_schedule(store, "here", "hourly", zone="UTC", jitter_s=0, actor="ada", now=now)
    harvest(store, endpoint, rows(1), now=now - 1.9 * 3_600)
    (card,) = told("endpoints", "list")["endpoints"]
    assert (card["age_s"], card["late"]) == (pytest.approx(1.9 * 3_600, abs=60), False)
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET started = started - 720")
    (card,) = told("endpoints", "list")["endpoints"]
    assert (card["late"], report_card(store, "here").late) == (True, True)
    assert findings(told, "endpoint")[0].startswith("the data of here are 2 h ")


def test_12_how_much_room_is_left(told, oaihub, monkeypatch, repository):
    oaihub("harvest", repository.url, "--allow-private")
    disk = told("doctor")["vitals"]["disk"]
    files = [path.stat().st_size for path in _archived()]
    assert (len(files), disk["archive_bytes"]) == (3, sum(files))
    assert 0 < disk["free_bytes"] < disk["total_bytes"]
    a_day = sum(files) / 7
    left = (disk["free_bytes"] - disk["mark_bytes"]) / a_day
    assert disk["days_left"] == pytest.approx(left, rel=0.01)
    monkeypatch.setenv("OAIHUB_DISK_MARK", "100 %")
    assert "nothing is fetched" in findings(told, "disk")[0]


def _archived():
    return list(Path(os.environ["OAIHUB_DATA_DIR"]).rglob("*.zst"))


def test_13_the_broker(told, tools):
    assert "does not answer" in findings(told, "broker")[0]
    with serving(tools.broker):
        state = told("doctor")["vitals"]["broker"]
        assert (state["keeps_writes"], state["drops"], state["held"]) == (True, "noeviction", 0)
        assert state["memory_bytes"] > 100_000
        tools.broker._client.config_set("maxmemory-policy", "allkeys-lru")
        assert "drops messages" in findings(told, "broker")[0]


def test_14_whether_the_reconciler_lives(told, tools, store):
    beat(store, "beat", ())
    assert findings(told, "reconciler") == ["the reconciler never worked: lost hints are not sent again"]
    mark(LAST_RECONCILE, store.now() - 61)
    tools.flush_counts()
    assert findings(told, "reconciler")[0].startswith("the reconciler last worked at")
    mark(LAST_RECONCILE, store.now())
    tools.flush_counts()
    assert findings(told, "reconciler") == []


def test_15_when_an_endpoint_is_due_and_what_it_missed(told, store):
    now = time.time()
    made_endpoint(store)
    set_schedule(store, "here", "hourly", zone="UTC", jitter_s=0, actor="ada", now=now - 4 * 3_600)
    mark_due(store, now=now, limit=10)
    (schedule,) = told("schedule")["schedules"]
    assert (schedule["missed"], schedule["due_since"] < now < schedule["next_due"] < now + 3_601) == (3, True)
    (card,) = told("endpoints", "list")["endpoints"]
    assert (card["missed"], card["next_due"]) == (3, schedule["next_due"])


def test_16_what_a_run_changed_against_the_one_before(hub):
    endpoint = made_endpoint(hub.store)
    now = hub.store.now()
    harvest(hub.store, endpoint, rows(0, 1, 2), now=now - 200)
    harvest(hub.store, endpoint, [*rows(0, 1), *rows(2, title="Another title"), *rows(3)], now=now - 100)
    run = hub.client.get("/api/v1/operator/runs/2").json()
    assert run["balance"] == {
        "received": 4, "new": 1, "changed": 1, "unchanged": 2, "deleted": 0, "duplicate": 0, "rejected": 0,
    }  # fmt: skip
    assert (run["before"], run["change"]["received"], run["change"]["new"]) == (1, 1, -2)


def test_16_what_a_run_set_aside_by_cause(hub):
    set_aside(hub.store, made_endpoint(hub.store), "no_identifier", "bad_xml", "bad_xml", now=hub.store.now())
    assert hub.client.get("/api/v1/operator/runs/1").json()["rejected"] == {"bad_xml": 2, "no_identifier": 1}
    lines = hub.client.get("/operator/runs/1/rejected.csv?cause=bad_xml").text.splitlines()
    assert lines[0] == "run,page,position,identifier,cause,reason,record"
    assert [line.split(",")[3] for line in lines[1:]] == ["bad 1", "bad 2"]


def test_17_a_repository_that_suddenly_lacks_nearly_all(told, store):
    plan = lose_records(store, made_endpoint(store), now=store.now())
    assert told("runs", "2")["run"]["state"] == "held"
    assert findings(told, "held")[0].startswith(f"plan {plan.id} would delete 19 of 20 records of here")


def test_17_a_list_that_is_far_too_short_for_an_incremental_repository(told, store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, rows(*range(200)), now=store.now() - 900)
    run = list_all(store, endpoint, rows(0), now=store.now(), deleted_record="persistent")
    assert run.state == "held"
    assert [text for text in findings(told, "held") if f"run {run.id} of here is held" in text]


def test_18_where_a_record_came_from_and_whether_it_shows(told, oaihub, tools, store):
    harvest(store, made_endpoint(store), rows(1), now=store.now() - 100)
    found = told("trace", "0001")
    (record,) = found["records"]
    assert (record["endpoint"], record["run"], record["number"], record["location"]) == ("here", 1, 0, "1/0")
    assert found["mappings"]["here"].startswith("oai_dc, version ")
    (item,) = found["items"]
    assert (item["visible"], item["why"].startswith("version 1 waits for the index since")) == (False, True)
    index_all(tools)
    tools.index.close()
    del tools.__dict__["index"]
    (item,) = told("trace", f"here {record['identifier']}")["items"]
    assert (item["visible"], item["why"], item["indexed_version"]) == (True, "", 1)
    assert told("trace", record["item_id"])["records"] == [record]
    assert oaihub("trace", "9999")[0] == 2


def test_18_a_record_that_was_set_aside_is_traced(told, store):
    set_aside(store, made_endpoint(store), "bad_xml", now=store.now())
    (refused,) = told("trace", "bad 0")["refused"]
    assert (refused["run"], refused["cause"]) == (1, "bad_xml")


def test_19_whether_the_index_is_what_the_store_says(oaihub, told, tools, store):
    harvest(store, made_endpoint(store), rows(*range(5)), now=store.now())
    index_all(tools)
    tools.index.close()
    del tools.__dict__["index"]
    assert findings(told, "index") == []
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE items SET deleted = TRUE WHERE identifier = '0003'")
    assert findings(told, "index") == ["the index finds 5 items, the store has 4, and 0 wait or are refused"]


@pytest.mark.parametrize("database", ["sqlite"])
def test_19_what_is_on_its_way_to_be_seen_is_no_difference(told, store, monkeypatch, fresh_elasticsearch_url):
    """Elasticsearch shows what it has taken at its next refresh, a second later."""
    monkeypatch.setenv("OAIHUB_INDEX_URL", fresh_elasticsearch_url)
    hub = Tools(dict(os.environ))
    harvest(store, made_endpoint(store), rows(*range(5)), now=store.now())
    hub.index.refresh()
    now = store.now()
    index_outbox(store, hub.index, limit=1_000, lease_s=60, clock=lambda: now)
    assert findings(told, "index") == []
    hub.close()


def test_20_everything_is_stopped_and_goes_on(hub, oaihub, told):
    made_endpoint(hub.store)
    done = hub.client.post("/api/v1/operator/pause", json={"scope": "everything", "reason": "fire"})
    assert (done.status_code, done.json()["detail"][:8]) == (403, "The form")
    token = _token(hub)
    headers = {"X-Form-Token": token}
    done = hub.client.post("/api/v1/operator/pause", json={"scope": "everything", "reason": "fire"}, headers=headers)
    assert done.json() == {"done": "everything is paused"}
    assert "everything is paused by local" in findings(told, "paused")[0]
    assert oaihub("harvest", "here")[0] == 1
    hub.client.post("/api/v1/operator/resume", json={"scope": "everything"}, headers=headers)
    assert findings(told, "paused") == []


def _token(hub):
    page = hub.client.get("/operator/stop").text
    return page.split('name="form_token" value="')[1].split('"')[0]
