"""Which archived pages may go, by both databases."""

import pytest
from sqlalchemy import insert, update

from harvester.store.expected import iter_locations
from harvester.store.ledger.held import approve_run
from harvester.store.ledger.retention import (
    Rule,
    Share,
    count_removed,
    forget_locations,
    list_marked,
    mark_removable,
    weigh_removable,
)
from harvester.store.ledger.reviving import cancel_run
from harvester.store.replays import run_pages
from harvester.store.tables import dois, pages
from tests.contract.store.building import NOW, archive, begin, claim, harvest, made_endpoint, record, rejection
from tests.contract.store.planning import begin_full, list_all, rows
from tests.contract.store.test_imports import import_rows

DAY = 86_400.0


def places(store, now=NOW + 100 * DAY, **rule):
    """Give the pages that a rule lets go, as they are weighed and as they are marked; none goes."""
    weighed = weigh_removable(store, Rule(**rule), now)
    mark_removable(store, Rule(**rule), actor="command:test", now=now)
    marked = list_marked(store, 100)
    with store.begin() as connection:
        connection.execute(update(pages).values(removed=0.0))
    assert sum(share.pages for share in weighed) == len(marked)
    return sorted((page.run, page.number) for page in marked)


@pytest.fixture
def runs(store):
    """The runs: two full ones, the second says all but one record anew, and a third in which nothing changed."""
    made = made_endpoint(store)
    one = list_all(store, made, [record("1"), record("2")], now=NOW)
    two = list_all(store, made, [record("1", "Anew", datestamp="2026-02-01"), record("2")], now=NOW + DAY)
    three = harvest(store, made, [record("1", "Anew", datestamp="2026-02-01")], now=NOW + 2 * DAY)
    return one.id, two.id, three.id


def test_only_pages_that_no_record_was_last_read_from_go(store, runs):
    assert places(store, days=1) == [(runs[2], 0)]
    assert places(store, days=99) == []
    assert places(store, now=NOW + 2.5 * DAY, days=1) == []
    assert (places(store, full_runs=1), places(store)) == ([], [])
    again = list_all(store, made_endpoint(store), [record("1", "Third"), record("2", "Third")], now=NOW + 3 * DAY)
    assert places(store, full_runs=1) == [(runs[0], 0), (runs[1], 0), (runs[2], 0)]
    assert places(store, full_runs=2) == [(runs[0], 0)]
    assert places(store, days=0) == [(run, 0) for run in runs]
    assert again.id not in {run for run, _ in places(store, days=0)}


def test_deleted_records_open_runs_and_rejected_ones_keep_their_pages(store):
    made = made_endpoint(store)
    list_all(store, made, [record("1", deleted=True)], now=NOW)
    list_all(store, made, [record("2")], rejected=[rejection(2, 0, 1)], now=NOW)
    list_all(store, made, [record("2", "Anew", datestamp="2026-02-01")], now=NOW)
    archive(store, claim(store, begin_full(store, made, now=NOW), now=NOW), 1)
    assert places(store, days=1) == []
    with pytest.raises(Exception, match="open"):
        begin(store, made)


def test_a_run_that_waits_for_a_person_keeps_its_pages(store):
    made = made_endpoint(store)
    list_all(store, made, rows(*range(120)), now=NOW)
    held = list_all(store, made, rows(*range(5)), deleted_record="persistent", now=NOW + DAY)
    assert (held.state, places(store, days=1)) == ("held", [])
    approve_run(store, held.id, actor="ann", now=NOW + DAY)
    assert places(store, days=1) == [(held.id, 0)]


def test_what_is_marked_is_read_by_nobody_and_forgotten_last(store, runs):
    wanted = places(store, days=1)
    assert mark_removable(store, Rule(days=1), actor="command:test", now=NOW + 100 * DAY) == len(wanted) == 1
    (marked,) = list_marked(store, 10)
    assert (weigh_removable(store, Rule(days=1), NOW + 100 * DAY), run_pages(store, runs[2])) == ([], [])
    assert marked.location not in set(iter_locations(store))
    assert len(set(iter_locations(store))) == 2
    forget_locations(store, [marked])
    assert (list_marked(store, 10), count_removed(store, runs[2]), count_removed(store, runs[0])) == ([], 1, 0)


def test_what_was_imported_stays_whatever_has_replaced_it(store):
    made = made_endpoint(store)
    imported = import_rows(store, made, [record("1")])
    list_all(store, made, [record("1", "Anew", datestamp="2026-02-01")], now=NOW + DAY)
    again = list_all(store, made, [record("1", "Third", datestamp="2026-02-02")], now=NOW + 2 * DAY)
    assert places(store, days=1) == [(again.id - 1, 0)]
    assert imported.id < again.id - 1


def test_only_complete_full_runs_of_the_same_endpoint_count(store):
    one, two = (made_endpoint(store, key, base_url=f"https://{key}.example/oai") for key in ("one", "two"))
    list_all(store, one, [record("1")], now=NOW)
    harvest(store, one, [record("1", "Anew", datestamp="2026-02-01")])
    list_all(store, two, [record("1")], now=NOW)
    cancel_run(store, begin_full(store, one, now=NOW).id, actor="ann", reason="", now=NOW)
    assert places(store, full_runs=1) == []
    list_all(store, one, [record("1", "Third", datestamp="2026-02-02")], now=NOW)
    assert places(store, full_runs=1) == [(1, 0), (2, 0)]


def test_pages_are_weighed_by_endpoint(store):
    for key in ("one", "two"):
        made = made_endpoint(store, key, base_url=f"https://{key}.example/oai")
        for title in ("First", "Second"):
            list_all(store, made, [record("1", title, datestamp=title)], now=NOW)
    with store.begin() as connection:
        connection.execute(update(pages).values(archived_bytes=70))
    assert weigh_removable(store, Rule(days=1), NOW + 2 * DAY) == [Share("one", 1, 70), Share("two", 1, 70)]


def test_places_are_read_in_chunks_between_which_no_connection_is_held(store, monkeypatch):
    monkeypatch.setattr("harvester.store.expected.ROWS", 2)
    harvest(store, made_endpoint(store), *([record(str(number))] for number in range(5)))
    row = {"state": "found", "route": "crossref", "fence": 0, "leased_until": 0.0, "tries": 0, "fetched": NOW}
    answers = {"10.5/1": "dois/1", "10.5/2": "dois/2", "10.5/3": "dois/2", "10.5/4": None}
    with store.begin() as connection:
        connection.execute(insert(dois), [row | {"doi": doi, "location": place} for doi, place in answers.items()])
    places = iter_locations(store)
    found = [next(places)]
    assert store._engine.pool.checkedout() == 0
    assert [*found, *places] == [*(f"1/{number}" for number in range(5)), "dois/1", "dois/2"]
