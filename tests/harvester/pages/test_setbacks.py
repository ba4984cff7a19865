"""What a harvest does when a repository misbehaves: nothing lost, nothing for ever, everything told."""

import datetime as dt
import itertools
import re

import pytest
from msgspec.structs import replace

from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.balance import difference
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.rejected import list_rejected
from harvester.store.ledger.windows import list_windows
from harvester.windows import parse_datestamp
from tests.faults import Answer, cut_page, html_page, later, oai_error, retry_later, server_error, without
from tests.harvester.harvesting import harvest_all, keep, live, notes, open_here
from tests.repository import Repository, made_entries

SELECTIVE = {"selective": True, "until_inclusive": True, "earliest": "2020-01-01T00:00:00Z"}


@pytest.fixture
def harvesting(tmp_path):
    with open_here(tmp_path) as harvesting:
        yield harvesting


def identifiers(count):
    return {f"oai:test:{number}" for number in range(1, count + 1)}


def spread(count):
    """Entries whose datestamps are spread evenly over the time from 2020 to now, as those of a living repository."""
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    step = (dt.datetime.now(dt.UTC) - begin) / (count + 1)
    return [
        replace(entry, datestamp=f"{begin + number * step:%Y-%m-%dT%H:%M:%SZ}")
        for number, entry in enumerate(made_entries(count))
    ]


def asked(repository, verb):
    return [request.parameters for request in repository.requests if request.parameters["verb"] == verb]


def test_a_long_list_is_cut_into_slices_and_every_record_comes(harvesting):
    with Repository(spread(600), page_size=5) as repository:
        run = harvest_all(harvesting, keep(harvesting, repository.url, **SELECTIVE))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(600)
        windows = list_windows(harvesting.store, run.id)
        assert {window.reason for window in windows[1:]} == {"slice"}
        assert len(windows) == 1 + 5
        assert len(asked(repository, "ListRecords")) <= 120 + 1 + 5
        assert (run.balance.new, run.balance.duplicate) == (600, 5)


def test_a_list_that_may_not_be_selective_is_one_chain(harvesting):
    with Repository(made_entries(600), page_size=5) as repository:
        run = harvest_all(harvesting, keep(harvesting, repository.url, parallel=4))
        assert (run.state, run.balance.new, run.balance.duplicate) == ("complete", 600, 0)
        assert len(list_windows(harvesting.store, run.id)) == 1


def test_a_forgotten_token_begins_only_its_window_again(harvesting):
    with Repository(spread(600), page_size=5) as repository:
        repository.misbehave(later(oai_error("badResumptionToken"), good=60), times=61)
        run = harvest_all(harvesting, keep(harvesting, repository.url, **SELECTIVE))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(600)
        assert notes(harvesting, run) == {"restart": 1}
        assert len(asked(repository, "ListRecords")) <= 120 + 1 + 5 + 25


def test_a_token_that_is_never_taken_fails_a_list_that_cannot_be_cut(harvesting):
    with Repository(made_entries(40), page_size=10) as repository:
        repository.misbehave(oai_error("badResumptionToken"), page=2, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert run.state == "partial"
        assert "resumption token" in run.error
        assert run.balance.new == 10


def test_a_token_that_is_never_taken_is_done_without_where_the_list_can_be_cut(harvesting):
    with Repository(made_entries(200), page_size=10) as repository:
        repository.misbehave(oai_error("badResumptionToken"), page=2, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url, **SELECTIVE))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(200)


@pytest.mark.parametrize("fields", [SELECTIVE, {}], ids=["selective", "not selective"])
def test_a_record_that_breaks_the_server_costs_itself_alone(harvesting, fields):
    with Repository(made_entries(120), page_size=10) as repository:
        repository.misbehave(without("oai:test:57"), times=None)
        repository.misbehave(without("oai:test:57"), times=None, verb="GetRecord")
        run = harvest_all(harvesting, keep(harvesting, repository.url, **fields))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(120) - {"oai:test:57"}
        assert difference(run.balance) == 0
        (aside,) = list_rejected(harvesting.store, run.id)
        assert (aside.identifier, aside.cause) == ("oai:test:57", "unavailable")
        assert "HTTP status 500" in aside.reason
        assert len(asked(repository, "GetRecord")) < 120


def test_a_repository_that_gives_no_list_at_all_is_not_cut_for_ever(harvesting):
    with Repository(spread(120), page_size=10) as repository:
        for verb in ("ListRecords", "ListIdentifiers"):
            repository.misbehave(server_error(500), verb=verb, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url, **SELECTIVE), since="2020-01-02")
        assert run.state == "partial"
        assert "answers Identify and none of the" in run.error
        assert len(repository.requests) < 600


def test_a_server_that_asks_for_no_time_for_ever_fails_in_the_end(harvesting):
    with Repository(made_entries(10)) as repository:
        repository.misbehave(retry_later("0"), times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, len(asked(repository, "ListRecords"))) == ("failed", 8)


