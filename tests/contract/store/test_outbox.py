from concurrent.futures import ThreadPoolExecutor

from harvester.store.items import find_items
from harvester.store.outbox import (
    Depth,
    acknowledge,
    claim_outbox,
    enqueue_all,
    outbox_depth,
    reject_documents,
    release_outbox,
)
from tests.contract.store.building import NOW, harvest, made_endpoint, record


def take(store, limit=100, now=NOW):
    return claim_outbox(store, limit=limit, lease_s=10, now=now)


def fill(store, count, now=NOW):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record(f"{number:04d}") for number in range(count)], now=now)
    return endpoint


def test_an_empty_outbox_gives_nothing(store):
    assert take(store) is None
    assert outbox_depth(store) == Depth(0, None, 0)


def test_what_is_taken_and_acknowledged_is_gone(store):
    fill(store, 3)
    batch = take(store, limit=2)
    assert [item.provenance[0].identifier for item in batch.items] == ["0000", "0001"]
    assert acknowledge(store, batch.fence, now=NOW) == 2
    assert outbox_depth(store) == Depth(1, NOW, 0)
    assert acknowledge(store, batch.fence, now=NOW) == 0


def test_the_longest_waiting_come_first(store):
    endpoint = fill(store, 1)
    harvest(store, endpoint, [record("new")], now=NOW + 60)
    assert [item.provenance[0].identifier for item in take(store, limit=1, now=NOW + 60).items] == ["0000"]
    assert outbox_depth(store).oldest == NOW


def test_batches_of_many_takers_do_not_overlap(store):
    fill(store, 400)
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: take(store, limit=50), range(8)))
    ids = [item.id for batch in batches if batch for item in batch.items]
    assert len(ids) == len(set(ids))
    while batch := take(store):
        ids += [item.id for item in batch.items]
    assert len(ids) == len(set(ids)) == 400


def test_what_is_not_acknowledged_comes_again_after_the_lease(store):
    fill(store, 2)
    lost = take(store)
    assert take(store, now=NOW + 9) is None
    again = take(store, now=NOW + 11)
    assert again.items == lost.items
    assert acknowledge(store, lost.fence, now=NOW) == 0
    assert acknowledge(store, again.fence, now=NOW) == 2


def test_an_item_that_changes_between_taking_and_acknowledging_stays(store):
    endpoint = fill(store, 2)
    batch = take(store)
    harvest(store, endpoint, [record("0001", "Changed meanwhile")], now=NOW + 1)
    assert acknowledge(store, batch.fence, now=NOW) == 1
    (item,) = take(store, now=NOW + 1).items
    assert (item.title[0].value, item.version) == ("Changed meanwhile", 2)


def test_a_batch_given_back_waits_until_then(store):
    fill(store, 2)
    batch = take(store)
    release_outbox(store, batch.fence, NOW + 30)
    assert take(store, now=NOW + 29) is None
    assert len(take(store, now=NOW + 31).items) == 2
    assert acknowledge(store, batch.fence, now=NOW) == 0


def test_a_refused_item_is_set_aside_until_it_changes(store):
    endpoint = fill(store, 3)
    batch = take(store)
    (refused,) = find_items(store, "0001")
    reject_documents(store, batch.fence, [(refused, "field date: not a date")], now=NOW)
    assert acknowledge(store, batch.fence, now=NOW) == 2
    assert outbox_depth(store) == Depth(0, None, 1)
    assert take(store, now=NOW + 999) is None
    harvest(store, endpoint, [record("0001", "Mended")], now=NOW + 1000)
    assert outbox_depth(store) == Depth(1, NOW + 1000, 0)
    assert [item.id for item in take(store, now=NOW + 1000).items] == [refused]


def test_deleted_items_are_given_to_the_index_too(store):
    endpoint = fill(store, 1)
    acknowledge(store, take(store).fence, now=NOW)
    harvest(store, endpoint, [record("0000", deleted=True)])
    (item,) = take(store).items
    assert (item.deleted, item.version) == (True, 2)


def test_everything_can_be_put_in_again(store):
    endpoint = fill(store, 4)
    harvest(store, endpoint, [record("0000", deleted=True)], now=NOW + 1)
    acknowledge(store, take(store, limit=3).fence, now=NOW)
    waiting = take(store, limit=1)
    assert enqueue_all(store, NOW + 60) == 4
    assert outbox_depth(store) == Depth(4, NOW, 0)
    acknowledge(store, waiting.fence, now=NOW)
    batch = take(store, now=NOW + 60)
    assert len(batch.items) == 4
    assert [item.deleted for item in batch.items].count(True) == 1
