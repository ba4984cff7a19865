import pytest
from msgspec import json

from harvester.store import open_store
from harvester.store.deletions.applying import due_plans
from harvester.store.deletions.plans import plan_of_run
from harvester.store.dois import enqueue_dois
from harvester.store.endpoints import remove_endpoint
from harvester.store.ledger.imports import start_import, take_reading
from harvester.store.ledger.pages import claim_page, stale_pages
from harvester.store.ledger.runs import RunOpenError
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import (
    ANY,
    Control,
    PausedError,
    drain,
    find_control,
    is_paused,
    list_controls,
    pause,
    resume,
)
from harvester.store.outbox import claim_outbox
from harvester.store.records import put_page
from harvester.store.registries.batches import claim_dois, empty_inbox
from tests.contract.store.building import LEASE_S, NOW, archive, begin, claim, harvest, made_endpoint, record
from tests.contract.store.planning import LATER, list_all, rows

SCOPES = [("everything", ""), ("stage", "harvest"), ("endpoint", "here")]
OTHERS = [("stage", "doi"), ("stage", "index"), ("endpoint", "there")]


def pause_it(store, scope="everything", name="", reason="an upgrade"):
    return pause(store, scope, name, actor="ada", reason=reason, now=NOW)


def take(store, run, number=0, now=NOW):
    return claim_page(store, run.id, number, lease_s=LEASE_S, now=now)


@pytest.mark.parametrize(("scope", "name"), SCOPES)
def test_what_is_paused_is_not_begun_and_goes_on_when_it_is_resumed(store, scope, name):
    run = begin(store, made_endpoint(store))
    pause_it(store, scope, name)
    assert take(store, run) is None
    assert stale_pages(store, now=NOW + 60, age_s=1, limit=9) == []
    assert resume(store, scope, name, actor="ada", now=NOW).reason == "an upgrade"
    assert stale_pages(store, now=NOW + 60, age_s=1, limit=9) == [(run.id, 0)]
    assert take(store, run) is not None


@pytest.mark.parametrize(("scope", "name"), OTHERS)
def test_what_is_paused_elsewhere_stops_no_page(store, scope, name):
    made_endpoint(store, "there")
    run = begin(store, made_endpoint(store))
    pause_it(store, scope, name)
    assert not is_paused(store, stage="harvest", endpoint="here")
    assert take(store, run) is not None


def test_a_page_that_is_under_way_when_a_pause_begins_is_stored(store):
    run = begin(store, made_endpoint(store))
    mine = claim(store, run)
    pause_it(store)
    following = archive(store, mine, 1, token="next")
    assert put_page(store, mine, [record("1")], [], now=NOW).new == 1
    assert take(store, run, following) is None


@pytest.mark.parametrize("stop", [pause, drain])
@pytest.mark.parametrize(("scope", "name"), SCOPES)
def test_no_run_begins_where_it_is_stopped(store, stop, scope, name):
    endpoint = made_endpoint(store)
    stop(store, scope, name, actor="ada", reason="an upgrade", now=NOW)
    with pytest.raises(PausedError, match=r"by ada since 2027-01-15 08:00:00Z \(an upgrade\)"):
        begin(store, endpoint)
    with pytest.raises(PausedError):
        start_import(store, endpoint, "file:///dump", NOW)
    resume(store, scope, name, actor="ada", now=NOW)
    assert begin(store, endpoint).id == 1


def test_open_runs_go_on_while_they_are_drained(store):
    endpoint = made_endpoint(store)
    run = begin(store, endpoint)
    drain(store, "everything", "", actor="ada", reason="", now=NOW)
    with pytest.raises(RunOpenError):
        begin(store, endpoint)
    assert take(store, run) is not None
    assert find_control(store, stage="harvest") is None
    assert find_control(store, stage="harvest", states=ANY).state == "draining"


def test_a_dump_is_not_read_while_its_endpoint_is_paused(store):
    run = start_import(store, made_endpoint(store), "file:///dump", NOW)
    pause_it(store, "endpoint", "here")
    assert take_reading(store, run.id, lease_s=LEASE_S, now=NOW) is None
    resume(store, "endpoint", "here", actor="ada", now=NOW)
    assert take_reading(store, run.id, lease_s=LEASE_S, now=NOW) is not None


def test_no_plan_is_settled_while_its_endpoint_is_paused(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)))
    assert due_plans(store, "here", LATER) == [plan_of_run(store, run.id).id]
    pause_it(store, "endpoint", "here")
    assert due_plans(store, "here", LATER) == []


@pytest.mark.parametrize(
    ("scope", "name", "stopped"),
    [
        ("everything", "", True),
        ("stage", "doi", True),
        *[(*place, False) for place in (("stage", "index"), ("stage", "harvest"))],
    ],
)
def test_no_doi_is_asked_for_while_that_is_paused(store, scope, name, stopped):
    with store.begin() as connection:
        enqueue_dois(connection, ["10.1000/1"], NOW)
    empty_inbox(store)
    pause_it(store, scope, name)
    assert (claim_dois(store, "unsorted", limit=5, lease_s=LEASE_S, now=NOW) is None) == stopped


@pytest.mark.parametrize(
    ("scope", "name", "stopped"),
    [
        ("everything", "", True),
        ("stage", "index", True),
        *[(*place, False) for place in (("stage", "doi"), ("stage", "harvest"), ("endpoint", "here"))],
    ],
)
def test_nothing_is_indexed_while_that_is_paused(store, scope, name, stopped):
    harvest(store, made_endpoint(store), [record("1")])
    pause_it(store, scope, name)
    assert (claim_outbox(store, limit=5, lease_s=LEASE_S, now=NOW) is None) == stopped


def test_a_pause_survives_a_restart_and_a_second_one_takes_its_place(store, store_url):
    first = pause_it(store)
    drain(store, "stage", "harvest", actor="bea", reason="", now=NOW + 1)
    with open_store(store_url) as again:
        assert list_controls(again) == [first, Control("stage", "harvest", "draining", "bea", "", NOW + 1)]
        second = pause_it(again, reason="another upgrade")
        assert list_controls(again)[0] == second


def test_resuming_what_is_not_stopped_changes_nothing(store):
    pause_it(store, "stage", "index")
    assert resume(store, "everything", "", actor="ada", now=NOW) is None
    assert is_paused(store, stage="index")


def test_the_audit_has_who_stopped_what_and_why(store):
    pause_it(store, "stage", "index")
    resume(store, "stage", "index", actor="bea", now=NOW + 1, reason="done")
    told = [(one.at, one.actor, one.action, one.object, json.encode(one.details)) for one in list_audit(store)]
    assert told == [
        (NOW + 1, "bea", "resume", "stage:index", b'{"reason":"done"}'),
        (NOW, "ada", "pause", "stage:index", b'{"reason":"an upgrade"}'),
    ]


def test_an_endpoint_takes_its_pause_with_it(store):
    made_endpoint(store)
    pause_it(store, "endpoint", "here")
    remove_endpoint(store, "here", NOW)
    assert list_controls(store) == []
