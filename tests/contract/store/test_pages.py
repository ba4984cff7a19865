from concurrent.futures import ThreadPoolExecutor

from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.hinting import stale_pages
from harvester.store.ledger.lists import mark_archived, replace_page
from harvester.store.ledger.pages import (
    claim_page,
    kill_page,
    list_pages,
    next_page,
    open_pages,
    release_page,
    renew_claim,
)
from harvester.store.ledger.runs import finish_run
from harvester.store.records import put_page
from harvester.windows import Window
from tests.contract.store.building import LEASE_S, NOW, archive, begin, claim, get_page, made_endpoint, put, record


def begin_again(store, taken, now=NOW):
    return replace_page(store, taken, [(None, None)], reason="restart", note="restart", error="forgotten", now=now)


def try_claim(store, run, number=0, now=NOW):
    return claim_page(store, run.id, number, lease_s=LEASE_S, now=now)


def test_of_many_that_claim_a_page_at_once_one_gets_it(store):
    run = begin(store, made_endpoint(store))
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: try_claim(store, run), range(16)))
    assert sum(taken is not None for taken in claims) == 1


def test_a_claim_carries_what_the_work_needs(store):
    endpoint = made_endpoint(store, sets=("a",), metadata_prefix="oai_datacite", pace_s=2.0)
    run = begin(store, endpoint, since="2026-01-01", until="2026-02-01")
    taken = claim(store, run)
    assert taken.endpoint == endpoint
    assert (taken.metadata_prefix, taken.since, taken.until) == ("oai_datacite", "2026-01-01", "2026-02-01")
    assert taken.window == Window(
        number=0, set_spec="a", since="2026-01-01T00:00:00Z", until="2026-02-01T23:59:59Z", reason="whole"
    )
    assert (taken.state, taken.verb, taken.token, taken.location, taken.tries) == (
        "pending",
        "ListRecords",
        None,
        "",
        1,
    )


def test_a_change_of_the_endpoint_holds_from_the_next_page_on_but_not_its_format(store):
    run = begin(store, made_endpoint(store))
    put_endpoint(store, changed := made_endpoint(store, pace_s=9.0, metadata_prefix="mods"))
    taken = claim(store, run)
    assert (taken.endpoint, taken.metadata_prefix) == (changed, "oai_dc")


def test_a_page_is_free_again_when_its_lease_has_run_out(store):
    run = begin(store, made_endpoint(store))
    first = claim(store, run)
    assert try_claim(store, run, now=NOW + LEASE_S - 1) is None
    second = try_claim(store, run, now=NOW + LEASE_S + 1)
    assert (second.fence, second.tries) == (first.fence + 1, 2)


def test_a_renewed_lease_holds_longer_and_a_lost_one_is_told(store):
    run = begin(store, made_endpoint(store))
    first = claim(store, run)
    assert renew_claim(store, first, lease_s=LEASE_S, now=NOW + 8)
    assert try_claim(store, run, now=NOW + 12) is None
    assert try_claim(store, run, now=NOW + 19) is not None
    assert not renew_claim(store, first, lease_s=LEASE_S, now=NOW + 19)


def test_a_late_holder_writes_nothing(store):
    run = begin(store, made_endpoint(store))
    late = claim(store, run)
    owner = claim(store, run, now=NOW + 11)
    marked = {"location": "x", "received": 1, "response_date": "2026", "complete_list_size": None}
    assert mark_archived(store, late, **marked, digest=b"d", now=NOW + 12) is None
    kill_page(store, late, "late", NOW + 12)
    assert begin_again(store, late, NOW + 12) is None
    assert release_page(store, late, error="late", not_before=NOW + 99, now=NOW + 12) == "pending"
    assert len(list_pages(store, run.id)) == 1
    page = get_page(store, run.id, 0)
    assert (page.state, page.error, page.leased_until) == ("pending", None, NOW + 21)
    archive(store, owner, 1)
    assert put_page(store, late, [record("late")], [], now=NOW + 12) is None
    assert put_page(store, owner, [record("1")], [], now=NOW + 12).new == 1


