"""Full harvests of a repository that keeps no deleted records: what it no longer has is proven, then deleted."""

import datetime as dt
import re
import time

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run, harvest_page
from harvester.harvesting import open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store.deletions.applying import claim_plan
from harvester.store.deletions.plans import approve_plan, count_proofs, get_plan, list_plans, plan_of_run, undo_plan
from harvester.store.endpoints import put_endpoint
from harvester.store.hosts import host_state
from harvester.store.items import count_items
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.runs import get_run, get_watermarks
from harvester.store.tables import plans
from harvester.vanished import MAX_TRIES, settle_plan, settle_plans
from tests.faults import Answer, altered, cut_page, html_page, oai_error, retry_later, server_error
from tests.repository import Repository, made_entries

COUNT = 40


@pytest.fixture
def harvesting(tmp_path):
    opened = open_harvesting(HarvesterSettings(data_dir=tmp_path, contact="", allow_private=True))
    yield opened
    opened.close()


@pytest.fixture
def repository():
    with Repository(made_entries(COUNT), page_size=20, deleted_record="no") as started:
        yield started


@pytest.fixture
def endpoint(harvesting, repository):
    """The repository's endpoint, harvested once."""
    made = Endpoint(key="one", base_url=repository.url)
    put_endpoint(harvesting.store, made)
    assert harvest(harvesting, made).state == "complete"
    return made


def harvest(harvesting, endpoint, **asked):
    run = begin_run(harvesting, endpoint, **asked)
    while (now := get_run(harvesting.store, run.id)).state is None:
        for page in list_pages(harvesting.store, run.id):
            if page.state != "stored":
                harvest_page(harvesting, run.id, page.number)
    return now


def remove(repository, *numbers):
    for number in numbers:
        repository.remove(f"oai:test:{number}")


def asked_for(repository):
    return [
        request.parameters["identifier"]
        for request in repository.requests
        if request.parameters.get("verb") == "GetRecord"
    ]


def plan_without(harvesting, repository, endpoint, *numbers):
    """Take records away, harvest everything, and give the plan that comes of it."""
    remove(repository, *numbers)
    run = harvest(harvesting, endpoint, full=True)
    return plan_of_run(harvesting.store, run.id)


def again(harvesting, plan):
    """Have the plan be due now, and settle it."""
    with harvesting.store.begin() as connection:
        connection.execute(update(plans).where(plans.c.id == plan.id).values(not_before=0.0))
    return settle_plan(harvesting, plan.id)


def without(number):
    """A list that leaves a record out which is there, and does not say how long it is."""
    one = rb"<record><header[^>]*><identifier>oai:test:%d</identifier>.*?</record>" % number
    gone = re.compile(one + rb'| completeListSize="\d+"', re.DOTALL)
    return lambda answer: replace(answer, body=gone.sub(b"", answer.body))


def test_what_vanished_is_asked_for_and_then_deleted(harvesting, repository, endpoint):
    plan = plan_without(harvesting, repository, endpoint, 3, 7)
    assert (plan.state, count_items(harvesting.store)) == ("proposed", (COUNT, 0))
    done = settle_plan(harvesting, plan.id)
    assert (done.state, done.deleted, count_items(harvesting.store)) == ("applied", 2, (COUNT - 2, 2))
    assert count_proofs(harvesting.store, plan.id) == {"idDoesNotExist": 2}
    *gone, control = asked_for(repository)
    assert set(gone) == {"oai:test:3", "oai:test:7"}
    assert control in {entry.identifier for entry in repository.entries}


def test_an_incremental_harvest_makes_no_plan(harvesting, repository, endpoint):
    remove(repository, 3)
    run = harvest(harvesting, endpoint)
    assert (run.state, run.since is not None, list_plans(harvesting.store)) == ("complete", True, [])