def test_a_page_that_is_cut_each_time_is_got_around(harvesting):
    with Repository(made_entries(60), page_size=10) as repository:
        repository.misbehave(cut_page(), page=3, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(60)


@pytest.mark.parametrize("fault", [html_page(), cut_page(0.9), server_error(502)])
def test_a_first_page_that_fails_once_is_only_tried_again(harvesting, fault):
    with Repository(made_entries(30), page_size=10) as repository:
        repository.misbehave(fault, page=1, times=1)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, run.balance.new) == ("complete", 30)
        assert repository.pages_served == [1, 1, 2, 3]
        assert notes(harvesting, run) == {"tried_again": 1}


@pytest.mark.parametrize("circle", [1, 2, 3])
def test_a_list_that_goes_in_a_circle_ends_and_says_so(harvesting, circle):
    with Repository(made_entries(40), page_size=10) as repository:
        pages = [answer_of(repository, token) for token in tokens_of(repository)]
        repository.serve_pages(pages[:circle] * 40)
        repository.misbehave(server_error(500), verb="ListIdentifiers", times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert run.state == "partial"
        assert live(harvesting) == identifiers(10 * circle)


def test_a_list_that_goes_in_a_circle_is_completed_by_its_headers(harvesting):
    with Repository(made_entries(40), page_size=10) as repository:
        pages = [answer_of(repository, token) for token in tokens_of(repository)]
        repository.serve_pages([pages[0], pages[1], pages[1], pages[1]])
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(40)
        assert len(asked(repository, "GetRecord")) == 20


def test_one_token_for_all_pages_is_no_circle(harvesting):
    with Repository(made_entries(40), page_size=10) as repository:
        pages = iter([answer_of(repository, token) for token in tokens_of(repository)])
        same = [replace_token(page, "session-7") for page in pages]
        served = iter([*same[:3], replace_token(same[3], "")])
        repository.misbehave(lambda _: Answer(next(served)), times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, run.balance.new) == ("complete", 40)


def test_pages_without_records_and_ever_new_tokens_end(harvesting):
    with Repository(made_entries(10), page_size=10) as repository:
        numbers = iter(range(100_000))
        empty = (
            b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-05-01T00:00:00Z</responseDate>'
            b"<ListRecords><resumptionToken>%d</resumptionToken></ListRecords></OAI-PMH>"
        )
        repository.misbehave(lambda _: Answer(empty % next(numbers)), times=None)
        repository.misbehave(server_error(500), verb="ListIdentifiers", times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert run.state == "partial"
        assert next(numbers) < 200


def test_a_token_that_is_missing_too_early_is_looked_at_twice_and_told(harvesting):
    with Repository(made_entries(60), page_size=10) as repository:
        repository.misbehave(lambda answer: replace(answer, body=replace_token(answer.body, "")), page=3, times=1)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, run.balance.new) == ("complete", 60)
        assert repository.pages_served == [1, 2, 3, 3, 4, 5, 6]


@pytest.mark.parametrize("ending", ["empty", "missing", "smaller count"])
def test_a_list_that_always_ends_too_early_is_told_or_cut(harvesting, ending):
    def ends(answer):
        if ending == "missing":
            return replace(answer, body=re.sub(rb"<resumptionToken.*</resumptionToken>", b"", answer.body))
        body = replace_token(answer.body, "")
        return replace(answer, body=body.replace(b'"60"', b'"30"') if ending == "smaller count" else body)

    with Repository(spread(60), page_size=10) as repository:
        repository.misbehave(ends, page=3, times=None)
        run = harvest_all(harvesting, endpoint := keep(harvesting, repository.url))
        assert notes(harvesting, run)["short_list"] == 30
        assert live(harvesting) == identifiers(30)
        keep(harvesting, repository.url, **SELECTIVE)
        run = harvest_all(harvesting, endpoint, full=True)
        assert live(harvesting) == identifiers(60)


def test_a_repository_that_ignores_from_and_until_is_found_out(harvesting):
    def ignoring(answer):
        return Answer(answer_of(repository, None)) if "from" in repository.requests[-1].parameters else answer

    with Repository(made_entries(3_000), page_size=25) as repository:
        entries = [
            replace(entry, datestamp=f"20{10 + number % 14}-03-04T00:00:00Z")
            for number, entry in enumerate(repository.entries)
        ]
        repository.put(*entries)
        repository.misbehave(ignoring, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url, **SELECTIVE))
        assert run.state == "complete"
        assert live(harvesting) == identifiers(3_000)
        assert get_endpoint(harvesting.store, "here").selective is False
        assert notes(harvesting, run)["not_selective"] >= 1


