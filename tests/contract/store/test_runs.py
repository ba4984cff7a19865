import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from harvester.endpoint import Endpoint
from harvester.store import UnknownEndpointError
from harvester.store.ledger.balance import Balance, difference, run_balance
from harvester.store.ledger.pages import Claim, claim_page, held, kill_page, list_pages, next_page, release_page
from harvester.store.ledger.runs import (
    RunOpenError,
    end_run,
    finish_run,
    get_run,
    get_watermarks,
    list_open_runs,
    list_runs,
    open_run,
    running,
)
from harvester.store.records import put_page
from harvester.store.tables import pages
from tests.contract.store.building import (
    NOW,
    RESPONSE_DATE,
    archive,
    begin,
    claim,
    get_page,
    harvest,
    made_endpoint,
    put,
    record,
)


def test_a_run_begins_with_the_first_pages_of_its_sets(store):
    endpoint = made_endpoint(store, sets=("a", "b"))
    run = begin(store, endpoint, since="2026-01-01")
    page = get_page(store, run.id, 0)
    assert (page.state, page.set_spec, page.token) == ("pending", "a", None)
    assert [page.set_spec for page in list_pages(store, run.id)] == ["a", "b"]
    assert get_run(store, run.id) == open_run(store, "here") == run
    assert (run.state, run.ended, run.balance, run.since, run.sets) == (None, None, None, "2026-01-01", ("a", "b"))


def test_a_second_run_of_an_endpoint_is_refused_and_names_the_first(store):
    endpoint = made_endpoint(store)
    first = begin(store, endpoint)
    with pytest.raises(RunOpenError, match=f"run {first.id} is open") as caught:
        begin(store, endpoint)
    assert caught.value.run == first
    assert [run.id for run in list_runs(store)] == [first.id]


def test_of_many_that_begin_at_once_one_gets_the_run(store):
    endpoint = made_endpoint(store)

    def attempt(_):
        try:
            return begin(store, endpoint).id
        except RunOpenError as error:
            return -error.run.id

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))
    run = outcomes[-1]
    assert run > 0
    assert outcomes == [-run] * 7 + [run]


def test_other_endpoints_may_run_meanwhile(store):
    first, second = begin(store, made_endpoint(store)), begin(store, made_endpoint(store, "there"))
    assert list_open_runs(store) == [first, second]


def test_an_endpoint_that_is_not_kept_cannot_be_run(store):
    with pytest.raises(UnknownEndpointError, match="endpoint lost is not in the store"):
        begin(store, Endpoint(key="lost", base_url="https://repository.example/oai"))


def test_a_complete_run_has_its_balance_and_moves_the_watermark(store):
    endpoint = made_endpoint(store)
    run = harvest(store, endpoint, [record("1"), record("2"), record("3")], [record("3"), record("4", deleted=True)])
    assert run.state == "complete"
    assert run.balance == Balance(received=5, new=3, changed=0, unchanged=0, deleted=1, duplicate=1, rejected=0)
    assert difference(run.balance) == 0
    assert run_balance(store, run.id) == run.balance
    assert get_watermarks(store, "here") == {"": RESPONSE_DATE}
    assert open_run(store, "here") is None
    assert finish_run(store, run.id, NOW) is None