def test_a_page_is_archived_once_and_has_one_successor(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    assert archive(store, taken, 2, token="more") == 1
    again = mark_archived(
        store, taken, location="y", received=9, response_date="2026", complete_list_size=None, now=NOW
    )
    assert again is None
    pages = list_pages(store, run.id)
    assert [(page.number, page.state, page.token, page.received) for page in pages] == [
        (0, "archived", None, 2),
        (1, "pending", "more", 0),
    ]


def test_a_crash_after_archiving_is_taken_up_from_the_archive(store):
    run = begin(store, made_endpoint(store))
    archive(store, claim(store, run), 1, token="more")
    again = claim(store, run, now=NOW + 11)
    assert (again.state, again.location, again.tries) == ("archived", f"{run.id}/0", 2)
    assert put_page(store, again, [record("1")], [], now=NOW + 11).new == 1
    assert try_claim(store, run, now=NOW + 99) is None
    assert next_page(store, run.id).number == 1


def test_a_page_given_back_waits_and_then_goes_on(store):
    run = begin(store, made_endpoint(store))
    assert release_page(store, claim(store, run), error="503", not_before=NOW + 60, now=NOW) == "pending"
    assert next_page(store, run.id).not_before == NOW + 60
    assert get_page(store, run.id, 0).error == "503"
    assert try_claim(store, run, now=NOW + 59) is None
    assert claim(store, run, now=NOW + 60).tries == 2


def test_waiting_as_asked_is_no_try(store):
    run = begin(store, made_endpoint(store))
    for _ in range(20):
        taken = claim(store, run)
        assert release_page(store, taken, error="wait", not_before=NOW, now=NOW, failed=False) == "pending"
    assert get_page(store, run.id, 0).tries == 0


def test_the_eighth_failed_try_is_the_last(store):
    run = begin(store, made_endpoint(store))
    states = [
        release_page(store, claim(store, run), error=f"try {number}", not_before=NOW, now=NOW) for number in range(8)
    ]
    assert states == ["pending"] * 7 + ["dead"]
    assert get_page(store, run.id, 0).error == "try 7"
    assert try_claim(store, run, now=NOW + 99) is None
    assert next_page(store, run.id) is None


def test_a_page_that_kills_its_workers_is_given_eight_times(store):
    run = begin(store, made_endpoint(store))
    given = [try_claim(store, run, now=NOW + 20 * number) is not None for number in range(10)]
    assert given == [True] * 8 + [False] * 2
    page = get_page(store, run.id, 0)
    assert (page.state, page.error) == ("dead", "8 workers ended without a word while they worked on this page")
    assert finish_run(store, run.id, NOW).state == "failed"


def test_tries_are_counted_anew_once_the_page_is_archived(store):
    run = begin(store, made_endpoint(store))
    for _ in range(7):
        release_page(store, claim(store, run), error="no answer", not_before=NOW, now=NOW)
    taken = claim(store, run)
    archive(store, taken, 1)
    assert release_page(store, taken, error="store busy", not_before=NOW, now=NOW) == "archived"


def test_hints_are_sent_again_for_what_nobody_holds_and_are_bounded(store):
    runs = [begin(store, made_endpoint(store, key, base_url=f"https://{key}.example/oai")) for key in "abcd"]
    claim(store, runs[0], now=NOW + 95)
    release_page(store, claim(store, runs[1]), error="later", not_before=NOW + 500, now=NOW)
    assert stale_pages(store, now=NOW + 5, age_s=10, limit=10) == []
    first = stale_pages(store, now=NOW + 100, age_s=10, limit=1)
    second = stale_pages(store, now=NOW + 100, age_s=10, limit=1)
    assert sorted(first + second) == [(runs[2].id, 0), (runs[3].id, 0)]
    assert stale_pages(store, now=NOW + 100, age_s=10, limit=10) == []
    again = stale_pages(store, now=NOW + 112, age_s=10, limit=10)
    assert again == [(runs[0].id, 0), (runs[2].id, 0), (runs[3].id, 0)]


def test_pages_that_are_not_there_are_told(store):
    assert next_page(store, 1) is None
    assert claim_page(store, 1, 0, lease_s=1, now=NOW) is None


def test_requests_at_a_host_are_counted_over_all_runs(store):
    two = [begin(store, made_endpoint(store, key, parallel=2)) for key in ("a", "b", "c")]
    alone = begin(store, made_endpoint(store, "d"))
    elsewhere = begin(store, made_endpoint(store, "e", base_url="https://other.example/oai"))
    first, second = claim(store, two[0]), claim(store, two[1])
    assert try_claim(store, two[2]) is None
    assert try_claim(store, alone) is None
    assert try_claim(store, elsewhere) is not None
    archive(store, first, 1)
    assert try_claim(store, two[2]) is not None
    assert try_claim(store, alone) is None
    assert try_claim(store, two[1], now=NOW + LEASE_S + 1).fence == second.fence + 1


def test_a_page_that_is_archived_needs_no_place_at_its_host(store):
    runs = [begin(store, made_endpoint(store, key)) for key in ("a", "b")]
    archive(store, claim(store, runs[0]), 1)
    claim(store, runs[1], now=NOW + 11)
    assert try_claim(store, runs[0], now=NOW + 12).state == "archived"


def test_lists_under_way_come_before_those_not_begun(store):
    run = begin(store, made_endpoint(store, sets=("a", "b", "c")))
    put(store, run, 0, [record("1")], token="expires soon")
    assert [page.number for page in open_pages(store, run.id, limit=9)] == [3, 1, 2]
    assert next_page(store, run.id).number == 3


def test_a_page_that_is_held_is_not_taken_though_its_host_has_room(store):
    run = begin(store, made_endpoint(store, parallel=2))
    taken = claim(store, run)
    assert try_claim(store, run) is None
    archive(store, taken, 1)
    assert try_claim(store, run, now=NOW + LEASE_S) is None
    assert try_claim(store, run, now=NOW + LEASE_S + 1).state == "archived"