@pytest.mark.parametrize("granularity", ["YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD"])
def test_what_is_at_until_comes_from_a_repository_that_is_known_to_leave_it_out(harvesting, granularity):
    def leaving_out(answer):
        given = repository.requests[-1].parameters
        if "until" not in given:
            return answer
        before = dt.datetime.fromisoformat(given["until"]) - dt.timedelta(seconds=1)
        asked = {**given, "until": f"{before:%Y-%m-%dT%H:%M:%SZ}"[: len(given["until"])]}
        return Answer(repository.answer(list(asked.items())))

    with Repository(spread(120), page_size=10) as repository:
        repository.misbehave(leaving_out, times=None)
        known = {**SELECTIVE, "until_inclusive": False, "granularity": granularity, "parallel": 2}
        last = repository.entries[99].datestamp[: len(granularity)]
        run = harvest_all(harvesting, endpoint := keep(harvesting, repository.url, **known), until=last)
        assert (run.state, live(harvesting)) == ("complete", identifiers(100))
        assert harvest_all(harvesting, endpoint, full=True).state == "complete"
        assert live(harvesting) == identifiers(120)
        slices = list_windows(harvesting.store, run.id + 1)[1:]
        gaps = [
            parse_datestamp(after.since) - parse_datestamp(before.until) for before, after in itertools.pairwise(slices)
        ]
        assert gaps == [dt.timedelta(seconds=1)] * 2


def test_a_repository_that_takes_only_days_is_asked_for_days(harvesting):
    def days_only(answer):
        given = repository.requests[-1].parameters
        return oai_error("badArgument", "bad from")(answer) if len(given.get("from", "")) > 10 else answer

    with Repository(made_entries(30), page_size=10) as repository:
        repository.misbehave(days_only, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url), since="2024-01-01T00:00:00Z")
        assert (run.state, run.balance.new) == ("complete", 30)
        assert get_endpoint(harvesting.store, "here").granularity == "YYYY-MM-DD"


def test_a_repository_that_refuses_both_forms_of_a_date_fails_with_its_words(harvesting):
    with Repository(made_entries(30)) as repository:
        repository.misbehave(oai_error("badArgument", "no dates please"), times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url), since="2024-01-01")
        assert run.state == "failed"
        assert "no dates please" in run.error
        assert len(asked(repository, "ListRecords")) == 2


def test_a_repository_that_wants_its_arguments_again_gets_them(harvesting):
    def wants_prefix(answer):
        given = repository.requests[-1].parameters
        wrong = "resumptionToken" in given and "metadataPrefix" not in given
        return oai_error("badArgument", "metadataPrefix is missing")(answer) if wrong else serve(given)

    def serve(given):
        token = given.get("resumptionToken")
        return Answer(answer_of(repository, token))

    with Repository(made_entries(30), page_size=10) as repository:
        repository.misbehave(wants_prefix, times=None)
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, run.balance.new) == ("complete", 30)
        assert get_endpoint(harvesting.store, "here").repeat_arguments


def test_a_set_that_has_vanished_is_told_and_not_taken_for_empty(harvesting):
    with Repository(made_entries(30), page_size=10) as repository:
        run = harvest_all(harvesting, keep(harvesting, repository.url, sets=("set1", "gone")))
        assert run.state == "partial"
        assert "'gone'" in run.error
        assert run.balance.new == 10


def test_a_set_that_is_only_empty_is_an_empty_result(harvesting):
    with Repository(made_entries(30), sets={"set1": "One", "later": "Nothing yet"}) as repository:
        run = harvest_all(harvesting, keep(harvesting, repository.url, sets=("later",)))
        assert (run.state, run.balance.received) == ("complete", 0)


def test_a_run_is_the_same_whatever_page_it_is_stopped_at(harvesting):
    with Repository(made_entries(60, deleted_every=7), page_size=10) as repository:
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        pages = list_pages(harvesting.store, run.id)
        assert [page.received for page in pages] == [10] * 6
        assert (run.balance.new, run.balance.deleted) == (52, 8)


def tokens_of(repository):
    """Give the token that each page of the whole list is asked for by."""
    tokens = [None]
    while (token := token_in(answer_of(repository, tokens[-1]))) is not None:
        tokens.append(token)
    return tokens


def token_in(body):
    found = body.partition(b"<resumptionToken")[2].partition(b">")[2].partition(b"<")[0]
    return found.decode() or None


def answer_of(repository, token):
    """Give a page of the whole list as the repository itself would answer, past all faults."""
    arguments = [("resumptionToken", token)] if token else [("metadataPrefix", "oai_dc")]
    return repository.answer([("verb", "ListRecords"), *arguments])


def replace_token(body, token):
    head, _, rest = body.partition(b"<resumptionToken")
    attributes, _, tail = rest.partition(b">")
    return head + b"<resumptionToken" + attributes + b">" + token.encode() + tail[tail.index(b"<") :]
