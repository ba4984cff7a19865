"""A list that is suddenly far too short holds its run, until a person decides or a whole list comes."""

import pytest

from harvester.store.ledger.held import NotHeldError, approve_run, reject_run
from harvester.store.ledger.runs import get_run, get_watermarks
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import harvest, made_endpoint
from tests.contract.store.planning import AFTER, BEFORE, LATER, list_all, rows


@pytest.fixture
def big(store):
    """An endpoint with 300 live records of a repository that keeps its deletions."""
    made = made_endpoint(store)
    harvest(store, made, rows(*range(300)))
    return made


def list_some(store, endpoint, count, **asked):
    return list_all(store, endpoint, rows(*range(count)), deleted_record="persistent", **asked)


@pytest.mark.parametrize(("count", "state"), [(149, "held"), (150, "complete"), (300, "complete")])
def test_less_than_half_of_the_live_records_holds_the_run(store, big, count, state):
    run = list_some(store, big, count)
    assert run.state == state
    assert get_watermarks(store, "here") == (BEFORE if state == "held" else AFTER)


def test_less_than_a_hundred_fewer_holds_nothing(store):
    made = made_endpoint(store)
    harvest(store, made, rows(*range(110)))
    assert list_some(store, made, 11).state == "complete"
    made = made_endpoint(store, "other", base_url="https://other.example/oai")
    harvest(store, made, rows(*range(110)))
    assert list_some(store, made, 10).state == "held"


def test_the_reason_names_the_numbers_and_what_to_do(store, big):
    run = list_some(store, big, 20)
    assert "gives 20 records where 300 are live" in run.error
    assert f"`oaihub runs approve {run.id}`" in run.error


def test_an_approved_run_is_complete_and_moves_the_watermark(store, big):
    run = list_some(store, big, 20)
    approved = approve_run(store, run.id, actor="ann", now=LATER)
    assert (approved.state, "approved by ann" in approved.error) == ("complete", True)
    assert get_watermarks(store, "here") == AFTER
    assert [(entry.actor, entry.action, entry.object) for entry in list_audit(store)] == [
        ("ann", "run approve", f"run:{run.id}")
    ]
    with pytest.raises(NotHeldError):
        reject_run(store, run.id, actor="ann", now=LATER)


def test_a_rejected_run_is_failed_and_moves_nothing(store, big):
    run = list_some(store, big, 20)
    rejected = reject_run(store, run.id, actor="ann", now=LATER)
    assert (rejected.state, get_run(store, run.id).state) == ("failed", "failed")
    assert get_watermarks(store, "here") == BEFORE


def test_a_late_approval_moves_no_watermark_back(store, big):
    run = list_some(store, big, 20)
    incremental = list_all(
        store, big, [], deleted_record="persistent", since="2027-01-15", date="2027-01-16T09:00:00Z", now=LATER + 3600
    )
    assert incremental.state == "complete"
    approve_run(store, run.id, actor="ann", now=LATER + 3660)
    assert get_watermarks(store, "here") == {"": "2027-01-16T09:00:00Z"}


def test_a_whole_list_ends_the_wait_of_the_short_one(store, big):
    short = list_some(store, big, 20)
    again = list_some(store, big, 30, now=LATER + 30)
    assert (get_run(store, short.id).state, again.state) == ("held", "held")
    whole = list_some(store, big, 300, now=LATER + 60)
    assert whole.state == "complete"
    assert [get_run(store, run.id).state for run in (short, again)] == ["failed", "failed"]
    assert f"run {whole.id}" in get_run(store, short.id).error


def test_a_run_that_a_plan_holds_is_decided_with_the_plan(store, big):
    run = list_all(store, big, rows(*range(20)), deleted_record="no")
    assert run.state == "held"
    for decide in (approve_run, reject_run):
        with pytest.raises(NotHeldError, match="oaihub plans show"):
            decide(store, run.id, actor="ann", now=LATER)
