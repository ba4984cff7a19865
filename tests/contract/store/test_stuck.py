from harvester.store.hosts import block_host
from harvester.store.ledger.pages import release_page
from harvester.store.ledger.stuck import find_stuck
from harvester.store.operating.breakers import note_failure
from harvester.store.operating.controls import drain, pause
from tests.contract.store.building import NOW, begin, claim, made_endpoint, put, record

GAP_S = 100.0


def slow_run(store):
    """A run whose pages take 100 s each, with one that is open."""
    run = begin(store, made_endpoint(store))
    for number in range(4):
        put(store, run, number, [record(str(number))], token=f"token {number}", now=NOW + number * GAP_S)
    return run


def only(found):
    (stuck,) = found
    return stuck


def test_a_run_is_stuck_after_three_times_its_own_median(store):
    run = slow_run(store)
    last = NOW + 3 * GAP_S
    assert find_stuck(store, last + 3 * GAP_S) == []
    stuck = only(find_stuck(store, last + 3 * GAP_S + 1))
    assert (stuck.run.id, stuck.since, stuck.usual_s) == (run.id, last, GAP_S)
    assert stuck.why == "nobody takes page 4: does a worker run for the queue `harvest`?"


def test_a_run_without_pages_is_stuck_after_a_minute(store):
    begin(store, made_endpoint(store))
    assert find_stuck(store, NOW + 60) == []
    assert only(find_stuck(store, NOW + 61)).usual_s is None


def test_the_reason_of_a_wait_is_told(store):
    run, late = slow_run(store), NOW + 2_000
    release_page(store, claim(store, run, 4, now=late - 5), error="status 503", not_before=late + 30, now=late - 1)
    assert only(find_stuck(store, late)).why == "page 4 waits for 30 s more: status 503"
    block_host(store, "repository.example", late + 90, late)
    assert "repository.example is left alone for 50 s more" in only(find_stuck(store, late + 40)).why
    claim(store, run, 4, now=late + 100)
    assert "somebody works on page 4" in only(find_stuck(store, late + 101)).why
    note_failure(store, "harvest", "disk full", late)
    assert "disk full" in only(find_stuck(store, late + 101)).why
    pause(store, "endpoint", "here", actor="ada", reason="an upgrade", now=late)
    assert "paused by ada" in only(find_stuck(store, late + 101)).why


def test_a_run_waits_for_the_oldest_of_the_controls_that_pause_it_and_for_no_other(store):
    slow_run(store)
    for place in (("stage", "index"), ("endpoint", "there")):
        pause(store, *place, actor="ada", reason="", now=NOW)
    assert "nobody takes page 4" in only(find_stuck(store, NOW + 2_000)).why
    pause(store, "stage", "harvest", actor="bea", reason="", now=NOW + 2)
    pause(store, "everything", "", actor="cyd", reason="", now=NOW + 1)
    assert "everything is paused by cyd" in only(find_stuck(store, NOW + 2_000)).why


def test_a_run_that_drains_goes_on(store):
    slow_run(store)
    drain(store, "everything", "", actor="ada", reason="", now=NOW)
    assert "nobody takes page 4" in only(find_stuck(store, NOW + 2_000)).why
