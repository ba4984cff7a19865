from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.store import UnknownEndpointError
from harvester.store.items import count_items, find_items, get_item
from harvester.store.ledger.hinting import stale_pages
from harvester.store.ledger.imports import (
    DocumentCounts,
    DocumentPage,
    Import,
    count_documents,
    end_reading,
    find_import,
    put_documents,
    read_names,
    release_reading,
    renew_reading,
    start_import,
    take_reading,
)
from harvester.store.ledger.pages import claim_page, list_pages, next_page
from harvester.store.ledger.runs import RunOpenError, end_run, finish_run, get_watermarks, open_run, running
from harvester.store.ledger.windows import list_windows
from harvester.store.records import put_page
from tests.contract.store.building import LEASE_S, NOW, begin, get_page, harvest, made_endpoint, put, record

SOURCE = "file:///saved/answers"
MUCH_LATER = NOW + 1e9


def start(store, key="here", **fields):
    return start_import(store, made_endpoint(store, key, **fields), SOURCE, NOW)


def take(store, run, now=NOW):
    reading = take_reading(store, run.id, lease_s=LEASE_S, now=now)
    assert reading is not None
    return reading


def saved(name, received=1):
    return DocumentPage(name=name, location=f"place of {name}", received=received)


def put_rows(store, run, number, rows):
    claim = claim_page(store, run.id, number, lease_s=LEASE_S, now=NOW)
    return put_page(store, claim, rows, [], now=NOW)


def import_rows(store, endpoint, *pages):
    """Import these pages in one run, and end it."""
    run = start_import(store, endpoint, SOURCE, NOW)
    reading = put_documents(store, take(store, run), [saved(str(n), len(rows)) for n, rows in enumerate(pages)], NOW)
    end_reading(store, reading)
    for number, rows in enumerate(pages, start=1):
        put_rows(store, run, number, rows)
    return finish_run(store, run.id, NOW)


def test_an_import_is_a_run_that_no_worker_takes_and_nothing_ends_before_all_is_read(store):
    run = start(store)
    assert open_run(store, "here") == run
    assert find_import(store, "here") == Import(run, SOURCE)
    assert [window.reason for window in list_windows(store, run.id)] == ["import"]
    assert next_page(store, run.id) is None
    assert claim_page(store, run.id, 0, lease_s=LEASE_S, now=NOW) is None
    assert stale_pages(store, now=MUCH_LATER, age_s=0, limit=10) == []
    assert finish_run(store, run.id, MUCH_LATER) is None
    assert end_reading(store, take(store, run))
    assert finish_run(store, run.id, NOW).state == "complete"
    assert find_import(store, "here") is None


def test_documents_become_pages_that_workers_take(store):
    run = start(store)
    reading = put_documents(store, take(store, run), [saved("a"), saved("b", 2)], NOW)
    assert reading.next_page == 3
    rows = [(page.number, page.state, page.token, page.received, page.location) for page in list_pages(store, run.id)]
    assert rows[1:] == [(1, "archived", "a", 1, "place of a"), (2, "archived", "b", 2, "place of b")]
    assert next_page(store, run.id).number == 1
    assert stale_pages(store, now=NOW + 5, age_s=3, limit=10) == [(run.id, 1), (run.id, 2)]
    assert put_rows(store, run, 1, [record("1")]).new == 1
    assert end_reading(store, reading)
    assert finish_run(store, run.id, NOW) is None
    assert put_rows(store, run, 2, [record("2"), record("3", deleted=True)]).deleted == 1
    ended = finish_run(store, run.id, NOW)
    assert (ended.state, ended.balance.received, ended.balance.new) == ("complete", 3, 2)


def test_what_is_left_out_and_what_is_refused_is_counted_by_name(store):
    run = start(store)
    documents = [
        DocumentPage(name="a", location="place of a", received=1, repairs={"control_characters": 2}),
        DocumentPage(name="b", skipped="identify"),
        DocumentPage(name="c", error="it is empty"),
        DocumentPage(name="b", skipped="identify"),
        DocumentPage(name="d", skipped="list_sets"),
    ]
    reading = put_documents(store, take(store, run), documents, NOW)
    counts = count_documents(store, run.id)
    assert counts == DocumentCounts(1, {"identify": 2, "list_sets": 1}, (("c", "c: it is empty"),))
    assert get_page(store, run.id, 1).notes == {"control_characters": 2}
    assert read_names(store, run.id) == {"a": 1, "b": 2, "c": 1, "d": 1}
    put_rows(store, run, 1, [record("1")])
    end_reading(store, reading)
    ended = finish_run(store, run.id, NOW)
    assert (ended.state, ended.error) == ("partial", "page 3: c: it is empty")


