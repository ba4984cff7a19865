import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from harvester.store import UnknownEndpointError
from harvester.store.endpoints import remove_endpoint
from harvester.store.items import count_items, find_items, get_item, iter_items
from harvester.store.ledger.rejected import list_rejected
from harvester.store.ledger.runs import finish_run
from harvester.store.outbox import acknowledge, claim_outbox, outbox_depth
from harvester.store.records import put_page
from harvester.store.replays import (
    ReplayCounts,
    endpoint_pages,
    put_replay,
    rejected_pages,
    rejected_places,
    run_pages,
)
from harvester.store.tables import records
from tests.contract.store.building import (
    NOW,
    archive,
    begin,
    claim,
    harvest,
    made_endpoint,
    record,
    rejection,
)


def drain(store):
    batch = claim_outbox(store, limit=1000, lease_s=10, now=NOW)
    return 0 if batch is None else acknowledge(store, batch.fence, now=NOW)


def item(store, identifier):
    (item_id,) = find_items(store, identifier)
    return get_item(store, item_id)


def contents(store):
    """Everything that a replay could write."""
    with store.connect() as connection:
        rows = connection.execute(select(records).order_by(records.c.endpoint, records.c.identifier)).all()
    return rows, list(iter_items(store)), list_rejected(store), outbox_depth(store)


def replay(store, page, rows, rejects=(), freed=()):
    return put_replay(store, page, rows, rejects, freed, now=NOW + 60)


def harvest_with_rejects(store, endpoint, rows, rejects):
    run = begin(store, endpoint)
    taken = claim(store, run)
    archive(store, taken, len(rows) + rejects)
    put_page(store, taken, rows, [rejection(run.id, 0, len(rows) + place) for place in range(rejects)], now=NOW)
    return finish_run(store, run.id, NOW)


def test_of_a_page_only_what_differs_is_rewritten(store):
    run = harvest(store, made_endpoint(store), [record("1", "Old"), record("2"), record("3", deleted=True)])
    drain(store)
    (page,) = run_pages(store, run.id)
    counts = replay(store, page, [record("1", "New"), record("2"), record("3", deleted=True)])
    assert counts == ReplayCounts(changed=1, unchanged=2)
    changed = item(store, "1")
    assert (changed.title[0].value, changed.version, changed.harvested) == ("New", 2, "2027-01-15T08:01:00Z")
    assert changed.provenance[0].page == f"{run.id}/0"
    assert item(store, "2").version == 1
    assert [waiting.id for waiting in claim_outbox(store, limit=9, lease_s=9, now=NOW).items] == [changed.id]


def test_nothing_is_written_where_nothing_differs(store):
    endpoint = made_endpoint(store)
    first = harvest_with_rejects(store, endpoint, [record("1"), record("2")], 1)
    harvest(store, endpoint, [record("1")])
    before = contents(store)
    (page,) = run_pages(store, first.id)
    with store.begin() as other:  # a replay that wrote would wait for this one until it fails
        other.execute(text("UPDATE runs SET error = error"))
        counts = replay(store, page, [record("1"), record("2")], [rejection(first.id, 0, 2)])
    assert counts == ReplayCounts(unchanged=2, rejected=1)
    assert contents(store) == before


def test_what_a_newer_page_has_is_left_alone(store):
    endpoint = made_endpoint(store)
    first = harvest(store, endpoint, [record("1", "One"), record("2")])
    harvest(store, endpoint, [record("1", "Newer", datestamp="2026-02-01")])
    before = contents(store)
    (page,) = run_pages(store, first.id)
    assert replay(store, page, [record("1", "Other"), record("2")]) == ReplayCounts(unchanged=1, elsewhere=1)
    assert contents(store) == before


def test_deleted_records_stay_deleted(store):
    endpoint = made_endpoint(store)
    run = harvest(store, endpoint, [record("1"), record("2")])
    with store.begin() as connection:
        connection.execute(text("UPDATE records SET deleted = TRUE, plan = 7 WHERE identifier = '1'"))
    (page,) = run_pages(store, run.id)
    before = contents(store)
    assert replay(store, page, [record("1", "Back"), record("2")]) == ReplayCounts(unchanged=2)
    assert contents(store) == before


def test_a_rewritten_record_keeps_the_run_that_showed_it_last(store):
    endpoint = made_endpoint(store)
    first = harvest(store, endpoint, [record("1", "Old")])
    second = harvest(store, endpoint, [record("1", "Old")])
    (page,) = run_pages(store, first.id)
    assert replay(store, page, [record("1", "New")]).changed == 1
    with store.connect() as connection:
        kept = connection.execute(select(records.c.run, records.c.number, records.c.seen_run)).one()
    assert tuple(kept) == (first.id, 0, second.id)


def test_a_record_that_had_been_set_aside_becomes_one(store):
    run = harvest_with_rejects(store, made_endpoint(store), [record("1")], 2)
    (page,) = run_pages(store, run.id)
    assert rejected_places(store, page) == [1, 2]
    counts = replay(store, page, [record("1"), record("2", "Found")], [rejection(run.id, 0, 2)], {"2"})
    assert counts == ReplayCounts(unchanged=1, recovered=1, rejected=1)
    found = item(store, "2")
    assert (found.title[0].value, found.provenance[0].page) == ("Found", f"{run.id}/0")
    assert rejected_places(store, page) == [2]
    assert count_items(store) == (2, 0)


