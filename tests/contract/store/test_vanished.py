from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from harvester.store.deletions.applying import claim_plan
from harvester.store.deletions.plans import approve_plan, list_plans, plan_of_run, undo_plan
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.pages import kill_page
from harvester.store.ledger.runs import finish_run, get_run, get_watermarks
from harvester.store.outbox import outbox_depth
from harvester.store.records import put_page
from harvester.store.tables import pages
from tests.contract.store.building import archive, claim, harvest, put, rejection
from tests.contract.store.planning import (
    AFTER,
    BEFORE,
    LATER,
    applied,
    apply,
    begin_full,
    content,
    list_all,
    planned,
    rows,
)


def test_a_whole_list_that_lacks_a_record_gets_a_plan_and_deletes_nothing(store, endpoint):
    before = content(store)
    run = list_all(store, endpoint, rows(*range(19)))
    plan = plan_of_run(store, run.id)
    assert (run.state, run.error) == ("complete", None)
    assert (plan.state, plan.live, plan.vanished, plan.deleted, plan.reason) == ("proposed", 20, 1, 0, None)
    assert (plan.endpoint, plan.metadata_prefix, plan.run) == ("here", "oai_dc", run.id)
    assert planned(store, plan) == ["0019"]
    assert list_plans(store) == list_plans(store, endpoint="here", states=("proposed",)) == [plan]
    assert list_plans(store, states=("held",)) == list_plans(store, endpoint="there") == []
    assert content(store) == before
    assert outbox_depth(store).waiting == 0


def test_the_watermark_moves_when_the_plan_has_been_applied(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)))
    assert get_watermarks(store, "here") == BEFORE
    apply(store, plan_of_run(store, run.id))
    assert get_watermarks(store, "here") == AFTER


def test_a_list_that_lacks_nothing_gets_no_plan_and_moves_the_watermark(store, endpoint):
    run = list_all(store, endpoint, rows(*range(20)))
    assert (run.state, run.error, plan_of_run(store, run.id)) == ("complete", None, None)
    assert get_watermarks(store, "here") == AFTER


@pytest.mark.parametrize(
    ("gone", "state", "reason"),
    [
        (2, "proposed", None),
        (3, "proposed", "15 % or more: look at it"),
        (5, "proposed", "15 % or more: look at it"),
        (6, "held", "from 30 % on a person decides"),
    ],
)
def test_the_share_warns_and_then_holds(store, endpoint, gone, state, reason):
    run = list_all(store, endpoint, rows(*range(20 - gone)))
    plan = plan_of_run(store, run.id)
    assert (plan.state, plan.reason) == (state, reason)
    assert run.state == ("held" if state == "held" else "complete")


@pytest.mark.parametrize(("gone", "state"), [(1, "proposed"), (2, "held"), (3, "held")])
def test_the_endpoints_own_number_holds(store, endpoint, gone, state):
    endpoint = replace(endpoint, hold_deletions=2)
    put_endpoint(store, endpoint)
    run = list_all(store, endpoint, rows(*range(20 - gone)))
    plan = plan_of_run(store, run.id)
    assert (plan.state, plan.reason) == (
        state,
        "from 2 records on a person decides" if state == "held" else None,
    )


def test_a_held_run_says_so_leaves_the_watermark_and_does_not_block_the_next(store, endpoint):
    run = list_all(store, endpoint, rows(*range(10)))
    assert run.state == "held"
    assert run.error == (
        "plan 1 is held: 10 of 20 live records (50 %) are not in the list: from 30 % on a person decides; "
        "`oaihub plans show 1` shows them"
    )
    assert get_watermarks(store, "here") == BEFORE
    assert claim_plan(store, 1, lease_s=10, now=LATER) is None
    assert harvest(store, endpoint, rows(1)).state == "complete"


def test_an_empty_list_is_held(store, endpoint):
    run = list_all(store, endpoint, [])
    assert "the whole list was empty" in plan_of_run(store, run.id).reason
    assert run.state == "held"


def test_a_record_that_was_set_aside_has_not_vanished(store, endpoint):
    aside = replace(rejection(0, 0, 18, "bad"), identifier="0018")
    run = list_all(store, endpoint, rows(*range(18)), rejected=[aside])
    assert planned(store, plan_of_run(store, run.id)) == ["0019"]


def test_a_record_set_aside_in_an_earlier_run_has_vanished(store, endpoint):
    list_all(store, endpoint, rows(*range(19)), rejected=[replace(rejection(0, 0, 19, "bad"), identifier="0019")])
    run = list_all(store, endpoint, rows(*range(19)))
    assert planned(store, plan_of_run(store, run.id)) == ["0019"]


def test_records_set_aside_without_an_identifier_hold_the_plan(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)), rejected=[rejection(0, 0, 19), rejection(0, 0, 20)])
    assert (run.state, plan_of_run(store, run.id).reason) == (
        "held",
        "2 records of the list were set aside without an identifier, and may be among them",
    )


