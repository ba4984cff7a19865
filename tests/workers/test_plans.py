"""`oaihub plans` and what a full harvest says of its plan, against a repository that keeps no deleted records."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.store import open_store
from harvester.store.deletions.applying import claim_plan
from harvester.store.deletions.plans import approve_plan, undo_plan
from tests.faults import server_error
from tests.repository import Repository, made_entries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(oaihub):
    """A repository of twenty records, harvested once as `one`."""
    with Repository(made_entries(20), page_size=10, deleted_record="no") as started:
        assert oaihub("endpoints", "add", "one", started.url, "--allow-private")[0] == 0
        assert oaihub("harvest", "one")[0] == 0
        yield started


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as opened:
        yield opened


def remove(repository, count):
    for number in range(1, count + 1):
        repository.remove(f"oai:test:{number}")


def harvest_without(oaihub, repository, count, code=0):
    remove(repository, count)
    found, out, _ = oaihub("harvest", "one", "--full")
    assert found == code
    return out


def told(oaihub, *arguments):
    code, out, err = oaihub(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def found(oaihub):
    return told(oaihub, "search")["total"]


def plans_of(oaihub):
    return [(plan["id"], plan["state"]) for plan in told(oaihub, "plans", "list")["plans"]]


def test_a_full_harvest_applies_its_plan_and_names_it_in_one_line(oaihub, repository):
    out = harvest_without(oaihub, repository, 2)
    assert out.startswith("run 2 of one (oai_dc): complete, ")
    assert out.splitlines()[-1] == (
        "plan 1, applied: 2 of 20 live records (10 %) are not in the list; 2 are deleted, 2 were asked for; "
        "`oaihub plans undo 1` brings them back"
    )
    assert (found(oaihub), plans_of(oaihub)) == (18, [(1, "applied")])
    assert told(oaihub, "endpoints", "show", "one")["watermarks"][""] > ""
    assert told(oaihub, "harvest", "one", "--full")["plan"] is None


def test_a_full_harvest_that_lacks_too_much_is_held_and_says_the_next_step(oaihub, repository):
    out = harvest_without(oaihub, repository, 10, code=1)
    assert out.startswith("run 2 of one (oai_dc): held, ")
    assert out.splitlines()[-1] == (
        "plan 1, held: 10 of 20 live records (50 %) are not in the list (from 30 % on a person decides); "
        "`oaihub plans show 1` shows them, `oaihub plans approve 1` deletes them, `oaihub plans undo 1` keeps them"
    )
    assert found(oaihub) == 20
    _, out, _ = oaihub("runs")
    assert out.splitlines()[-1] == (
        "run 2: plan 1 is held: 10 of 20 live records (50 %) are not in the list: from 30 % on a person decides; "
        "`oaihub plans show 1` shows them"
    )
    (held, first) = told(oaihub, "runs")["runs"]
    assert (held["state"], held["plan"]["id"], first["plan"]) == ("held", 1, None)
    assert oaihub("runs", "2")[1].count("plan 1") == 1
    assert told(oaihub, "endpoints", "list")["endpoints"][0]["last_run"]["state"] == "held"
    assert oaihub("harvest", "one")[0] == 0


def test_list_and_show_tell_a_plan(oaihub, repository):
    harvest_without(oaihub, repository, 10, code=1)
    _, out, _ = oaihub("plans", "list")
    header, row = (line.split() for line in out.splitlines())
    assert header == ["plan", "state", "endpoint", "run", "live", "vanished", "share", "age", "reason"]
    assert row[:6] == ["1", "held", "one", "2", "20", "10"]
    assert out.rstrip().endswith("from 30 % on a person decides")
    assert oaihub("plans", "list", "--state", "applied")[1].count("\n") == 1
    assert oaihub("plans", "list", "--endpoint", "two")[1].count("\n") == 1
    code, out, _ = oaihub("plans", "show", "1", "--sample", "4")
    assert code == 0
    assert out.startswith("plan 1, held: 10 of 20 live records (50 %) ")
    assert [line.split()[0] for line in out.splitlines() if line.startswith("oai:")] == [
        f"oai:test:{number}" for number in (1, 10, 2, 3)
    ]
    assert "Record 10" in out
    assert "asked for: none" in out
    assert "and 6 more" in out
    shown = told(oaihub, "plans", "show", "1")
    assert {record["identifier"] for record in shown["records"]} == {f"oai:test:{number}" for number in range(1, 11)}
    assert (shown["plan"]["state"], shown["proofs"]) == ("held", {})
    assert shown["records"][0]["title"] == "Record 1"


def test_show_tells_what_the_repository_said(oaihub, repository):
    harvest_without(oaihub, repository, 2)
    _, out, _ = oaihub("plans", "show", "1")
    assert "asked for: 2 idDoesNotExist" in out
    rows = [line.split() for line in out.splitlines() if line.startswith("oai:")]
    assert [(row[0], row[-2:]) for row in rows] == [
        ("oai:test:1", ["deleted", "idDoesNotExist"]),
        ("oai:test:2", ["deleted", "idDoesNotExist"]),
    ]


def test_approve_deletes_and_undo_brings_back(oaihub, repository):
    harvest_without(oaihub, repository, 10, code=1)
    code, out, _ = oaihub("plans", "approve", "1", "--yes")
    assert (code, found(oaihub)) == (0, 10)
    assert out.startswith("plan 1, applied: ")
    assert "10 are deleted, 0 were asked for; `oaihub plans undo 1` brings them back" in out
    assert told(oaihub, "runs", "2")["run"]["state"] == "complete"
    undone = told(oaihub, "plans", "undo", "1", "--yes")
    assert (undone["state"], undone["deleted"], found(oaihub)) == ("undone", 0, 20)


def test_undo_of_a_held_plan_keeps_its_records(oaihub, repository):
    harvest_without(oaihub, repository, 10, code=1)
    code, out, _ = oaihub("plans", "undo", "1", "--yes")
    assert (code, found(oaihub)) == (0, 20)
    assert out.startswith("plan 1, dismissed: ")
    assert told(oaihub, "runs", "2")["run"]["state"] == "complete"


def test_a_plan_that_could_not_be_proven_is_taken_up_by_the_next_harvest(oaihub, repository, store):
    repository.misbehave(server_error(500), verb="GetRecord", times=1)
    out = harvest_without(oaihub, repository, 2)
    assert out.startswith("run 2 of one (oai_dc): complete, ")
    assert "plan 1, proposed: " in out
    assert "HTTP status 500" in out
    assert "HTTP status 500" in oaihub("plans", "list")[1]
    assert found(oaihub) == 20
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE plans SET not_before = 0")
    assert oaihub("harvest", "one")[0] == 0
    assert (found(oaihub), plans_of(oaihub)) == (18, [(1, "applied")])


@pytest.mark.parametrize("word", ["approve", "undo"])
def test_a_decision_that_was_interrupted_goes_on(oaihub, repository, store, word):
    harvest_without(oaihub, repository, 10, code=1)
    now = time.time()
    approve_plan(store, 1, now, actor="ada")
    if word == "undo":
        oaihub("plans", "approve", "1")
        undo_plan(store, 1, now, actor="ada")
    code, _, _ = oaihub("plans", word, "1")  # what was confirmed is not asked again
    assert (code, found(oaihub)) == (0, 10 if word == "approve" else 20)


def test_a_plan_that_another_process_works_on_is_not_done_yet(oaihub, repository, store):
    harvest_without(oaihub, repository, 10, code=1)
    approve_plan(store, 1, time.time(), actor="ada")
    assert claim_plan(store, 1, lease_s=60, now=time.time())
    code, out, _ = oaihub("plans", "approve", "1")
    assert code == 1
    assert out.startswith("plan 1, applying: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "7"], "there is no plan 7: `oaihub plans list` shows them"),
        (["approve", "7", "--yes"], "there is no plan 7"),
        (["undo", "7", "--yes"], "there is no plan 7"),
        (["approve", "1", "--yes"], "plan 1 is applied, and cannot be approved"),
        (["undo", "1"], "nobody can be asked without a terminal: give --yes"),
    ],
)
def test_wrong_use_is_one_line(oaihub, repository, monkeypatch, arguments, said):
    harvest_without(oaihub, repository, 1)
    with (ROOT / "LICENSE").open() as answers:
        monkeypatch.setattr(sys, "stdin", answers)
        code, out, err = oaihub("plans", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"oaihub: {said}")
    assert err.count("\n") == 1
    assert plans_of(oaihub) == [(1, "applied")]


def test_what_is_decided_cannot_be_decided_again(oaihub, repository):
    harvest_without(oaihub, repository, 10, code=1)
    assert oaihub("plans", "undo", "1", "--yes")[0] == 0
    for word, done in (("undo", "undone"), ("approve", "approved")):
        code, _, err = oaihub("plans", word, "1", "--yes")
        assert (code, f"plan 1 is dismissed, and cannot be {done}" in err) == (2, True)
    repository.put(*made_entries(1))
    harvest_without(oaihub, repository, 0, code=1)
    assert oaihub("endpoints", "remove", "one", "--yes")[0] == 0
    code, _, err = oaihub("plans", "approve", "2", "--yes", "--json")
    assert (code, json.loads(err)["detail"]) == (
        2,
        "plan 2 is closed (the endpoint was removed), and cannot be approved: `oaihub plans list` shows all plans",
    )


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 130, 20), ("y", 0, 10)])
def test_a_terminal_is_asked(oaihub, repository, answer, code, left):
    harvest_without(oaihub, repository, 10, code=1)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", "workers.commands", "plans", "approve", "1"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environ, stdin=theirs, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        os.write(ours, f"{answer}\n".encode())
        _, err = process.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    assert (process.returncode, found(oaihub)) == (code, left)
    assert "Delete 10 of 20 live records of one?" in err
