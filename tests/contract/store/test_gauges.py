"""What is watched, on both databases. Expected: what the test has made happen."""

from harvester.store.gauges import OpenPages, count_open_pages
from harvester.store.ledger.reviving import cancel_run
from harvester.store.operating.controls import pause
from tests.contract.store.building import NOW, archive, begin, claim, made_endpoint, put, record

NONE = OpenPages("archived", 0, None)


def test_open_pages_are_counted_with_the_run_that_has_stood_still_for_longest(store):
    slow = begin(store, made_endpoint(store, sets=("a", "b", "c")), now=NOW - 500)
    begin(store, made_endpoint(store, "late"), now=NOW - 100)
    put(store, slow, 1, [record("1")], now=NOW - 300)
    put(store, slow, 0, [record("2")], now=NOW - 200)  # of a lesser number, and later
    assert count_open_pages(store) == [OpenPages("pending", 2, NOW - 200), NONE]
    archive(store, claim(store, slow, 2), 1)
    assert count_open_pages(store) == [OpenPages("pending", 1, NOW - 100), OpenPages("archived", 1, NOW - 200)]
    pause(store, "endpoint", "here", actor="ada", reason="", now=NOW)
    assert count_open_pages(store)[1] == OpenPages("archived", 1, None)


def test_pages_of_a_run_that_was_cancelled_are_not_open(store):
    run = begin(store, made_endpoint(store))
    cancel_run(store, run.id, actor="ada", reason="", now=NOW)
    assert count_open_pages(store) == [OpenPages("pending", 0, None), NONE]