def test_a_list_that_says_that_it_is_short_makes_no_plan(harvesting, repository, endpoint):
    remove(repository, 3)
    repository.misbehave(altered(b'completeListSize="39"', b'completeListSize="40"'), times=None)
    run = harvest(harvesting, endpoint, full=True)
    assert run.error.endswith("1 of 40 live records (2 %) are not in the list, and are kept: the list was not whole")
    assert list_plans(harvesting.store) == []


def test_the_endpoints_word_stands_above_that_of_identify(harvesting, repository, endpoint):
    remove(repository, 3)
    run = harvest(harvesting, replace(endpoint, deleted_record="persistent"), full=True)
    assert "1 of 40 live records (2 %) are not in the list, and are kept" in run.error
    assert list_plans(harvesting.store) == []


@pytest.mark.parametrize(("said", "told"), [("", "nothing"), ("persistent", "persistent"), ("perhaps", "perhaps")])
def test_a_list_that_gives_far_too_little_is_held_whatever_identify_says(harvesting, said, told):
    with Repository(made_entries(120), page_size=120, deleted_record=said) as repository:
        endpoint = Endpoint(key="one", base_url=repository.url)
        put_endpoint(harvesting.store, endpoint)
        harvest(harvesting, endpoint)
        remove(repository, *range(1, 116))
        run = harvest(harvesting, endpoint, full=True)
        assert (run.state, list_plans(harvesting.store)) == ("held", [])
        assert f"gives 5 records where 120 are live (the repository says of its deleted records: {told})" in run.error


def test_no_more_than_a_sample_is_asked_for(harvesting, tmp_path):
    with Repository(made_entries(100), page_size=50, deleted_record="transient") as repository:
        endpoint = Endpoint(key="one", base_url=repository.url)
        put_endpoint(harvesting.store, endpoint)
        harvest(harvesting, endpoint)
        plan = plan_without(harvesting, repository, endpoint, *range(1, 26))
        assert settle_plan(harvesting, plan.id).deleted == 25
        assert len(asked_for(repository)) == 11
        assert count_proofs(harvesting.store, plan.id) == {"idDoesNotExist": 10}


def test_a_deleted_header_is_proof(harvesting, repository, endpoint):
    repository.delete("oai:test:3", "2024-02-01T00:00:00Z")
    repository.misbehave(without(3), times=None)
    plan = plan_without(harvesting, repository, endpoint)
    assert settle_plan(harvesting, plan.id).state == "applied"
    assert count_proofs(harvesting.store, plan.id) == {"deleted": 1}


def test_a_record_that_is_there_holds_the_plan_and_the_run(harvesting, repository, endpoint):
    before = get_watermarks(harvesting.store, "one")
    repository.misbehave(without(3), times=None)
    plan = plan_without(harvesting, repository, endpoint)
    held = settle_plan(harvesting, plan.id)
    assert (held.state, held.reason) == (
        "held",
        "the repository still has oai:test:3, which is not in its list",
    )
    assert count_proofs(harvesting.store, plan.id) == {"live": 1}
    assert get_run(harvesting.store, plan.run).state == "held"
    assert get_watermarks(harvesting.store, "one") == before
    assert count_items(harvesting.store) == (COUNT, 0)


def test_a_record_that_is_there_without_metadata_holds_the_plan(harvesting, repository, endpoint):
    repository.misbehave(without(3), times=None)
    repository.misbehave(
        lambda answer: Answer(re.sub(rb"<metadata>.*</metadata>", b"", answer.body)), times=None, verb="GetRecord"
    )
    plan = plan_without(harvesting, repository, endpoint)
    assert settle_plan(harvesting, plan.id).state == "held"


