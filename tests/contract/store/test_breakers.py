from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.store.ledger.hinting import stale_pages
from harvester.store.ledger.pages import claim_page
from harvester.store.operating.audit import list_audit
from harvester.store.operating.breakers import (
    TRIAL_S,
    Breaker,
    breaker_state,
    close_breaker,
    give_back,
    list_breakers,
    note_failure,
    take_turn,
    try_at_once,
)
from harvester.store.operating.controls import STAGES
from harvester.store.outbox import claim_outbox
from tests.contract.store.building import LEASE_S, NOW, archive, begin, claim, get_page, harvest, made_endpoint, record


def take(store, run, number=0, now=NOW):
    return claim_page(store, run.id, number, lease_s=LEASE_S, now=now)


def test_a_stage_whose_engine_is_down_is_left_alone_twice_as_long_each_time(store):
    assert take_turn(store, "index", NOW) == "free"
    pauses = [note_failure(store, "index", "away", NOW).open_until - NOW for _ in range(9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert list_breakers(store) == [Breaker("index", 9, NOW, NOW + 60, "away")]
    assert take_turn(store, "index", NOW + 59) == "shut"
    assert take_turn(store, "harvest", NOW) == "free"


def test_one_of_many_tries_when_the_time_has_come(store):
    note_failure(store, "index", "away", NOW)
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: take_turn(store, "index", NOW + 2), range(8)))
    assert sorted(turns) == ["shut"] * 7 + ["trial"]


def test_a_trial_that_nobody_ends_is_made_again(store):
    note_failure(store, "index", "away", NOW)
    assert take_turn(store, "index", NOW + 2) == "trial"
    assert take_turn(store, "index", NOW + 1 + TRIAL_S) == "shut"
    assert take_turn(store, "index", NOW + 3 + TRIAL_S) == "trial"


def test_a_trial_that_fails_waits_longer_and_the_first_success_closes(store):
    note_failure(store, "index", "away", NOW)
    assert take_turn(store, "index", NOW + 2) == "trial"
    assert note_failure(store, "index", "still away", NOW + 2) == Breaker("index", 2, NOW, NOW + 4, "still away")
    assert take_turn(store, "index", NOW + 4) == "trial"
    close_breaker(store, "index")
    assert (take_turn(store, "index", NOW + 4), breaker_state(store, "index")) == ("free", None)
    assert note_failure(store, "index", "away again", NOW + 9).failures == 1


def test_a_trial_that_said_nothing_is_given_to_another(store):
    note_failure(store, "index", "away", NOW)
    assert take_turn(store, "index", NOW + 2) == "trial"
    give_back(store, "index", NOW + 2)
    assert take_turn(store, "index", NOW + 2) == "trial"


def test_no_row_of_the_outbox_is_taken_while_the_index_is_down_but_by_who_tries(store):
    harvest(store, made_endpoint(store), [record("1")])
    note_failure(store, "index", "away", NOW)
    assert claim_outbox(store, limit=5, lease_s=LEASE_S, now=NOW + 99) is None
    assert claim_outbox(store, limit=5, lease_s=LEASE_S, now=NOW + 99, trial=True) is not None


def test_pages_are_fetched_while_only_the_index_is_down(store):
    run = begin(store, made_endpoint(store))
    note_failure(store, "index", "away", NOW)
    assert take(store, run) is not None


def test_no_page_is_fetched_while_the_archive_is_away_but_by_who_tries(store):
    endpoints = [made_endpoint(store, key, base_url=f"https://{key}.example/oai") for key in ("one", "two")]
    first, second = (begin(store, endpoint) for endpoint in endpoints)
    note_failure(store, "harvest", "disk full", NOW)
    assert take(store, first) is None
    assert get_page(store, first.id, 0).tries == 0
    assert stale_pages(store, now=NOW + 0.5, age_s=0, limit=9) == []
    assert stale_pages(store, now=NOW + 2, age_s=0, limit=9) == [(first.id, 0), (second.id, 0)]
    assert take(store, first, now=NOW + 2).trial
    assert take(store, second, now=NOW + 2) is None
    close_breaker(store, "harvest")
    assert not take(store, second, now=NOW + 2).trial


def test_what_is_archived_is_stored_while_the_archive_is_away(store):
    run = begin(store, made_endpoint(store))
    archive(store, claim(store, run), 1)
    note_failure(store, "harvest", "disk full", NOW)
    again = take(store, run, now=NOW + LEASE_S + 1)
    assert (again.state, again.trial) == ("archived", False)


@pytest.mark.parametrize("stage", ["harvest", "doi", "index"])
def test_stages_are_broken_one_by_one(store, stage):
    note_failure(store, stage, "away", NOW)
    assert [take_turn(store, one, NOW) for one in ("harvest", "doi", "index")].count("shut") == 1


def test_a_person_has_a_stage_be_tried_at_once_and_that_stands_in_the_audit(store):
    note_failure(store, "index", "away", NOW)
    assert try_at_once(store, STAGES, actor="ada", now=NOW) == ["index"]
    assert take_turn(store, "index", NOW) == "trial"
    assert try_at_once(store, ["doi"], actor="ada", now=NOW) == []
    assert [(one.actor, one.action, one.object) for one in list_audit(store)] == [("ada", "try", "stage:index")]
