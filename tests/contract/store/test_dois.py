import msgspec
import pytest

from harvester.dois.limits import LANES, Limits, Report
from harvester.item import Agent, Metadata, Term, Text
from harvester.store.dois import count_dois, count_due, enqueue_dois, get_doi, list_dois, open_routes, read_registered
from harvester.store.dois import retry_dois as retry
from harvester.store.items import find_items, get_item
from harvester.store.registries.batches import (
    ABSENT_LIFE_S,
    FOUND_LIFE_S,
    Outcome,
    claim_dois,
    empty_inbox,
    put_agency,
    read_agencies,
    renew_dois,
    settle_dois,
)
from harvester.store.registries.budgets import Permit, get_budget, reserve_call, return_call
from harvester.store.works.explaining import explain_item
from tests.contract.store.building import NOW, harvest, made_endpoint, record
from tests.contract.store.planning import drain

DOI = "10.5555/a"
LANE = LANES["crossref"]
FOUND = Outcome(kind="found", agency="Crossref", metadata=msgspec.json.encode(Metadata(title=(Text("Registered"),))))


def queue(store, *dois, now=NOW):
    with store.begin() as connection:
        enqueue_dois(connection, dois, now)
    empty_inbox(store)


def take(store, now=NOW, route="unsorted", limit=50):
    return claim_dois(store, route, limit=limit, lease_s=10.0, now=now)


def reserve(store, now=NOW, lane=LANE, ahead_s=0.0):
    return reserve_call(store, lane, ahead_s=ahead_s, lease_s=10.0, now=now)


def test_the_own_doi_of_a_record_is_queued_with_its_page_and_once_only(store):
    endpoint = made_endpoint(store)
    rows = [msgspec.structs.replace(record(f"oai:{number}"), doi=DOI) for number in range(2)]
    harvest(store, endpoint, rows)
    queue(store)
    queue(store, DOI)
    assert [(row.doi, row.state, row.due) for row in list_dois(store, limit=9)] == [(DOI, "waiting", NOW)]
    assert count_due(store, NOW) == (1, NOW)
    assert open_routes(store, NOW) == ["unsorted"]


def test_an_answer_is_kept_and_the_items_of_its_records_go_to_the_index(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [msgspec.structs.replace(record("oai:1"), doi=DOI), record("oai:2")])
    drain(store)
    (item,) = find_items(store, "oai:1")
    before = get_item(store, item).version
    empty_inbox(store)
    assert settle_dois(store, take(store), {DOI: FOUND}, location="dois/1", now=NOW) == 1
    row = get_doi(store, DOI)
    assert (row.state, row.agency, row.due, row.location) == ("found", "Crossref", NOW + FOUND_LIFE_S, "dois/1")
    with store.connect() as connection:
        assert read_registered(connection, [DOI, "10.5555/b"])[DOI].title[0].value == "Registered"
    assert get_item(store, item).version == before + 1
    assert drain(store) == {item}


def settle(store, metadata):
    empty_inbox(store)
    found = Outcome(kind="found", agency="Crossref", metadata=msgspec.json.encode(metadata))
    settle_dois(store, take(store), {DOI: found}, location=None, now=NOW)


@pytest.mark.parametrize("other", [False, True])
def test_what_an_agency_says_is_taken_where_it_is_of_the_same_work(store, other):
    own = Metadata(title=(Text("On the harvest of records"),), creator=(Agent("Roe, R.", "Roe", "R."),), doi=DOI)
    said = msgspec.structs.replace(
        own,
        title=(Text("A journal of something else" if other else "On the harvest of records: a subtitle"),),
        creator=() if other else own.creator,
        volume="7",
        resource_status=(Term("Retracted"),),
        quality=("retracted",),
    )
    harvest(store, made_endpoint(store), [msgspec.structs.replace(record("oai:1", metadata=own), doi=DOI)])
    (item_id,) = find_items(store, "oai:1")
    settle(store, said)
    item = get_item(store, item_id)
    if other:
        assert (item.volume, item.title, item.origin) == (None, own.title, {})
        assert item.resource_status == ()
    else:
        assert (item.volume, item.title[0].value) == ("7", "On the harvest of records: a subtitle")
        assert (item.origin["volume"], item.quality, item.doi) == ("registry", ("retracted",), DOI)
        assert [term.label for term in item.resource_status] == ["Retracted"]
        fields = {field.name: field for field in explain_item(store, item_id).fields}
        assert [(voice.kind, voice.doi) for voice in fields["volume"].said_by] == [("registry", DOI)]


def test_the_same_answer_again_touches_no_item(store):
    queue(store, DOI)
    harvest(store, made_endpoint(store), [msgspec.structs.replace(record("oai:1"), doi=DOI)])
    settle_dois(store, take(store), {DOI: FOUND}, location=None, now=NOW)
    drain(store)
    assert retry(store, NOW + 1, doi=DOI) == 1
    settle_dois(store, take(store, NOW + 1), {DOI: FOUND}, location=None, now=NOW + 1)
    assert drain(store) == set()


def test_what_is_absent_is_asked_again_sooner(store):
    queue(store, DOI)
    settle_dois(store, take(store), {DOI: Outcome(kind="absent", error="gone")}, location=None, now=NOW)
    assert (get_doi(store, DOI).state, get_doi(store, DOI).due) == ("absent", NOW + ABSENT_LIFE_S)
    assert take(store, NOW + ABSENT_LIFE_S - 1) is None
    assert take(store, NOW + ABSENT_LIFE_S + 1) is not None