def test_a_get_record_that_knows_nothing_proves_nothing(harvesting, repository, endpoint):
    repository.misbehave(oai_error("idDoesNotExist"), times=None, verb="GetRecord")
    plan = plan_without(harvesting, repository, endpoint, 3)
    held = settle_plan(harvesting, plan.id)
    assert held.state == "held"
    assert re.fullmatch(r"GetRecord does not even know oai:test:\d+, which is in the list", held.reason)
    assert count_items(harvesting.store) == (COUNT, 0)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (server_error(500), "HTTP status 500"),
        (html_page(), "no OAI-PMH document"),
        (oai_error("cannotDisseminateFormat"), "cannotDisseminateFormat"),
        (oai_error("noRecordsMatch"), "GetRecord gives another record or none"),
        (altered(b"oai:test:", b"oai:other:"), "GetRecord gives another record or none"),
        (altered(b"<identifier>", b"<identity>"), "GetRecord gives another record or none"),
        (cut_page(), "cut or damaged"),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_plan_for_later(harvesting, repository, endpoint, fault, said):
    repository.misbehave(without(3), times=None)
    repository.misbehave(fault, times=None, verb="GetRecord")
    plan = plan_without(harvesting, repository, endpoint)
    waiting = settle_plan(harvesting, plan.id)
    assert (waiting.state, count_items(harvesting.store)) == ("proposed", (COUNT, 0))
    assert said in waiting.error
    assert settle_plan(harvesting, plan.id) == waiting  # not due: nobody is asked
    assert len(asked_for(repository)) == 1


def test_a_plan_that_waited_is_tried_again_and_asks_for_nothing_twice(harvesting, repository, endpoint):
    plan = plan_without(harvesting, repository, endpoint, 3, 4, 5)
    repository.misbehave(lambda answer: answer, verb="GetRecord", times=2)
    repository.misbehave(server_error(500), verb="GetRecord", times=1)
    assert settle_plan(harvesting, plan.id).error is not None
    assert count_proofs(harvesting.store, plan.id) == {"idDoesNotExist": 2}
    done = again(harvesting, plan)
    assert (done.state, done.error) == ("applied", None)
    first, second, failed, third, _ = asked_for(repository)
    assert failed == third
    assert {first, second, third} == {"oai:test:3", "oai:test:4", "oai:test:5"}


def test_a_plan_without_proof_is_left_to_a_person_in_the_end(harvesting, repository, endpoint):
    repository.misbehave(server_error(500), times=None, verb="GetRecord")
    plan = plan_without(harvesting, repository, endpoint, 3)
    states = [again(harvesting, plan).state for _ in range(MAX_TRIES)]
    assert states == ["proposed"] * (MAX_TRIES - 1) + ["held"]
    assert get_plan(harvesting.store, plan.id).reason.startswith("no proof could be had in 8 tries: ")
    assert get_run(harvesting.store, plan.run).state == "held"
    assert len(asked_for(repository)) == MAX_TRIES


def test_a_plan_whose_provers_die_is_left_to_a_person_in_the_end(harvesting, repository, endpoint):
    plan = plan_without(harvesting, repository, endpoint, 3)
    for _ in range(MAX_TRIES):
        assert claim_plan(harvesting.store, plan.id, lease_s=0, now=time.time()) is not None
    assert settle_plan(harvesting, plan.id).reason == "no proof could be had in 8 tries: each was cut off"
    assert asked_for(repository) == []


def test_a_host_that_asks_to_wait_is_left_alone(harvesting, repository, endpoint):
    repository.misbehave(retry_later("120"), times=1, verb="GetRecord")
    plan = plan_without(harvesting, repository, endpoint, 3)
    assert settle_plan(harvesting, plan.id).state == "proposed"
    host = repository.url.split("/")[2]
    assert 100 < host_state(harvesting.store, host).blocked_until - time.time() <= 120
    assert again(harvesting, plan).state == "proposed"
    assert len(asked_for(repository)) == 1


def test_the_pace_of_the_host_is_kept_and_long_waits_are_left_to_the_next(harvesting, repository, endpoint):
    paced = replace(endpoint, pace_s=0.2)
    put_endpoint(harvesting.store, paced)
    plan = plan_without(harvesting, repository, paced, 3, 4)
    started = time.monotonic()
    assert settle_plan(harvesting, plan.id, pause_s=0.0).state == "proposed"
    assert again(harvesting, plan).state == "applied"
    assert len(asked_for(repository)) == 3
    assert time.monotonic() - started >= 0.4


