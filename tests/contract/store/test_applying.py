from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from harvester.store.deletions.applying import (
    accept_plan,
    advance_plan,
    claim_plan,
    due_plans,
    hold_plan,
    note_proof,
    put_off_plan,
    renew_plan,
    sample_plan,
    seen_record,
    stale_plans,
)
from harvester.store.deletions.plans import (
    approve_plan,
    count_proofs,
    get_plan,
    plan_of_run,
    sample_plan_records,
    undo_plan,
)
from harvester.store.endpoints import remove_endpoint
from harvester.store.items import count_items
from harvester.store.ledger.runs import get_run, get_watermarks
from tests.contract.store.building import harvest, made_endpoint
from tests.contract.store.planning import (
    AFTER,
    BEFORE,
    LATER,
    applied,
    apply,
    content,
    drain,
    item_of,
    list_all,
    rows,
    taken,
)


def test_other_prefixes_endpoints_and_repositories_are_left_alone(store, endpoint):
    mods = replace(endpoint, metadata_prefix="mods")
    sibling, stranger = made_endpoint(store, "sibling"), made_endpoint(store, "x", base_url="https://x.example/oai")
    for other in (mods, sibling, stranger):
        harvest(store, other, rows(*range(20)))
    plan = applied(store, endpoint, 19)
    assert (plan.live, plan.vanished, plan.deleted) == (20, 1, 1)
    deleted = [(row.endpoint, row.metadata_prefix, row.identifier) for row in content(store) if row.deleted]
    assert deleted == [("here", "oai_dc", "0019")]
    assert count_items(store) == (40, 0)


def test_applying_deletes_records_keeps_their_metadata_and_tells_the_index(store, endpoint):
    metadata = {row.identifier: row.metadata for row in content(store)}
    plan = applied(store, endpoint, 3, 4)
    assert (plan.state, plan.deleted, plan.decided) == ("applied", 2, LATER)
    for identifier in ("0003", "0004"):
        item = item_of(store, identifier)
        assert (item.deleted, item.version, item.title) == (True, 2, ())
    assert {row.identifier: row.metadata for row in content(store)} == metadata
    assert [(row.identifier, row.plan) for row in content(store) if row.deleted] == [
        ("0003", plan.id),
        ("0004", plan.id),
    ]
    assert drain(store) == {item_of(store, "0003").id, item_of(store, "0004").id}
    assert count_items(store) == (18, 2)


def test_an_item_with_another_live_record_stays_alive_and_loses_this_one(store, endpoint):
    other = made_endpoint(store, "other", metadata_prefix="mods")
    harvest(store, other, rows(19, title="Held"))
    applied(store, endpoint, 19)
    item = item_of(store, "0019")
    assert (item.deleted, item.title[0].value, item.version) == (False, "Held 19", 3)
    assert [(part.endpoint, part.deleted) for part in item.provenance] == [("other", False), ("here", True)]


def test_one_who_died_between_two_steps_is_followed_and_nothing_is_done_twice(store, endpoint):
    run = list_all(store, endpoint, rows(*range(15)))
    plan = plan_of_run(store, run.id)
    first = taken(store, plan)
    accept_plan(store, first)
    assert advance_plan(store, first, lease_s=10, now=LATER, chunk=2)
    half = get_plan(store, plan.id)
    assert (half.state, half.deleted, get_watermarks(store, "here")) == ("applying", 2, BEFORE)
    assert claim_plan(store, plan.id, lease_s=10, now=LATER + 9) is None
    second = taken(store, plan, now=LATER + 11)
    assert not advance_plan(store, first, lease_s=10, now=LATER + 11)
    while advance_plan(store, second, lease_s=10, now=LATER + 11, chunk=2):
        pass
    done = get_plan(store, plan.id)
    assert (done.state, done.deleted, get_watermarks(store, "here")) == ("applied", 5, AFTER)
    assert {item_of(store, f"{number:04}").version for number in range(15, 20)} == {2}
    assert claim_plan(store, plan.id, lease_s=10, now=LATER + 99) is None


@pytest.mark.parametrize("chunk", [1, 4, 5, 6])
def test_steps_of_any_size_reach_the_end(store, endpoint, chunk):
    run = list_all(store, endpoint, rows(*range(15)))
    assert apply(store, plan_of_run(store, run.id), chunk=chunk).deleted == 5
    assert undo_plan(store, 1, LATER, actor="ada").state == "undoing"
    undone = apply(store, get_plan(store, 1), chunk=chunk)
    assert (undone.state, undone.deleted) == ("undone", 0)


def test_a_plan_that_another_has_taken_over_is_not_touched(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)))
    plan = plan_of_run(store, run.id)
    lost, mine = taken(store, plan), taken(store, plan, now=LATER + 11)
    assert not renew_plan(store, lost, lease_s=10, now=LATER + 11)
    assert not note_proof(store, lost, "0019", "idDoesNotExist")
    assert not accept_plan(store, lost)
    assert not hold_plan(store, lost, "because")
    put_off_plan(store, lost, error="no answer", not_before=LATER + 999, failed=True)
    assert get_plan(store, plan.id) == plan
    assert renew_plan(store, mine, lease_s=10, now=LATER + 11)
    assert accept_plan(store, mine)


def test_of_many_that_take_a_plan_at_once_one_has_it(store, endpoint):
    list_all(store, endpoint, rows(*range(19)))
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim_plan(store, 1, lease_s=10, now=LATER), range(8)))
    assert sum(held is not None for held in claims) == 1