def test_a_batch_of_a_holder_that_died_is_given_again_and_its_late_answer_is_thrown_away(store):
    queue(store, DOI, "10.5555/b")
    late = take(store)
    assert take(store, NOW + 9) is None
    again = take(store, NOW + 11)
    assert [one.doi for one in again.taken] == [one.doi for one in late.taken]
    assert settle_dois(store, late, {DOI: FOUND}, location=None, now=NOW + 12) == 0
    assert not renew_dois(store, late, lease_s=10, now=NOW + 12)
    assert settle_dois(store, again, {DOI: FOUND}, location=None, now=NOW + 12) == 1


def test_of_two_that_take_none_gets_what_the_other_has(store):
    queue(store, *(f"10.5555/{number:02}" for number in range(20)))
    first, second = take(store, limit=15), take(store, limit=15)
    assert (len(first.taken), len(second.taken)) == (15, 5)
    assert take(store) is None


def test_a_doi_that_kills_its_holders_is_given_up(store):
    queue(store, DOI)
    for turn in range(8):
        assert take(store, NOW + 11 * turn) is not None
    assert take(store, NOW + 100) is None
    assert (get_doi(store, DOI).state, get_doi(store, DOI).due) == ("dead", None)
    assert retry(store, NOW + 101, states=["dead"]) == 1
    assert take(store, NOW + 102) is not None


def test_eight_failures_are_enough_and_putting_off_is_none(store):
    queue(store, DOI)
    for turn in range(20):
        settle_dois(store, take(store, NOW + turn), {DOI: Outcome(kind="put_off")}, location=None, now=NOW)
    for turn in range(8):
        failed = Outcome(kind="failed", error="html", not_before=NOW)
        settle_dois(store, take(store, NOW + 30 + turn), {DOI: failed}, location=None, now=NOW)
    assert [(row.state, row.count) for row in count_dois(store)] == [("dead", 1)]


def test_a_moved_doi_is_due_on_its_route(store):
    queue(store, DOI)
    moved = Outcome(kind="moved", agency="DataCite", route="datacite", omitted_by="crossref")
    settle_dois(store, take(store), {DOI: moved}, location=None, now=NOW)
    assert open_routes(store, NOW) == ["datacite"]
    assert take(store, route="datacite").taken[0].omitted_by == "crossref"


def test_the_agency_of_a_prefix_is_known_for_ninety_days(store):
    put_agency(store, "10.5555", "Crossref", NOW)
    put_agency(store, "10.9999", "", NOW)
    assert read_agencies(store, {"10.5555", "10.9999", "10.1"}, NOW + 1) == {"10.5555": "Crossref", "10.9999": ""}
    assert read_agencies(store, {"10.5555", "10.9999"}, NOW + 80 * 86400) == {"10.5555": "Crossref"}
    assert read_agencies(store, {"10.5555"}, NOW + 91 * 86400) == {}


def test_requests_are_a_pace_apart_and_three_at_once(store):
    first = reserve(store)
    wait_s = reserve(store)
    assert isinstance(first, Permit)
    assert wait_s == pytest.approx(1 / 2.64)
    second, third = reserve(store, NOW + 1), reserve(store, NOW + 2)
    assert isinstance(second, Permit)
    assert isinstance(third, Permit)
    assert isinstance(reserve(store, NOW + 3), float)
    assert isinstance(reserve(store, NOW + 3, lane=LANES["crossref_single"]), float)  # three for the whole service
    assert isinstance(reserve(store, NOW + 3, lane=LANES["datacite"]), Permit)
    return_call(store, second, Report("answered"), NOW + 3)
    assert isinstance(reserve(store, NOW + 3), Permit)


def test_a_request_whose_maker_died_counts_no_longer_than_its_lease(store):
    for turn in range(3):
        reserve(store, NOW + turn)
    assert isinstance(reserve(store, NOW + 5), float)
    assert isinstance(reserve(store, NOW + 10.5), Permit)


def test_a_time_ahead_can_be_reserved(store):
    assert reserve(store, ahead_s=1.0).at == NOW
    assert reserve(store, ahead_s=1.0).at == pytest.approx(NOW + 1 / 2.64)


def test_told_to_slow_down_the_rate_is_halved_once_and_rises_by_steps(store):
    permits = [reserve(store, NOW + turn) for turn in range(3)]
    for permit in permits:
        return_call(store, permit, Report("throttled", Limits(pause_s=7)), NOW + 3)
    assert get_budget(store, LANE).rate == 1.5
    assert reserve(store, NOW + 4) == 6
    asked = reserve(store, NOW + 70)
    return_call(store, asked, Report("answered"), NOW + 71)
    assert get_budget(store, LANE).rate == pytest.approx(1.8)


def test_what_headers_say_is_obeyed(store):
    return_call(store, reserve(store), Report("answered", Limits(rate=1.0, concurrent=1)), NOW + 1)
    assert (get_budget(store, LANE).rate, get_budget(store, LANE).concurrent) == (1.0, 1)


def test_a_service_that_is_away_is_left_alone_for_longer_each_time(store):
    for turn in range(5):
        return_call(store, reserve(store, NOW + 5 * turn), Report("failed"), NOW + 5 * turn)
    assert reserve(store, NOW + 20) == 30
