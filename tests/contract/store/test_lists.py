from harvester.store.ledger.lists import (
    Following,
    Repeated,
    SoFar,
    count_empty_pages,
    mark_archived,
    merge_windows,
    reject_page,
    replace_page,
    unseen,
    window_so_far,
)
from harvester.store.ledger.pages import list_pages, release_page
from harvester.store.ledger.rejected import list_rejected
from harvester.store.ledger.runs import finish_run
from harvester.store.ledger.windows import NewPage, list_windows
from harvester.store.records import put_page
from tests.contract.store.building import NOW, archive, begin, claim, get_page, made_endpoint, put, record, rejection

JANUARY = ("2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z")
AFTER = ("2026-02-01T00:00:00Z", None)


def mark(store, taken, *, digest=None, following=None, received=1, size=None, now=NOW):
    return mark_archived(
        store,
        taken,
        location="x",
        received=received,
        response_date="2026-03-01T00:00:00Z",
        complete_list_size=size,
        digest=digest,
        following=following,
        now=now,
    )


def begin_again(store, taken, parts=((None, None),), **options):
    return replace_page(
        store, taken, list(parts), note="restart", error="forgotten", now=NOW, **{"reason": "restart", **options}
    )


def test_each_set_of_a_run_has_a_window_and_a_first_page(store):
    run = begin(store, made_endpoint(store, sets=("a", "b")), since="2026-01-01")
    assert [(window.set_spec, window.since, window.until, window.reason) for window in list_windows(store, run.id)] == [
        ("a", "2026-01-01T00:00:00Z", None, "whole"),
        ("b", "2026-01-01T00:00:00Z", None, "whole"),
    ]
    assert [(page.window, page.set_spec, page.token) for page in list_pages(store, run.id)] == [
        (0, "a", None),
        (1, "b", None),
    ]


def test_a_list_that_is_cut_goes_on_in_its_slices(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    archived = mark(store, taken, following=Following(slices=(JANUARY, AFTER)))
    assert archived.next_numbers == (1, 2)
    put_page(store, taken, [record("1")], [], now=NOW)
    assert [(window.since, window.until, window.reason) for window in list_windows(store, run.id)[1:]] == [
        (*JANUARY, "slice"),
        (*AFTER, "slice"),
    ]
    assert claim(store, run, 2).window.since == AFTER[0]
    assert finish_run(store, run.id, NOW) is None


def test_a_forgotten_token_begins_its_window_again_and_the_run_stays_balanced(store):
    run = begin(store, made_endpoint(store))
    put(store, run, 0, [record("1"), record("2")], token="short-lived")
    assert begin_again(store, claim(store, run, 1), restarts=1) == (2,)
    page = get_page(store, run.id, 1)
    assert (page.state, page.restarted, page.error, page.notes) == ("stored", True, "forgotten", {"restart": 1})
    assert claim(store, run, 2).window.restarts == 1
    release_page(store, claim(store, run, 2, now=NOW + 11), error="", not_before=0, now=NOW)
    put(store, run, 2, [record("1"), record("2"), record("3")])
    ended = finish_run(store, run.id, NOW)
    assert ended.state == "complete"
    assert (ended.balance.received, ended.balance.new, ended.balance.duplicate) == (5, 3, 2)


def test_the_same_page_again_in_one_window_is_told_and_not_marked(store):
    run = begin(store, made_endpoint(store))
    first = claim(store, run)
    more = Following(pages=(NewPage(window=0, set_spec="", token="t"),))
    assert mark(store, first, digest=b"one", following=more).next_numbers == (1,)
    assert mark(store, claim(store, run, 1), digest=b"one", following=more) == Repeated(0)
    assert get_page(store, run.id, 1).state == "pending"
    assert len(list_pages(store, run.id)) == 2


def test_the_same_page_in_another_window_is_no_circle(store):
    run = begin(store, made_endpoint(store, sets=("a", "b"), parallel=2))
    assert mark(store, claim(store, run, 0), digest=b"one")
    assert not isinstance(mark(store, claim(store, run, 1), digest=b"one"), Repeated)


def test_windows_of_a_repository_that_is_not_selective_become_one_list_again(store):
    run = begin(store, made_endpoint(store, sets=("a", "b"), parallel=4), since="2026-01-01")
    mark(store, taken := claim(store, run, 0), following=Following(slices=(JANUARY, AFTER)))
    put_page(store, taken, [record("1")], [], now=NOW)
    slow, found = claim(store, run, 2), claim(store, run, 3)
    assert merge_windows(store, found, error="outside", now=NOW) == (4,)
    states = {page.number: (page.state, page.restarted) for page in list_pages(store, run.id)}
    assert states == {
        0: ("stored", False),
        1: ("pending", False),  # of the other set
        2: ("stored", True),
        3: ("stored", True),
        4: ("pending", False),
    }
    assert mark(store, slow) is None
    whole = claim(store, run, 4).window
    assert (whole.set_spec, whole.since, whole.until, whole.reason) == ("a", "2026-01-01T00:00:00Z", None, "whole")
    assert merge_windows(store, slow, error="outside", now=NOW) is None


def test_a_record_that_the_repository_does_not_give_is_set_aside_and_counted(store):
    run = begin(store, made_endpoint(store))
    named = NewPage(window=0, set_spec="", verb="GetRecord", identifier="oai:here:7")
    taken = claim(store, run)
    mark(store, taken, received=0, following=Following(pages=(named,)))
    put_page(store, taken, [], [], now=NOW)
    asked = claim(store, run, 1)
    assert (asked.verb, asked.identifier) == ("GetRecord", "oai:here:7")
    assert reject_page(store, asked, rejection(run.id, 1, 0, "unavailable"), NOW)
    assert not reject_page(store, asked, rejection(run.id, 1, 1), NOW)
    ended = finish_run(store, run.id, NOW)
    assert (ended.state, ended.balance.received, ended.balance.rejected) == ("complete", 1, 1)
    assert [row.cause for row in list_rejected(store, run.id)] == ["unavailable"]


def test_what_a_run_has_not_seen_is_known_by_its_records_and_by_those_set_aside(store):
    endpoint = made_endpoint(store)
    put(store, begun := begin(store, endpoint), 0, [record("old"), record("both")])
    finish_run(store, begun.id, NOW)
    run = begin(store, endpoint)
    put(store, run, 0, [record("both"), record("new")], token="t")
    taken = claim(store, run, 1)
    archive(store, taken, 1)
    aside = rejection(run.id, 1, 0)
    put_page(store, taken, [], [type(aside)(run.id, 1, 0, "aside", "cause", "reason", b"")], now=NOW)
    open_again = begin(store, made_endpoint(store, "there"))
    assert unseen(store, taken, ["old", "both", "new", "aside", "never", "old"]) == ["old", "never"]
    assert unseen(store, claim(store, open_again), ["old", "new"]) == ["old", "new"]


def test_pages_of_a_window_are_counted_without_the_one_in_hand(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    assert (window_so_far(store, taken), count_empty_pages(store, taken)) == (SoFar(0, 0, None), 0)
    for number, (received, size) in enumerate([(2, 7), (3, 5), (0, None)], start=1):
        following = Following(pages=(NewPage(window=0, set_spec="", token=f"{number}"),))
        mark(store, taken, received=received, size=size, following=following)
        put_page(store, taken, [], [], now=NOW)
        taken = claim(store, run, number)
    assert (window_so_far(store, taken), count_empty_pages(store, taken)) == (SoFar(5, 3, 7), 1)
