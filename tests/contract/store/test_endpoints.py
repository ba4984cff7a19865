from harvester.endpoint import Endpoint
from harvester.item import Metadata, Text
from harvester.store.endpoints import endpoint_labels, get_endpoint, list_endpoints, put_endpoint, remove_endpoint
from harvester.store.items import count_items, find_items, get_item
from harvester.store.ledger.balance import Balance
from harvester.store.ledger.pages import claim_page
from harvester.store.ledger.runs import get_run, get_watermarks
from harvester.store.outbox import acknowledge, claim_outbox, outbox_depth
from harvester.store.records import put_page
from harvester.store.works.joining import join_works
from tests.contract.store.building import NOW, archive, begin, claim, harvest, made_endpoint, record


def test_endpoints_are_kept_as_given_and_replaced_by_key(store):
    first = Endpoint(key="b", base_url="https://b.example/oai", sets=("x", "y"), label="É", pace_s=1.5)
    second = Endpoint(key="a", base_url="https://a.example/oai", allow_private=True, metadata_prefix="mods")
    put_endpoint(store, first)
    put_endpoint(store, Endpoint(key="a", base_url="https://old.example/oai"))
    put_endpoint(store, second)
    assert list_endpoints(store) == [second, first]
    assert get_endpoint(store, "b") == first
    assert get_endpoint(store, "c") is None


def test_removing_an_endpoint_deletes_its_records_and_tells_the_index(store):
    endpoint, other = made_endpoint(store), made_endpoint(store, "other", metadata_prefix="mods")
    harvest(store, endpoint, [record("1"), record("2"), record("3", deleted=True)])
    harvest(store, other, [record("2", "Held")])
    acknowledge(store, claim_outbox(store, limit=9, lease_s=9, now=NOW).fence, now=NOW)
    assert remove_endpoint(store, "here", NOW + 5) == 2
    assert (get_endpoint(store, "here"), get_watermarks(store, "here")) == (None, {})
    (first,), (second,) = find_items(store, "1"), find_items(store, "2")
    gone, held = get_item(store, first), get_item(store, second)
    assert (gone.deleted, gone.version, gone.title) == (True, 2, ())
    assert (held.deleted, held.version, held.title[0].value) == (False, 3, "Held")
    assert outbox_depth(store).waiting == 2
    assert remove_endpoint(store, "here", NOW + 6) == 0


def test_an_endpoint_added_again_brings_its_items_back_with_their_ids(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    before = find_items(store, "1")
    remove_endpoint(store, "here", NOW)
    assert count_items(store) == (0, 1)
    put_endpoint(store, endpoint)
    run = harvest(store, endpoint, [record("1")])
    assert (run.balance.changed, find_items(store, "1"), count_items(store)) == (1, before, (1, 0))


def test_removing_an_endpoint_ends_its_run(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    archive(store, taken, 1, token="more")
    remove_endpoint(store, "here", NOW + 5)
    ended = get_run(store, run.id)
    assert (ended.state, ended.error) == ("cancelled", "the endpoint was removed")
    assert ended.balance == Balance(received=1)
    assert put_page(store, taken, [record("1")], [], now=NOW) is None
    assert claim_page(store, run.id, 1, lease_s=9, now=NOW) is None
    assert count_items(store) == (0, 0)


def test_a_work_whose_lead_was_of_a_removed_endpoint_is_shown_by_what_is_left_of_it(store):
    described = Metadata(title=(Text("One work"),), doi="10.1000/1")
    for number, key in enumerate(("first", "second")):
        endpoint = made_endpoint(store, key, base_url=f"https://{key}.example/oai")
        harvest(store, endpoint, [record("1", metadata=described)], now=NOW + number)
    join_works(store, now=NOW)
    lead, follower = find_items(store, "1")
    assert get_item(store, follower).merged_into == lead
    remove_endpoint(store, "first", NOW + 5)
    join_works(store, now=NOW + 6)
    left = get_item(store, follower)
    assert (left.deleted, left.merged_into, count_items(store)) == (False, None, (1, 1))


def test_labels_are_given_for_those_that_have_one(store):
    put_endpoint(store, Endpoint(key="one", base_url="https://one.example/oai", label="The first"))
    put_endpoint(store, Endpoint(key="other", base_url="https://other.example/oai"))
    assert endpoint_labels(store, ["one", "other", "gone"]) == {"one": "The first"}
    assert endpoint_labels(store, []) == {}