def test_a_record_that_no_line_explains_makes_the_run_unbalanced(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    archive(store, taken, received=3)
    put_page(store, taken, [record("1"), record("2")], [], now=NOW)
    ended = finish_run(store, run.id, NOW)
    assert (ended.state, ended.error) == ("unbalanced", "1 of the records received are not accounted for")
    assert difference(ended.balance) == 1
    assert get_watermarks(store, "here") == {}


def test_sets_are_harvested_one_after_the_other_each_with_its_watermark(store):
    run = begin(store, made_endpoint(store, sets=("a", "b")))
    for number, token, date in [
        (0, "more", "2026-05-01T00:00:00Z"),
        (2, None, "2026-05-01T00:00:09Z"),
        (1, None, "2026-05-01T00:00:20Z"),
    ]:
        assert next_page(store, run.id).number == number
        taken = claim(store, run, number)
        archive(store, taken, 1, token=token, date=date)
        put_page(store, taken, [record(str(number))], [], now=NOW)
    listed = [(page.set_spec, page.token) for page in list_pages(store, run.id)]
    assert listed == [("a", None), ("b", None), ("a", "more")]
    assert finish_run(store, run.id, NOW).state == "complete"
    assert get_watermarks(store, "here") == {"a": "2026-05-01T00:00:00Z", "b": "2026-05-01T00:00:20Z"}


def test_a_run_with_an_end_leaves_the_watermark(store):
    run = begin(store, made_endpoint(store), until="2026-02-01")
    put(store, run, 0, [record("1")])
    assert finish_run(store, run.id, NOW).state == "complete"
    assert get_watermarks(store, "here") == {}


@pytest.mark.parametrize(
    ("since", "watermark"), [("2027-01-15", "2027-01-15T20:00:00Z"), ("2027-01-20", RESPONSE_DATE)]
)
def test_the_watermark_passes_no_gap(store, since, watermark):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    run = begin(store, endpoint, since=since)
    archive_all(store, claim(store, run), "2027-01-15T20:00:00Z")
    assert finish_run(store, run.id, NOW).state == "complete"
    assert get_watermarks(store, "here") == {"": watermark}


def archive_all(store, taken: Claim, date):
    archive(store, taken, 0, date=date)
    put_page(store, taken, [], [], now=NOW)


def test_a_run_with_open_pages_does_not_end(store):
    run = begin(store, made_endpoint(store))
    assert finish_run(store, run.id, NOW) is None
    archive(store, claim(store, run), 1)
    assert finish_run(store, run.id, NOW) is None
    assert next_page(store, run.id).number == 0


def test_a_run_whose_first_page_is_dead_has_failed(store):
    run = begin(store, made_endpoint(store))
    kill_page(store, claim(store, run), "not an OAI-PMH answer", NOW)
    ended = finish_run(store, run.id, NOW + 5)
    assert (ended.state, ended.error, ended.ended) == ("failed", "page 0: not an OAI-PMH answer", NOW + 5)
    assert get_watermarks(store, "here") == {}


def test_a_run_with_a_dead_page_after_others_is_partial(store):
    run = begin(store, made_endpoint(store))
    put(store, run, 0, [record("1")], token="more")
    kill_page(store, claim(store, run, 1), "gone", NOW)
    ended = finish_run(store, run.id, NOW)
    assert (ended.state, ended.error) == ("partial", "page 1: gone")
    assert ended.balance.new == 1
    assert get_watermarks(store, "here") == {}


def test_a_cancelled_run_gives_no_page_and_takes_none(store):
    endpoint = made_endpoint(store)
    run = begin(store, endpoint)
    taken = claim(store, run)
    archive(store, taken, 1, token="more")
    assert end_run(store, run.id, "cancelled", "by hand", NOW).state == "cancelled"
    assert put_page(store, taken, [record("1")], [], now=NOW) is None
    assert claim_page(store, run.id, 1, lease_s=10, now=NOW) is None
    assert end_run(store, run.id, "complete", None, NOW) is None
    assert begin(store, endpoint).id > run.id


def test_a_run_that_is_cancelled_while_a_page_is_being_stored_waits_for_it_and_counts_it(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    archive(store, taken, 1)
    with ThreadPoolExecutor(1) as pool:
        with store.begin() as connection:  # as put_page does
            stored = update(pages).where(held(taken)).values(state="stored", new=1)
            assert connection.execute(stored).rowcount == 1
            ending = pool.submit(end_run, store, run.id, "cancelled", "by hand", NOW)
            time.sleep(0.3)
        assert ending.result().balance == Balance(received=1, new=1)


def test_running_means_a_fresh_lease(store):
    run = begin(store, made_endpoint(store))
    assert not running(store, run.id, NOW)
    taken = claim(store, run, now=NOW)
    assert running(store, run.id, NOW + 9)
    assert not running(store, run.id, NOW + 11)
    release_page(store, taken, error="no answer", not_before=NOW, now=NOW)
    assert not running(store, run.id, NOW + 1)


def test_runs_are_listed_newest_first(store):
    here, there = made_endpoint(store), made_endpoint(store, "there")
    ids = [harvest(store, endpoint, [record("1")]).id for endpoint in (here, there, here)]
    assert [run.id for run in list_runs(store)] == ids[::-1]
    assert [run.id for run in list_runs(store, "here", 1)] == [ids[2]]
    assert get_run(store, 999) is None
