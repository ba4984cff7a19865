import pytest

from harvester.store.ledger.runs import finish_run, get_watermarks
from harvester.store.records import put_page
from tests.contract.store.building import NOW, RESPONSE_DATE, archive, begin, claim, made_endpoint, record

EARLIER = "2027-01-15T07:00:00Z"


def run_through(store, endpoint, *answers, now=NOW, **asked):
    """Harvest pages of one record each, with these response dates, and end the run."""
    run = begin(store, endpoint, now=now, **asked)
    for number, date in enumerate(answers):
        taken = claim(store, run, number, now=now)
        token = "more" if number + 1 < len(answers) else None
        archive(store, taken, 1, token=token, date=date, now=now)
        put_page(store, taken, [record(f"{run.id} {number}")], [], now=now)
    return finish_run(store, run.id, now)


def test_the_earliest_answer_of_a_set_is_its_watermark(store):
    run_through(store, made_endpoint(store), RESPONSE_DATE, EARLIER, RESPONSE_DATE)
    assert get_watermarks(store, "here") == {"": EARLIER}


def test_an_answer_without_a_date_does_not_count(store):
    run = run_through(store, made_endpoint(store), "", EARLIER)
    assert (run.error, get_watermarks(store, "here")) == (None, {"": EARLIER})


@pytest.mark.parametrize("date", ["", "yesterday", "2027-01-17T08:00:00Z"])
def test_a_date_that_cannot_be_used_is_told_and_our_clock_less_a_day_stands_for_it(store, date):
    run = run_through(store, made_endpoint(store), date)
    assert run.state == "complete"
    assert run.error.startswith(f"the repository's responseDate {date!r} ")
    assert get_watermarks(store, "here") == {"": "2027-01-14T08:00:00Z"}


def test_a_date_is_kept_in_utc_with_seconds(store):
    run_through(store, made_endpoint(store), "2027-01-15T10:00:00.5+03:00")
    assert get_watermarks(store, "here") == {"": EARLIER}


def test_an_empty_list_moves_the_watermark(store):
    endpoint = made_endpoint(store)
    run_through(store, endpoint, EARLIER)
    run = begin(store, endpoint, since=EARLIER)
    taken = claim(store, run)
    archive(store, taken, 0)
    put_page(store, taken, [], [], now=NOW)
    assert finish_run(store, run.id, NOW).state == "complete"
    assert get_watermarks(store, "here") == {"": RESPONSE_DATE}


def test_a_first_run_from_a_date_on_leaves_what_lies_before_to_the_next(store):
    run_through(store, made_endpoint(store), RESPONSE_DATE, since="2026-01-01")
    assert get_watermarks(store, "here") == {}


def test_a_whole_list_puts_the_watermark_back_with_the_servers_clock(store):
    endpoint = made_endpoint(store)
    run_through(store, endpoint, RESPONSE_DATE)
    run_through(store, endpoint, EARLIER)
    assert get_watermarks(store, "here") == {"": EARLIER}


def test_a_list_dated_before_what_it_was_asked_from_moves_nothing(store):
    endpoint = made_endpoint(store)
    run_through(store, endpoint, RESPONSE_DATE)
    run_through(store, endpoint, "2027-01-15T06:00:00Z", since=EARLIER)
    assert get_watermarks(store, "here") == {"": RESPONSE_DATE}