def test_a_record_that_came_back_before_the_plan_was_applied_is_not_deleted(store, endpoint):
    run = list_all(store, endpoint, rows(*range(17)))
    harvest(store, endpoint, rows(18), now=LATER)
    plan = apply(store, plan_of_run(store, run.id))
    assert (plan.vanished, plan.deleted) == (3, 2)
    assert [item_of(store, name).deleted for name in ("0017", "0018", "0019")] == [True, False, True]


def test_a_record_that_comes_back_later_is_alive_and_loses_its_mark(store, endpoint):
    plan = applied(store, endpoint, 18, 19)
    drain(store)
    run = list_all(store, endpoint, rows(*range(19)))
    assert (run.balance.changed, run.balance.unchanged) == (1, 18)
    assert (item_of(store, "0018").deleted, item_of(store, "0019").deleted) == (False, True)
    assert [row.identifier for row in content(store) if row.plan is not None] == ["0019"]
    assert drain(store) == {item_of(store, "0018").id}
    undo_plan(store, plan.id, LATER, actor="ada")
    apply(store, plan)
    assert drain(store) == {item_of(store, "0019").id}


def test_a_contradiction_holds_the_plan_and_its_run(store, endpoint):
    run = list_all(store, endpoint, rows(*range(19)))
    plan = plan_of_run(store, run.id)
    assert hold_plan(store, taken(store, plan), "the repository still has 0019")
    plan, run = get_plan(store, plan.id), get_run(store, run.id)
    assert (plan.state, plan.reason, run.state) == ("held", "the repository still has 0019", "held")
    assert "the repository still has 0019; `oaihub plans show 1`" in run.error
    assert get_watermarks(store, "here") == BEFORE
    apply(store, approve_plan(store, plan.id, LATER, actor="ada"))
    assert (get_run(store, run.id).state, get_watermarks(store, "here")) == ("complete", AFTER)


def test_a_plan_that_is_put_off_waits_and_counts_its_tries(store, endpoint):
    list_all(store, endpoint, rows(*range(19)))
    first = taken(store, get_plan(store, 1))
    put_off_plan(store, first, error="no answer", not_before=LATER + 60, failed=True)
    assert (get_plan(store, 1).error, first.tries) == ("no answer", 1)
    assert claim_plan(store, 1, lease_s=10, now=LATER + 59) is None
    second = taken(store, get_plan(store, 1), now=LATER + 60)
    put_off_plan(store, second, error=None, not_before=LATER + 90, failed=False)
    assert (second.tries, taken(store, get_plan(store, 1), now=LATER + 90).tries) == (2, 2)


def test_the_reconciler_is_given_plans_that_nobody_works_on_once_an_age(store, endpoint):
    list_all(store, endpoint, rows(*range(19)))
    assert stale_plans(store, now=LATER + 2, age_s=3, limit=5) == []
    assert stale_plans(store, now=LATER + 4, age_s=3, limit=5) == [1]
    assert stale_plans(store, now=LATER + 5, age_s=3, limit=5) == []
    assert due_plans(store, "here", LATER) == [1]
    held = taken(store, get_plan(store, 1), now=LATER + 5)
    assert stale_plans(store, now=LATER + 10, age_s=3, limit=5) == due_plans(store, "here", LATER + 10) == []
    assert stale_plans(store, now=LATER + 16, age_s=3, limit=5) == [1]
    hold_plan(store, held, "because")
    assert stale_plans(store, now=LATER + 60, age_s=3, limit=5) == due_plans(store, "there", LATER + 60) == []


def test_proofs_are_sampled_counted_and_shown_first(store, endpoint):
    run = list_all(store, endpoint, rows(*range(15)))
    held = taken(store, plan := plan_of_run(store, run.id))
    gone = {"0015", "0016", "0017", "0018", "0019"}
    assert set(sample_plan(store, held, 10)) == gone
    assert len(sample_plan(store, held, 3)) == 3
    assert note_proof(store, held, "0018", "idDoesNotExist")
    assert note_proof(store, held, "0016", "deleted")
    assert set(sample_plan(store, held, 10)) == gone - {"0016", "0018"}
    assert len(sample_plan(store, held, 3)) == 1
    assert sample_plan(store, held, 2) == []
    assert count_proofs(store, plan.id) == {"idDoesNotExist": 1, "deleted": 1}
    first = sample_plan_records(store, plan, 3)
    assert [(row.identifier, row.proof, row.title) for row in first] == [
        ("0016", "deleted", "A title 16"),
        ("0018", "idDoesNotExist", "A title 18"),
        ("0015", None, "A title 15"),
    ]
    assert first[0].item == item_of(store, "0016").id
    assert seen_record(store, held) in {f"{number:04}" for number in range(15)}


def test_work_on_a_plan_ends_when_its_endpoint_is_removed(store, endpoint):
    run = list_all(store, endpoint, rows(*range(10)))
    held = taken(store, approve_plan(store, plan_of_run(store, run.id).id, LATER, actor="ada"))
    assert advance_plan(store, held, lease_s=10, now=LATER, chunk=2)
    remove_endpoint(store, "here", LATER)
    assert not advance_plan(store, held, lease_s=10, now=LATER, chunk=2)
    assert get_plan(store, held.plan.id).state == "closed"