def test_one_at_a_time_reads_and_who_lost_the_reading_writes_nothing(store):
    run = start(store)
    slow = take(store, run)
    assert running(store, run.id, NOW)
    assert take_reading(store, run.id, lease_s=LEASE_S, now=NOW + 1) is None
    quick = take(store, run, NOW + LEASE_S + 1)
    assert put_documents(store, slow, [saved("a")], NOW) is None
    assert not renew_reading(store, slow, lease_s=LEASE_S, now=NOW)
    assert not end_reading(store, slow)
    release_reading(store, slow)
    assert renew_reading(store, quick, lease_s=100, now=NOW + 15)
    assert take_reading(store, run.id, lease_s=LEASE_S, now=NOW + 60) is None
    assert put_documents(store, quick, [saved("a")], NOW).next_page == 2
    assert put_documents(store, quick, [saved("b")], NOW) is None  # it was numbered already
    release_reading(store, quick)
    assert take(store, run, NOW).next_page == 2
    assert read_names(store, run.id) == {"a": 1}


def test_of_many_that_would_read_at_once_one_does(store):
    run = start(store)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take_reading(store, run.id, lease_s=LEASE_S, now=NOW), range(8)))
    assert sum(reading is not None for reading in taken) == 1


def test_a_reading_asks_no_host_so_that_others_may(store):
    take(store, start(store, parallel=1))
    other = begin(store, made_endpoint(store, "there"))
    assert claim_page(store, other.id, 0, lease_s=LEASE_S, now=NOW) is not None


def test_an_import_of_a_run_that_was_ended_adds_nothing(store):
    run = start(store)
    reading = take(store, run)
    end_run(store, run.id, "cancelled", "by hand", NOW)
    assert put_documents(store, reading, [saved("a")], NOW) is None
    assert not end_reading(store, reading)
    assert take_reading(store, run.id, lease_s=LEASE_S, now=MUCH_LATER) is None


def test_an_endpoint_has_one_open_run_of_whatever_kind(store):
    endpoint = made_endpoint(store)
    harvesting = begin(store, endpoint)
    assert find_import(store, "here") is None
    with pytest.raises(RunOpenError) as caught:
        start_import(store, endpoint, SOURCE, NOW)
    assert caught.value.run == harvesting
    end_run(store, harvesting.id, "cancelled", None, NOW)
    importing = start_import(store, endpoint, SOURCE, NOW)
    with pytest.raises(RunOpenError) as caught:
        begin(store, endpoint)
    assert caught.value.run == importing


def test_an_endpoint_that_is_not_kept_cannot_be_imported_into(store):
    endpoint = made_endpoint(store)
    with store.begin() as connection:
        connection.exec_driver_sql("DELETE FROM endpoints")
    with pytest.raises(UnknownEndpointError):
        start_import(store, endpoint, SOURCE, NOW)


def test_an_import_moves_no_watermark(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    before = get_watermarks(store, "here")
    assert import_rows(store, endpoint, [record("2")]).state == "complete"
    assert get_watermarks(store, "here") == before
    assert import_rows(store, made_endpoint(store, "there"), [record("2")]).state == "complete"
    assert get_watermarks(store, "there") == {}


@pytest.mark.parametrize(
    ("kept", "dumped", "title", "line"),
    [
        ("2026-02-01", "2026-01-01", "Kept", "unchanged"),
        ("2026-01-01", "2026-02-01", "Dumped", "changed"),
        ("2026-01-01", "2026-01-01", "Dumped", "changed"),
    ],
)
def test_a_dump_changes_a_record_only_where_it_is_not_older(store, kept, dumped, title, line):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "Kept", datestamp=kept)])
    run = import_rows(store, endpoint, [record("1", "Dumped", datestamp=dumped)])
    assert (run.balance.received, getattr(run.balance, line)) == (1, 1)
    (item_id,) = find_items(store, "1")
    assert get_item(store, item_id).title[0].value == title


def test_an_old_dump_does_not_bring_back_what_was_deleted_since(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    harvest(store, endpoint, [record("1", deleted=True, datestamp="2026-02-01")])
    run = import_rows(store, endpoint, [record("1")], [record("1")])
    assert (run.balance.unchanged, run.balance.duplicate) == (1, 1)
    assert count_items(store) == (0, 1)


def test_a_harvest_takes_an_older_record_as_before(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "New", datestamp="2026-02-01")])
    run = begin(store, endpoint)
    put(store, run, 0, [record("1", "Old")])
    assert finish_run(store, run.id, NOW).balance.changed == 1
    assert get_page(store, run.id, 0).changed == 1