@pytest.mark.parametrize(
    ("datestamp", "deleted", "seen_again", "recovered"),
    [
        ("2026-01-01", False, False, 1),  # the page is of a newer run than what is kept
        ("2026-03-01", False, False, 1),
        ("2026-01-01", True, False, 1),
        ("2026-03-01", True, False, 0),  # deleted, and nothing says that this came later
        ("2026-01-01", False, True, 0),  # a later run showed it
    ],
)
def test_a_record_that_had_been_set_aside_gives_way_to_what_is_newer(store, datestamp, deleted, seen_again, recovered):
    endpoint = made_endpoint(store)
    older = [record("2", "Kept", datestamp=datestamp, deleted=deleted)]
    harvest(store, endpoint, [record("2", datestamp="2025-01-01")])
    harvest(store, endpoint, older)
    run = harvest_with_rejects(store, endpoint, [record("1")], 1)
    if seen_again:
        harvest(store, endpoint, older)
    (page,) = run_pages(store, run.id)
    counts = replay(store, page, [record("1"), record("2", "Found", datestamp="2026-02-01")], freed={"2"})
    assert (counts.recovered, counts.elsewhere) == (recovered, 1 - recovered)
    assert ([title.value for title in item(store, "2").title] == ["Found"]) == bool(recovered)
    assert rejected_places(store, page) == []


def test_a_record_that_fails_anew_is_set_aside_and_stays_as_it_was(store):
    endpoint = made_endpoint(store)
    run = harvest(store, endpoint, [record("1"), record("2")])
    harvest(store, endpoint, [record("2", "Newer", datestamp="2026-02-01")])
    (page,) = run_pages(store, run.id)
    lost = rejection(run.id, 0, 0, "empty_metadata")
    rejects = [type(lost)(run.id, 0, 0, "1", *list_fields(lost)), type(lost)(run.id, 0, 1, "2", *list_fields(lost))]
    assert replay(store, page, [], rejects) == ReplayCounts(newly_rejected=1, elsewhere=1)
    assert item(store, "1").title[0].value == "A title"
    assert list_rejected(store) == rejects[:1]
    before = contents(store)
    assert replay(store, page, [], rejects) == ReplayCounts(rejected=1, elsewhere=1)
    assert contents(store) == before


def list_fields(reject):
    return reject.cause, reject.reason, reject.raw


def test_pages_of_an_endpoint_are_those_that_own_a_live_record_or_have_one_set_aside(store):
    endpoint = made_endpoint(store)
    first = harvest(store, endpoint, [record("1")], [record("2")])
    second = harvest(store, endpoint, [record("1", "New", datestamp="2026-02-01")])
    third = harvest(store, endpoint, [record("3", deleted=True)])
    fourth = harvest_with_rejects(store, endpoint, [record("1", "New", datestamp="2026-02-01")], 1)
    other = harvest(store, made_endpoint(store, "there"), [record("4")])
    mine = [(first.id, 1), (second.id, 0), (fourth.id, 0)]
    assert [(page.run, page.number) for page in endpoint_pages(store, "here")] == mine
    assert [(page.run, page.number) for page in endpoint_pages(store)] == [*mine, (other.id, 0)]
    assert [(page.run, page.number) for page in run_pages(store, first.id)] == [(first.id, 0), (first.id, 1)]
    assert [page.location for page in run_pages(store, first.id, 1)] == [f"{first.id}/1"]
    assert [page.verb for page in run_pages(store, third.id)] == ["ListRecords"]
    assert run_pages(store, first.id, 9) == []


def test_two_replays_of_a_page_at_once_write_it_once(store):
    run = harvest(store, made_endpoint(store), [record(str(number), "Old") for number in range(50)])
    (page,) = run_pages(store, run.id)
    rows = [record(str(number), "New") for number in range(50)]
    begun = threading.Barrier(4)

    def work(_):
        begun.wait(30)
        return replay(store, page, rows)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sum(counts.changed for counts in done) == 50
    assert {found.version for found in iter_items(store)} == {2}


def test_a_replay_beside_a_harvest_never_undoes_it(store):
    endpoint = made_endpoint(store)
    numbers = range(40)
    run = harvest(store, endpoint, [record(str(number), "Old") for number in numbers])
    (page,) = run_pages(store, run.id)
    begun = threading.Barrier(2)

    def harvest_newer():
        begun.wait(30)
        harvest(store, endpoint, [record(str(number), "Newer", datestamp="2026-02-01") for number in numbers])

    def replay_older():
        begun.wait(30)
        for turn in range(20):
            replay(store, page, [record(str(number), f"Replayed {turn}") for number in numbers])
            time.sleep(0.001)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(harvest_newer), pool.submit(replay_older)]:
            done.result()
    assert {found.title[0].value for found in iter_items(store)} == {"Newer"}


def test_a_page_of_an_endpoint_that_was_removed_brings_nothing_back(store):
    endpoint = made_endpoint(store)
    run = harvest_with_rejects(store, endpoint, [record("1")], 1)
    (page,) = run_pages(store, run.id)
    remove_endpoint(store, "here", NOW)
    assert endpoint_pages(store) == run_pages(store, run.id) == []
    with pytest.raises(UnknownEndpointError, match="endpoint here was removed"):
        replay(store, page, [record("1"), record("2")], freed={"2"})
    assert count_items(store) == (0, 1)


def test_pages_with_rejected_records_are_chosen_by_endpoint_cause_and_run(store):
    here, there = made_endpoint(store), made_endpoint(store, "there", base_url="https://there.example/oai")
    first = harvest_with_rejects(store, here, [record("1")], 2)
    second = harvest_with_rejects(store, there, [], 1)
    harvest(store, here, [record("2")])

    def chosen(endpoint=None, cause=None, run=None):
        return [page.run for page in rejected_pages(store, endpoint=endpoint, cause=cause, run=run)]

    assert chosen() == [first.id, second.id]
    assert chosen(endpoint="there", cause="no_identifier") == [second.id]
    assert chosen(cause="another") == chosen(endpoint="here", run=second.id) == []
