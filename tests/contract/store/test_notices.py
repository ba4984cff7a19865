"""What notices say of works, on every engine: kept once, replaced, shown in items, looked for by one at a time."""

from contextlib import closing

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from harvester.dois.notices import Notice
from harvester.item import Metadata, Text
from harvester.store import open_store
from harvester.store.connection import Store, parse_url
from harvester.store.dois import enqueue_dois, get_doi, read_registered
from harvester.store.items import find_items, get_item
from harvester.store.registries.batches import Outcome, claim_dois, empty_inbox, learn_notices, settle_dois
from harvester.store.registries.notices import (
    LOOK_AGAIN_S,
    LOOK_EVERY_S,
    end_look,
    get_look,
    is_look_due,
    put_off_look,
    renew_look,
    take_look,
)
from harvester.store.registries.overview import count_errors, count_waiting, find_holders, find_notices, next_due
from harvester.store.tables import dois
from tests.contract.store.building import NOW, harvest, made_endpoint, record
from tests.contract.store.planning import drain

WORK, NOTICE = "10.5555/work", "10.5555/notice"
SAID = Metadata(title=(Text("A study of a thing that was not so"),), doi=WORK)
RETRACTION = Notice(WORK, NOTICE, "retraction")


def queue(store, *dois):
    with store.begin() as connection:
        enqueue_dois(connection, dois, NOW)
    empty_inbox(store)


def settle(store, outcomes, *, now=NOW):
    batch = claim_dois(store, "unsorted", limit=50, lease_s=10.0, now=now)
    return settle_dois(store, batch, outcomes, location=None, now=now)


def found(metadata=SAID, *notices):
    return Outcome(kind="found", agency="Crossref", metadata=msgspec.json.encode(metadata), notices=notices)


def held(store):
    """Store a record of the work, with what is registered for it; give its item."""
    harvest(store, made_endpoint(store), [msgspec.structs.replace(record("oai:1", metadata=SAID), doi=WORK)])
    empty_inbox(store)
    settle(store, {WORK: found()})
    drain(store)
    return find_items(store, "oai:1")[0]


def status(store, item):
    return [term.label for term in get_item(store, item).resource_status]


def test_a_notice_changes_the_item_of_its_work_and_what_it_takes_back_does_too(store):
    item = held(store)
    assert learn_notices(store, {NOTICE: [RETRACTION]}, NOW + 1) == 1
    assert (status(store, item), drain(store)) == (["Retracted"], {item})
    assert (get_doi(store, WORK).due, get_doi(store, WORK).state) == (NOW + 1, "found")
    assert learn_notices(store, {NOTICE: [RETRACTION]}, NOW + 2) == 0
    assert drain(store) == set()
    assert find_notices(store, WORK) == find_notices(store, NOTICE) == [RETRACTION]
    assert learn_notices(store, {NOTICE: [Notice(WORK, NOTICE, "correction")]}, NOW + 3) == 1
    assert status(store, item) == ["Corrected"]
    queue(store, NOTICE)
    settle(store, {NOTICE: found(Metadata(title=(Text("Notice"),))), WORK: found()}, now=NOW + 4)
    assert (status(store, item), drain(store)) == ([], {item})


def test_notices_of_others_works_are_not_kept(store):
    held(store)
    assert learn_notices(store, {NOTICE: [Notice("10.5555/other", NOTICE, "retraction")]}, NOW) == 0
    assert find_notices(store, NOTICE) == []


def test_a_notice_settled_first_is_known_when_its_work_comes(store):
    queue(store, NOTICE)
    settle(store, {NOTICE: found(Metadata(title=(Text("Notice"),)), RETRACTION)})
    item = held(store)
    assert status(store, item) == ["Retracted"]
    with store.connect() as connection:
        assert read_registered(connection, [WORK])[WORK].quality == ("retracted",)


def test_a_work_that_is_held_is_not_asked_for_twice(store):
    queue(store, WORK)
    settle(store, {WORK: found()})
    with store.begin() as connection:
        connection.execute(text("UPDATE dois SET due = 0"))
    claim_dois(store, "unsorted", limit=1, lease_s=10.0, now=NOW)
    learn_notices(store, {NOTICE: [RETRACTION]}, NOW + 1)
    assert claim_dois(store, "unsorted", limit=1, lease_s=10.0, now=NOW + 2) is None


def test_a_look_is_made_by_one_and_begins_where_the_last_began(store):
    assert (get_look(store), is_look_due(store, NOW), take_look(store, lease_s=10.0, now=NOW)) == (None, False, None)
    queue(store, WORK)
    settle(store, {WORK: found()})
    assert get_look(store).since == NOW
    assert not is_look_due(store, NOW + LOOK_EVERY_S - 1)
    later = NOW + LOOK_EVERY_S
    assert take_look(store, lease_s=10.0, now=later).since == NOW
    assert take_look(store, lease_s=10.0, now=later + 9) is None
    assert renew_look(store, lease_s=10.0, now=later + 9)
    assert not is_look_due(store, later + 18)
    assert take_look(store, lease_s=10.0, now=later + 20) is not None  # whoever held it is gone
    put_off_look(store, "away", later + 21)
    assert (get_look(store).error, get_look(store).since) == ("away", NOW)
    assert not renew_look(store, lease_s=10.0, now=later + 21)
    again = later + 21 + LOOK_AGAIN_S
    assert take_look(store, lease_s=10.0, now=again) is not None
    end_look(store, until=again, found=3, due=again + 5 + LOOK_EVERY_S, now=again + 5)
    look = get_look(store)
    assert (look.since, look.ended, look.due, look.found, look.error) == (
        again,
        again + 5,
        again + 5 + LOOK_EVERY_S,
        3,
        None,
    )


def test_an_operator_sees_what_waits_what_went_wrong_and_who_has_a_doi(store):
    item = held(store)
    queue(store, "10.5555/a", "10.5555/b")
    failed = Outcome(kind="failed", error="no answer", not_before=NOW + 60)
    settle(store, {"10.5555/a": failed})
    assert [(row.route, row.due, row.held, row.later, row.oldest) for row in count_waiting(store, NOW)] == [
        ("unsorted", 1, 1, 1, NOW)
    ]
    assert next_due(store, NOW) == NOW + 60
    assert [(row.error, row.count, row.example) for row in count_errors(store, 5)] == [("no answer", 1, "10.5555/a")]
    assert [(one.item, one.identifier, one.agrees) for one in find_holders(store, WORK)] == [(item, "oai:1", True)]
    assert find_holders(store, "10.5555/a") == []


@pytest.mark.parametrize("state", ["found", "waiting"])
def test_a_store_that_had_registered_works_before_has_a_look_due_at_once(new_store_url, state):
    old = Store(parse_url(new_store_url))
    with closing(old), old.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "harvester.store:migrations")
        command.upgrade(config, "0001")
        row = {"doi": WORK, "state": state, "route": "unsorted", "due": NOW, "fence": 0, "leased_until": 0.0}
        row |= {"tries": 0, "agency": "Crossref", "fetched": NOW}
        connection.execute(dois.insert().values(row))
    with open_store(new_store_url) as store:
        look = get_look(store)
        assert (look is not None) == (state == "found")
        assert look is None or (look.since, look.due) == (NOW, 0)