def test_a_record_that_left_the_sets_is_proof_for_them(harvesting, repository):
    endpoint = Endpoint(key="sets", base_url=repository.url, sets=("set0", "set1"))
    put_endpoint(harvesting.store, endpoint)
    harvest(harvesting, endpoint)
    entry = next(entry for entry in repository.entries if entry.identifier == "oai:test:3")
    repository.put(replace(entry, sets=("set2",)))
    plan = plan_without(harvesting, repository, endpoint)
    assert (plan.live, plan.vanished) == (27, 1)
    assert settle_plan(harvesting, plan.id).state == "applied"
    assert count_proofs(harvesting.store, plan.id) == {"in none of the sets": 1}


@pytest.mark.parametrize("sets", [(), ("set0:below",)], ids=["none named", "below"])
def test_a_record_that_may_still_be_in_the_sets_contradicts(harvesting, repository, sets):
    endpoint = Endpoint(key="sets", base_url=repository.url, sets=("set0", "set1"))
    put_endpoint(harvesting.store, endpoint)
    harvest(harvesting, endpoint)
    entry = next(entry for entry in repository.entries if entry.identifier == "oai:test:3")
    repository.put(replace(entry, sets=sets))
    repository.misbehave(without(3), times=None)
    plan = plan_without(harvesting, repository, endpoint)
    assert settle_plan(harvesting, plan.id).state == "held"


def test_the_other_format_of_a_record_is_asked_for_by_its_own_prefix(harvesting, repository, endpoint):
    plan = plan_without(harvesting, repository, endpoint, 3)
    settle_plan(harvesting, plan.id)
    prefixes = {
        request.parameters["metadataPrefix"]
        for request in repository.requests
        if request.parameters["verb"] == "GetRecord"
    }
    assert prefixes == {"oai_dc"}


def test_an_approved_plan_is_applied_without_asking_and_undone_again(harvesting, repository, endpoint):
    plan = plan_without(harvesting, repository, endpoint, *range(1, 21))
    assert plan.state == "held"
    assert settle_plan(harvesting, plan.id) == plan
    approve_plan(harvesting.store, plan.id, time.time(), actor="ada")
    assert settle_plan(harvesting, plan.id).deleted == 20
    assert count_items(harvesting.store) == (20, 20)
    undo_plan(harvesting.store, plan.id, time.time(), actor="ada")
    settle_plans(harvesting, endpoint.key)
    assert (get_plan(harvesting.store, plan.id).state, count_items(harvesting.store)) == ("undone", (COUNT, 0))
    assert asked_for(repository) == []
    assert settle_plan(harvesting, 99) is None


def test_a_list_with_nothing_new_is_an_empty_result_that_moves_the_watermark(harvesting, repository):
    endpoint = Endpoint(key="one", base_url=repository.url, overlap_s=0.0)
    put_endpoint(harvesting.store, endpoint)
    harvest(harvesting, endpoint)
    first = get_watermarks(harvesting.store, "one")[""]
    while time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) <= first:
        time.sleep(0.05)
    run = harvest(harvesting, endpoint)
    assert (run.state, run.since, run.balance.received) == ("complete", first, 0)
    assert get_watermarks(harvesting.store, "one")[""] > first


def test_a_second_harvest_reaches_back_by_the_overlap(harvesting, repository, endpoint):
    by_day = replace(endpoint, granularity="YYYY-MM-DD")
    put_endpoint(harvesting.store, by_day)
    watermark = dt.date.fromisoformat(get_watermarks(harvesting.store, "one")[""][:10])
    assert begin_run(harvesting, by_day).since == (watermark - dt.timedelta(days=1)).isoformat()
