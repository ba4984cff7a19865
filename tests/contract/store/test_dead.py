import pytest

from harvester.store.dois import enqueue_dois, get_doi
from harvester.store.endpoints import remove_endpoint
from harvester.store.items import find_items
from harvester.store.ledger.balance import Balance
from harvester.store.ledger.dead import Chosen, count_dead, drop_dead, list_dead
from harvester.store.ledger.imports import DocumentPage, end_reading, put_documents, start_import, take_reading
from harvester.store.ledger.lists import replace_page
from harvester.store.ledger.pages import claim_page, kill_page, release_page
from harvester.store.ledger.reviving import cancel_run, retry_dead
from harvester.store.ledger.runs import finish_run, get_run, get_watermarks, note_failed_run
from harvester.store.ledger.windows import list_windows
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import PausedError, drain
from harvester.store.outbox import claim_outbox, outbox_depth, reject_documents
from harvester.store.records import put_page
from harvester.store.registries.batches import Outcome, claim_dois, empty_inbox, settle_dois
from tests.contract.store.building import (
    LEASE_S,
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

ALL = Chosen()
WHO = {"actor": "ada", "reason": "it is mended"}


def half_run(store, endpoint, error="status 404: no such thing"):
    """A run whose second page died, ended."""
    run = begin(store, endpoint)
    put(store, run, 0, [record("1")], token="next")
    kill_page(store, claim(store, run, 1), error, NOW + 1)
    return finish_run(store, run.id, NOW + 2)


def refuse(store, identifier, reason="field date: not a date", now=NOW + 3):
    batch = claim_outbox(store, limit=9, lease_s=LEASE_S, now=now)
    (item_id,) = find_items(store, identifier)
    reject_documents(store, batch.fence, [(item_id, reason)], now=now)
    return item_id


def give_up(store, doi, now=NOW + 5):
    with store.begin() as connection:
        enqueue_dois(connection, [doi], NOW)
    empty_inbox(store)
    for _ in range(8):
        batch = claim_dois(store, "unsorted", limit=1, lease_s=LEASE_S, now=now)
        failed = Outcome(kind="failed", error="answered with status 500", not_before=now)
        settle_dois(store, batch, {doi: failed}, location="dois/today", now=now)


def keys(letters):
    return [(letter.kind, letter.key) for letter in letters]


def test_what_was_given_up_is_listed_with_its_age_its_error_and_what_a_retry_does(store):
    half_run(store, made_endpoint(store))
    item_id = refuse(store, "1")
    give_up(store, "10.1000/1")
    found = list_dead(store, ALL, limit=9)
    assert [(one.kind, one.key, one.since, one.error) for one in found] == [
        ("doi", "10.1000/1", NOW + 5, "answered with status 500"),
        ("document", item_id, NOW + 3, "field date: not a date"),
        ("page", "1/1", NOW + 1, "status 404: no such thing"),
    ]
    assert found[2].endpoint == "here"
    assert found[2].retry == "asks the repository for it, and opens run 1 again"
    assert count_dead(store) == {"page": 1, "document": 1, "doi": 1}


def test_letters_are_chosen_by_kind_key_endpoint_and_a_part_of_their_error(store):
    half_run(store, made_endpoint(store))
    half_run(store, made_endpoint(store, "there", base_url="https://there.example/oai"), "status 500 of 100%_sure")
    item_id = refuse(store, "1") if len(find_items(store, "1")) == 1 else None
    assert item_id is None
    assert keys(list_dead(store, Chosen(kind="doi"), limit=9)) == []
    assert keys(list_dead(store, Chosen(key="2/1"), limit=9)) == [("page", "2/1")]
    assert keys(list_dead(store, Chosen(endpoint="here"), limit=9)) == [("page", "1/1")]
    assert keys(list_dead(store, Chosen(cause="STATUS 404"), limit=9)) == [("page", "1/1")]
    assert keys(list_dead(store, Chosen(cause="100%_"), limit=9)) == [("page", "2/1")]
    assert keys(list_dead(store, Chosen(cause="4_4"), limit=9)) == []
    assert len(list_dead(store, ALL, limit=1)) == 1


def test_documents_and_dois_are_chosen_by_the_endpoint_of_their_records(store):
    harvest(store, made_endpoint(store), [record("1")])
    refuse(store, "1")
    made_endpoint(store, "there")
    assert len(list_dead(store, Chosen(endpoint="here"), limit=9)) == 1
    assert list_dead(store, Chosen(endpoint="there"), limit=9) == []


def test_a_run_that_was_partial_for_a_dead_page_becomes_complete(store):
    run = half_run(store, made_endpoint(store))
    assert (run.state, get_watermarks(store, "here")) == ("partial", {})
    done = retry_dead(store, ALL, now=NOW + 10, **WHO)
    assert (keys(done.letters), done.left, done.reopened) == ([("page", "1/1")], (), (1,))
    assert get_run(store, 1).state is None
    assert list_dead(store, ALL, limit=9) == []
    put(store, run, 1, [record("2")], now=NOW + 10)
    ended = finish_run(store, 1, NOW + 11)
    assert (ended.state, ended.error, ended.balance) == ("complete", None, Balance(received=2, new=2))
    assert get_watermarks(store, "here") == {"": RESPONSE_DATE}


def test_a_page_that_died_after_it_was_archived_is_read_from_the_archive(store):
    run = begin(store, made_endpoint(store))
    page = claim(store, run)
    archive(store, page, 1)
    kill_page(store, page, "no XML", NOW)
    finish_run(store, run.id, NOW)
    (letter,) = list_dead(store, ALL, limit=9)
    assert (letter.raw, letter.retry) == ("1/0", "stores what the archive has, and opens run 1 again")
    retry_dead(store, ALL, now=NOW + 1, **WHO)
    assert put_page(store, page, [record("1")], [], now=NOW + 1) is None  # who gave it up holds it no more
    again = claim_page(store, run.id, 0, lease_s=LEASE_S, now=NOW + 1)
    assert (again.state, again.tries, again.location) == ("archived", 1, "1/0")
    assert put_page(store, again, [record("1")], [], now=NOW + 1).new == 1


def test_a_page_of_an_open_run_is_tried_again_within_it(store):
    run = begin(store, made_endpoint(store))
    for _ in range(8):
        release_page(store, claim(store, run), error="no answer", not_before=NOW, now=NOW + 7)
    assert [(one.since, one.error) for one in list_dead(store, ALL, limit=9)] == [(NOW + 7, "no answer")]
    assert retry_dead(store, ALL, now=NOW + 8, **WHO).reopened == ()
    assert get_page(store, run.id, 0).state == "pending"


def test_a_run_that_another_came_after_is_not_opened_again(store):
    endpoint = made_endpoint(store)
    half_run(store, endpoint)
    harvest(store, endpoint, [record("1"), record("2")], now=NOW + 20)
    done = retry_dead(store, ALL, now=NOW + 30, **WHO)
    assert (done.letters, done.reopened, keys(done.left)) == ((), (), [("page", "1/1")])
    assert "run 2 came after it" in done.left[0].instead
    assert get_run(store, 1).state == "partial"


def test_a_run_that_could_not_begin_afterwards_is_no_reason_against_a_retry(store):
    endpoint = made_endpoint(store)
    half_run(store, endpoint)
    with store.begin() as connection:
        note_failed_run(connection, endpoint, "no answer", started=NOW + 20, now=NOW + 21)
    assert retry_dead(store, ALL, now=NOW + 30, **WHO).reopened == (1,)


def test_a_run_that_was_cancelled_and_one_whose_endpoint_is_gone_are_not_opened_again(store):
    run = begin(store, made_endpoint(store))
    kill_page(store, claim(store, run), "gone", NOW)
    cancel_run(store, run.id, actor="ada", reason="", now=NOW)
    (letter,) = list_dead(store, ALL, limit=9)
    assert (letter.retry, letter.instead) == ("", "run 1 was cancelled: `oaihub harvest here` begins another")
    remove_endpoint(store, "here", NOW)
    (letter,) = list_dead(store, ALL, limit=9)
    assert (letter.retry, letter.instead) == ("", "endpoint here was removed")


def test_a_list_whose_token_was_forgotten_too_often_may_forget_it_anew(store):
    run = begin(store, made_endpoint(store))
    again = {"reason": "restart", "note": "restart", "error": "forgotten", "restarts": 2}
    replace_page(store, claim(store, run), [(None, None)], **again, now=NOW)
    kill_page(store, claim(store, run, 1), "forgotten again", NOW)
    finish_run(store, run.id, NOW)
    retry_dead(store, ALL, now=NOW + 1, **WHO)
    assert [window.restarts for window in list_windows(store, run.id)] == [0, 0]


def test_a_file_of_a_dump_that_could_not_be_read_is_not_tried_again(store):
    run = start_import(store, made_endpoint(store), "file:///dump", NOW)
    reading = take_reading(store, run.id, lease_s=LEASE_S, now=NOW)
    end_reading(store, put_documents(store, reading, [DocumentPage(name="a.xml", error="no XML")], NOW))
    assert finish_run(store, run.id, NOW).state == "partial"
    (letter,) = list_dead(store, ALL, limit=9)
    assert (letter.retry, letter.instead) == ("", "it is of a dump: `oaihub harvest here` reads that again")
    assert retry_dead(store, ALL, now=NOW + 1, **WHO).reopened == ()


def test_no_run_is_opened_again_while_it_is_drained(store):
    half_run(store, made_endpoint(store))
    drain(store, "everything", "", actor="ada", reason="an upgrade", now=NOW)
    with pytest.raises(PausedError, match="an upgrade"):
        retry_dead(store, ALL, now=NOW + 1, **WHO)
    assert get_run(store, 1).state == "partial"


def test_a_refused_document_is_given_to_the_index_again(store):
    harvest(store, made_endpoint(store), [record("1")])
    item_id = refuse(store, "1")
    assert keys(retry_dead(store, Chosen(kind="document"), now=NOW + 9, **WHO).letters) == [("document", item_id)]
    assert outbox_depth(store).rejected == 0
    assert [item.id for item in claim_outbox(store, limit=9, lease_s=LEASE_S, now=NOW + 10).items] == [item_id]


def test_a_doi_that_was_given_up_is_asked_for_again_and_not_listed_meanwhile(store):
    give_up(store, "10.1000/1")
    retry_dead(store, Chosen(key="10.1000/1"), now=NOW + 9, **WHO)
    assert list_dead(store, ALL, limit=9) == []
    assert (get_doi(store, "10.1000/1").due, get_doi(store, "10.1000/1").tries) == (NOW + 9, 0)
    assert claim_dois(store, "unsorted", limit=1, lease_s=LEASE_S, now=NOW + 9) is not None


def test_what_is_dropped_is_listed_no_more_until_it_dies_again(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    item_id = refuse(store, "1")
    half_run(store, endpoint)
    assert len(drop_dead(store, ALL, now=NOW + 9, **WHO)) == 2
    assert (list_dead(store, ALL, limit=9), count_dead(store)) == ([], {"page": 0, "document": 0, "doi": 0})
    assert get_run(store, 2).state == "partial"
    assert outbox_depth(store).rejected == 1
    harvest(store, endpoint, [record("1", "Changed")], now=NOW + 20)
    refuse(store, "1", "refused again", now=NOW + 21)
    assert keys(list_dead(store, ALL, limit=9)) == [("document", item_id)]


def test_a_cancelled_run_stores_no_page_any_more(store):
    run = begin(store, made_endpoint(store))
    page = claim(store, run)
    archive(store, page, 1)
    ended = cancel_run(store, run.id, actor="ada", reason="the wrong set", now=NOW)
    assert (ended.state, ended.error) == ("cancelled", "cancelled by ada (the wrong set)")
    assert put_page(store, page, [record("1")], [], now=NOW) is None
    assert cancel_run(store, run.id, actor="ada", reason="", now=NOW) is None


def test_the_audit_has_what_was_done_with_dead_letters_and_runs(store):
    half_run(store, made_endpoint(store))
    retry_dead(store, ALL, now=NOW + 1, **WHO)
    cancel_run(store, 1, actor="bea", reason="", now=NOW + 2)
    told = [(one.actor, one.action, one.object) for one in list_audit(store)]
    assert told == [("bea", "cancel", "run:1"), ("ada", "retry", "page:1/1")]
