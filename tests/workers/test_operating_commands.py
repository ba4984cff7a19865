"""What an operator stops, begins again and gives up, by commands."""

import json
import os
import pwd
import sqlite3

import pytest
from sqlalchemy import update

from harvester.store import open_store
from harvester.store.ledger.pages import claim_page
from harvester.store.operating.breakers import breaker_state, note_failure
from harvester.store.tables import pages
from tests.faults import oai_error, without_metadata


@pytest.fixture
def added(oaihub, repository):
    """An endpoint `here`."""
    assert oaihub("endpoints", "add", "here", repository.url, "--allow-private", "--no-probe")[0] == 0
    return repository


def told(oaihub, *arguments):
    code, out, _ = oaihub(*arguments, "--json")
    assert code == 0
    return json.loads(out)


def test_a_harvest_that_is_paused_says_by_whom_and_why_and_asks_nothing(oaihub, added):
    assert oaihub("pause", "--endpoint", "here", "--reason", "they asked us")[0] == 0
    asked = len(added.requests)
    code, _, err = oaihub("harvest", "here")
    assert code == 1
    assert "endpoint here is paused by command:" in err
    assert "(they asked us): `oaihub resume --endpoint here` ends that" in err
    assert len(added.requests) == asked
    assert oaihub("resume", "--endpoint", "here")[0] == 0
    assert oaihub("harvest", "here")[0] == 0


def test_a_run_that_is_paused_half_way_stops_there_and_goes_on(oaihub, added):
    oaihub("harvest", "here", "--queue")
    oaihub("pause", "--reason", "an upgrade")
    code, _, err = oaihub("harvest", "here")
    assert (code, "everything is paused by" in err) == (1, True)
    queues = told(oaihub, "queues")
    assert [(one["scope"], one["state"], one["reason"]) for one in queues["controls"]] == [
        ("everything", "paused", "an upgrade")
    ]
    assert "everything is paused by command:" in oaihub("queues")[1]
    oaihub("resume")
    assert told(oaihub, "harvest", "here")["id"] == 1


def test_a_drained_hub_ends_what_is_open_and_begins_nothing(oaihub, added):
    oaihub("harvest", "here", "--queue")
    oaihub("drain")
    assert told(oaihub, "harvest", "here")["state"] == "complete"
    assert oaihub("harvest", "here")[0] == 1
    assert oaihub("drain", "--stage", "index")[0] == 2


def test_what_is_harvested_while_the_index_is_paused_is_kept_and_found_later(oaihub, added):
    oaihub("pause", "--stage", "index")
    code, out, err = oaihub("harvest", "here")
    assert code == 1
    assert "complete" in out
    assert "stage index is paused by" in err
    oaihub("resume", "--stage", "index")
    assert oaihub("harvest", "here")[0] == 0
    assert told(oaihub, "search", "record")["total"] == 20


