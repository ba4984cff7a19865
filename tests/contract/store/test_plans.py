import pytest

from harvester.store.deletions.applying import advance_plan, claim_plan
from harvester.store.deletions.plans import approve_plan, get_plan, list_plans, plan_of_run, undo_plan
from harvester.store.endpoints import remove_endpoint
from harvester.store.items import count_items
from harvester.store.ledger.runs import finish_run, get_run, get_watermarks
from harvester.store.records import put_page
from tests.contract.store.building import archive, claim, harvest, made_endpoint, record
from tests.contract.store.planning import (
    AFTER,
    BEFORE,
    LATER,
    applied,
    apply,
    begin_full,
    content,
    drain,
    item_of,
    list_all,
    planned,
    rows,
    taken,
)


def test_undo_brings_back_what_the_plan_has_deleted(store, endpoint):
    before = content(store)
    plan = applied(store, endpoint, 18, 19)
    drain(store)
    assert undo_plan(store, plan.id, LATER + 5, actor="ada").state == "undoing"
    undone = apply(store, plan)
    assert (undone.state, undone.deleted, undone.decided) == ("undone", 0, LATER + 5)
    assert content(store) == before
    items = [item_of(store, name) for name in ("0018", "0019")]
    assert [(item.deleted, item.version, item.title[0].value) for item in items] == [
        (False, 3, "A title 18"),
        (False, 3, "A title 19"),
    ]
    assert drain(store) == {item.id for item in items}
    assert get_watermarks(store, "here") == AFTER


def test_undo_leaves_what_the_repository_has_deleted_itself(store, endpoint):
    plan = applied(store, endpoint, 19)
    run = harvest(store, endpoint, [record("0019", deleted=True, datestamp="2026-02-02")], now=LATER)
    assert run.balance.unchanged == 1
    undo_plan(store, plan.id, LATER, actor="ada")
    apply(store, plan)
    assert item_of(store, "0019").deleted
    (row,) = [row for row in content(store) if row.identifier == "0019"]
    assert (row.plan, row.metadata) == (None, b"")


def test_a_plan_is_undone_and_approved_once(store, endpoint):
    plan = applied(store, endpoint, 19)
    assert approve_plan(store, plan.id, LATER, actor="ada") is None
    assert undo_plan(store, plan.id, LATER, actor="ada") is not None
    assert undo_plan(store, plan.id, LATER, actor="ada") is None
    apply(store, plan)
    assert undo_plan(store, plan.id, LATER, actor="ada") is None
    assert approve_plan(store, plan.id, LATER, actor="ada") is None
    assert (
        approve_plan(store, 99, LATER, actor="ada")
        is undo_plan(store, 99, LATER, actor="ada")
        is get_plan(store, 99)
        is None
    )


def test_a_plan_that_is_half_applied_can_be_undone(store, endpoint):
    before = content(store)
    run = list_all(store, endpoint, rows(*range(10)))
    plan = approve_plan(store, plan_of_run(store, run.id).id, LATER, actor="ada")
    held = taken(store, plan)
    assert advance_plan(store, held, lease_s=10, now=LATER, chunk=4)
    assert undo_plan(store, plan.id, LATER, actor="ada").deleted == 4
    assert not advance_plan(store, held, lease_s=10, now=LATER, chunk=4)
    undone = apply(store, plan)
    assert (undone.state, undone.deleted, content(store)) == ("undone", 0, before)
    assert get_run(store, run.id).state == "complete"
    assert get_watermarks(store, "here") == BEFORE


def test_an_approved_plan_is_applied_and_its_run_is_complete(store, endpoint):
    run = list_all(store, endpoint, rows(*range(10)))
    plan = approve_plan(store, plan_of_run(store, run.id).id, LATER, actor="ada")
    assert (plan.state, get_run(store, run.id).state) == ("applying", "held")
    assert approve_plan(store, plan.id, LATER, actor="ada") is None
    assert apply(store, plan).deleted == 10
    ended = get_run(store, run.id)
    assert (ended.state, ended.error, ended.balance) == ("complete", "its deletion plan 1 was applied", run.balance)
    assert get_watermarks(store, "here") == AFTER
    assert count_items(store) == (10, 10)


def test_a_late_approval_does_not_put_the_watermark_back(store, endpoint):
    run = list_all(store, endpoint, rows(*range(10)))
    later = begin_full(store, endpoint, since="2027-01-15T07:00:00Z", now=LATER + 86_400)
    held = claim(store, later, now=LATER + 86_400)
    archive(store, held, 0, date="2027-01-17T08:00:00Z", now=LATER + 86_400)
    put_page(store, held, [], [], now=LATER + 86_400)
    assert finish_run(store, later.id, LATER + 86_400).state == "complete"
    apply(store, approve_plan(store, plan_of_run(store, run.id).id, LATER, actor="ada"))
    assert get_watermarks(store, "here") == {"": "2027-01-17T08:00:00Z"}


@pytest.mark.parametrize("present", [10, 19], ids=["held", "proposed"])
def test_a_plan_that_was_not_applied_is_dismissed(store, endpoint, present):
    before = content(store)
    run = list_all(store, endpoint, rows(*range(present)))
    plan = undo_plan(store, plan_of_run(store, run.id).id, LATER, actor="ada")
    assert (plan.state, plan.decided, get_run(store, run.id).state) == ("dismissed", LATER, "complete")
    assert claim_plan(store, plan.id, lease_s=10, now=LATER) is None
    assert undo_plan(store, plan.id, LATER, actor="ada") is approve_plan(store, plan.id, LATER, actor="ada") is None
    assert content(store) == before
    assert get_watermarks(store, "here") == BEFORE


def test_removing_an_endpoint_closes_its_plans_and_nothing_comes_back(store, endpoint):
    first = applied(store, endpoint, 19)
    run = list_all(store, endpoint, rows(*range(5)))
    remove_endpoint(store, "here", LATER + 5)
    assert [(plan.state, plan.reason) for plan in list_plans(store)] == [("closed", "the endpoint was removed")] * 2
    assert get_run(store, run.id).state == "complete"
    assert claim_plan(store, first.id, lease_s=10, now=LATER + 5) is None
    assert (
        undo_plan(store, first.id, LATER, actor="ada") is approve_plan(store, first.id + 1, LATER, actor="ada") is None
    )
    assert {(row.deleted, row.plan, row.metadata) for row in content(store)} == {(True, None, b"")}
    assert count_items(store) == (0, 20)


def test_a_plan_of_many_records_is_read_in_chunks(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, rows(*range(2500)))
    run = list_all(store, endpoint, rows(0))
    plan = plan_of_run(store, run.id)
    assert planned(store, plan) == [f"{number:04}" for number in range(1, 2500)]