@pytest.mark.parametrize(
    "asked",
    [{"since": "2026-01-01"}, {"until": "2027-01-01"}, {"deleted_record": ""}],
    ids=["since", "until", "no witness"],
)
def test_a_list_that_was_not_whole_makes_no_plan(store, endpoint, asked):
    run = list_all(store, endpoint, rows(1), **asked)
    assert (run.state, run.error, list_plans(store)) == ("complete", None, [])


def test_what_a_repository_with_persistent_deletions_lacks_is_told_and_kept(store, endpoint):
    run = list_all(store, endpoint, rows(*range(15)), deleted_record="persistent")
    assert (run.state, list_plans(store)) == ("complete", [])
    assert run.error == (
        "5 of 20 live records (25 %) are not in the list, and are kept: the repository says of its deleted records: "
        "persistent"
    )
    assert get_watermarks(store, "here") == AFTER


def test_transient_deletions_are_planned_like_none(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)), deleted_record="transient")
    assert plan_of_run(store, run.id).state == "proposed"


@pytest.mark.parametrize("code", ["short_list", "endless_list"])
def test_a_list_that_broke_off_makes_no_plan(store, endpoint, code):
    run = begin_full(store, endpoint)
    put(store, run, 0, rows(*range(19)), now=LATER)
    with store.begin() as connection:
        connection.execute(update(pages).where(pages.c.run == run.id).values(notes=f'{{"{code}":1}}'))
    ended = finish_run(store, run.id, LATER)
    assert (ended.state, list_plans(store)) == ("complete", [])
    assert ended.error.endswith("and are kept: the list was not whole")


def test_a_run_with_a_dead_page_makes_no_plan(store, endpoint):
    run = begin_full(store, endpoint)
    put(store, run, 0, rows(*range(10)), token="more", now=LATER)
    kill_page(store, claim(store, run, 1, now=LATER), "gone", LATER)
    assert (finish_run(store, run.id, LATER).state, list_plans(store)) == ("partial", [])


def test_an_unbalanced_run_makes_no_plan(store, endpoint):
    run = begin_full(store, endpoint)
    held = claim(store, run, now=LATER)
    archive(store, held, 5, now=LATER)
    put_page(store, held, rows(1), [], now=LATER)
    assert (finish_run(store, run.id, LATER).state, list_plans(store)) == ("unbalanced", [])


def test_a_run_of_other_sets_than_the_endpoint_has_now_makes_no_plan(store, endpoint):
    run = begin_full(store, endpoint)
    put(store, run, 0, rows(1), now=LATER)
    put_endpoint(store, replace(endpoint, sets=("a",)))
    assert (finish_run(store, run.id, LATER).state, list_plans(store)) == ("complete", [])


def test_of_two_that_end_a_run_at_once_one_makes_the_plan(store, endpoint):
    run = begin_full(store, endpoint)
    put(store, run, 0, rows(*range(10)), now=LATER)
    with ThreadPoolExecutor(4) as pool:
        ended = [found for found in pool.map(lambda _: finish_run(store, run.id, LATER), range(4)) if found]
    assert [found.state for found in ended] == ["held"]
    assert [plan.vanished for plan in list_plans(store)] == [10]


def test_what_a_person_has_kept_is_not_deleted_without_that_person(store, endpoint):
    plan = applied(store, endpoint, 19)
    undo_plan(store, plan.id, LATER, actor="ada")
    apply(store, plan)
    run = list_all(store, endpoint, rows(*range(18)))
    assert (run.state, plan_of_run(store, run.id).reason) == ("held", "1 of them were kept by a person before")
    list_all(store, endpoint, rows(*range(20)))
    run = list_all(store, endpoint, rows(*range(19)))
    assert (run.state, plan_of_run(store, run.id).state) == ("complete", "proposed")


@pytest.mark.parametrize("present", [10, 20], ids=["another plan", "none"])
@pytest.mark.parametrize("before", [9, 19], ids=["held", "proposed"])
def test_a_newer_list_takes_the_place_of_an_undecided_plan(store, endpoint, before, present):
    first = list_all(store, endpoint, rows(*range(before)))
    second = list_all(store, endpoint, rows(*range(present)))
    old, new = plan_of_run(store, first.id), plan_of_run(store, second.id)
    assert (old.state, old.reason) == ("closed", f"run {second.id} has listed everything anew")
    assert get_run(store, first.id).state == "complete"
    assert (new is None) == (present == 20)
    assert approve_plan(store, old.id, LATER, actor="ada") is undo_plan(store, old.id, LATER, actor="ada") is None


def test_a_list_that_proves_nothing_leaves_an_older_plan(store, endpoint):
    list_all(store, endpoint, rows(*range(10)))
    harvest(store, endpoint, rows(1), now=LATER)
    list_all(store, endpoint, rows(*range(10)), deleted_record="persistent")
    assert [plan.state for plan in list_plans(store)] == ["held"]