def test_only_who_resumes_the_stage_or_everything_has_it_tried_at_once(oaihub, added, data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        until = note_failure(store, "index", "it is away", store.now() + 1_000).open_until
        for arguments, is_tried in ((("--endpoint", "here"), False), (("--stage", "doi"), False), ((), True)):
            assert oaihub("resume", *arguments)[0] == 0
            assert (breaker_state(store, "index").open_until < until) == is_tried


def test_resume_says_what_is_still_stopped(oaihub, added):
    oaihub("pause", "--stage", "index")
    out = oaihub("resume")[1]
    assert out.startswith("everything as a whole was neither paused nor drained\nstage index is paused by")


@pytest.mark.parametrize(
    "arguments", [("--endpoint", "nowhere"), ("--stage", "cooking"), ("--stage", "doi", "--endpoint", "here")]
)
def test_what_cannot_be_paused_is_wrong_use(oaihub, added, arguments):
    assert oaihub("pause", *arguments)[0] == 2


def test_a_run_is_cancelled_once(oaihub, added, data_dir):
    oaihub("harvest", "here", "--queue")
    code, out, _ = oaihub("runs", "cancel", "1", "--reason", "the wrong set")
    assert (code, out) == (0, "run 1 of here is cancelled; what it has stored stays\n")
    assert told(oaihub, "runs", "1")["run"]["state"] == "cancelled"
    code, _, err = oaihub("runs", "cancel", "1")
    assert (code, "it is cancelled" in err) == (2, True)
    assert oaihub("runs", "cancel", "9")[0] == 2
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        assert claim_page(store, 1, 0, lease_s=5, now=store.now()) is None
    assert told(oaihub, "harvest", "here")["id"] == 2


def test_a_dead_page_is_shown_retried_and_its_run_becomes_complete(oaihub, added):
    added.misbehave(oai_error("cannotDisseminateFormat"), page=2, times=None)
    code, _, _ = oaihub("harvest", "here")
    assert code == 1
    (letter,) = told(oaihub, "dead", "list", "--cause", "cannotdisseminate")["dead"]
    assert (letter["kind"], letter["key"], letter["endpoint"]) == ("page", "1/1", "here")
    assert "asks the repository for it, and opens run 1 again" in oaihub("dead", "show", "1/1")[1]
    assert oaihub("dead", "list", "--kind", "doi")[1].endswith("in all: 1 pages, 0 documents, 0 dois\n")
    added.behave()
    code, out, _ = oaihub("dead", "retry", "--endpoint", "here", "--reason", "it is mended")
    assert (code, "run 1 is open again" in out) == (0, True)
    run = told(oaihub, "harvest", "here")
    assert (run["id"], run["state"], run["balance"]["received"]) == (1, "complete", 25)
    assert told(oaihub, "dead", "list")["dead"] == []


@pytest.mark.parametrize("url", ["", "s3://pages/hub"])
def test_a_dead_page_is_shown_with_the_place_of_its_bytes(oaihub, added, data_dir, monkeypatch, url):
    assert oaihub("harvest", "here")[0] == 0
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store, store.begin() as connection:
        connection.execute(update(pages).where(pages.c.number == 1).values(state="dead", error="cannot be stored"))
    monkeypatch.setenv("OAIHUB_ARCHIVE_URL", url)
    assert f"{url or data_dir / 'archive'}/00000001/000001-" in oaihub("dead", "show", "1/1")[1]


def test_a_dead_page_that_is_dropped_is_listed_no_more(oaihub, added):
    added.misbehave(oai_error("cannotDisseminateFormat"), page=2, times=None)
    oaihub("harvest", "here")
    assert oaihub("dead", "drop", "1/1")[:2] == (0, "1 is listed no more\n")
    assert told(oaihub, "dead", "list")["dead"] == []
    assert told(oaihub, "runs", "1")["run"]["state"] == "partial"


def test_dead_letters_are_not_retried_by_accident(oaihub, added):
    assert oaihub("dead", "retry")[0] == 2
    assert oaihub("dead", "retry", "1/1", "--all")[0] == 2
    assert oaihub("dead", "show", "1/1")[0] == 2
    assert oaihub("dead", "retry", "--all")[0] == 1  # there are none
    assert oaihub("rejected", "retry")[0] == 2


def test_stuck_runs_are_told_with_their_reason(oaihub, added):
    oaihub("harvest", "here", "--queue")
    assert told(oaihub, "runs", "--stuck") == {"stuck": []}
    assert oaihub("runs", "--stuck")[1].endswith("no open run is stuck\n")


def test_stuck_runs_are_those_of_the_endpoint_that_is_asked_for(oaihub, added, data_dir):
    oaihub("harvest", "here", "--queue")
    with sqlite3.connect(data_dir / "store.sqlite") as connection:
        connection.execute("UPDATE runs SET started = started - 1000")
    assert [one["run"]["id"] for one in told(oaihub, "runs", "--stuck", "--endpoint", "here")["stuck"]] == [1]
    assert told(oaihub, "runs", "--stuck", "--endpoint", "there") == {"stuck": []}


def test_the_number_of_a_run_is_shown_as_it_is_asked_for(oaihub, added, data_dir):
    oaihub("harvest", "here", "--queue")
    with sqlite3.connect(data_dir / "store.sqlite") as connection:
        connection.execute("UPDATE runs SET id = 12345, started = started - 1000")
        connection.execute("UPDATE pages SET run = 12345")
    for arguments in ((), ("--stuck",)):
        assert "12345" in oaihub("runs", *arguments)[1].split()
    assert oaihub("runs", "12345")[0] == 0


def test_what_is_done_to_an_endpoint_is_in_the_audit(oaihub, added):
    oaihub("endpoints", "edit", "here", "--pace", "2", "--label", "Here")
    code, _, err = oaihub("endpoints", "remove", "here")
    assert (code, "give --yes" in err) == (2, True)
    assert oaihub("endpoints", "remove", "here", "--yes")[0] == 0
    done = told(oaihub, "audit", "--object", "endpoint:here")["audit"]
    assert [(one["action"], one["details"]) for one in done] == [
        ("remove", {"items": 0}),
        ("edit", {"settings": ["label", "pace_s"], "auto": False}),
        ("add", {"url": added.url}),
    ]


def test_the_actor_is_who_the_system_says(oaihub, added, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    oaihub("pause", "--endpoint", "here")
    (done, *_) = told(oaihub, "audit", "--object", "endpoint:here")["audit"]
    assert done["actor"] == f"command:{pwd.getpwuid(os.getuid()).pw_name}"


def test_records_that_were_set_aside_are_read_again_by_their_cause(oaihub, added):
    added.misbehave(without_metadata(2))
    oaihub("harvest", "here")
    ((cause, count),) = told(oaihub, "rejected", "list")["causes"].items()
    asked = len(added.requests)
    again = told(oaihub, "rejected", "retry", "--cause", cause, "--endpoint", "here")
    assert (count, again["pages"], again["rejected"], again["recovered"]) == (1, 1, 1, 0)
    assert told(oaihub, "rejected", "retry", "--cause", "another")["pages"] == 0
    assert len(added.requests) == asked
    assert oaihub("rejected", "retry", "--endpoint", "nowhere")[0] == 2
    assert oaihub("rejected", "retry", "--run", "9")[0] == 2
    (last, first) = told(oaihub, "audit")["audit"][:2]
    assert (last["action"], last["object"], last["details"]) == (
        *("retry rejected", "records"),
        {"cause": "another", "pages": 0},
    )
    assert first["details"] == {"cause": cause, "endpoint": "here", "pages": 1}
