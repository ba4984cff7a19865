"""The order of changes: a reader with a cursor misses nothing, however late the transactions of writers end."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.store import open_store
from harvester.store.exposing import Selection as Chosen
from harvester.store.exposing import list_changed, read_changes
from harvester.store.filters import fill_filter, get_filter, list_filters, remove_filter, save_filter
from harvester.store.items import find_items
from harvester.store.outbox import acknowledge, claim_outbox
from harvester.store.records import bump_items
from harvester.store.stamping import next_stamp, settled_until, stamp
from harvester.store.tables import items
from tests.contract.store.building import NOW, harvest, made_endpoint, record


def item_ids(store, count):
    return [find_items(store, f"{number:04d}")[0] for number in range(count)]


def index(store, match=lambda _: (), now=NOW):
    while batch := claim_outbox(store, limit=100, lease_s=10, now=now):
        acknowledge(store, batch.fence, now=now, match=match)


@pytest.fixture
def filled(store):
    """A store with twenty items, not indexed yet."""
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record(f"{number:04d}") for number in range(20)], now=NOW)
    return endpoint


def test_a_reader_misses_nothing_while_writers_end_late(store, store_url, filled):
    ids = item_ids(store, 20)
    chance = random.Random(6)
    plans = [[(chance.sample(ids, 3), chance.random() / 100) for _ in range(15)] for _ in range(4)]

    def write(plan):
        with open_store(store_url) as own:
            for chosen, wait_s in plan:
                with own.begin() as connection:
                    mine = items.select().where(items.c.id.in_(chosen)).order_by(items.c.id).with_for_update()
                    connection.execute(
                        mine
                    )  # in one order: a repository's lock, which would end the race, is not taken
                    bump_items(connection, sorted(chosen), NOW)
                    time.sleep(wait_s)
                    stamp(own, connection, sorted(chosen), NOW, lambda _: ())
                    time.sleep(wait_s)  # stamped, and not visible yet

    seen, place, is_done = {}, (0, ""), False
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, plan) for plan in plans]
        while not is_done:
            is_done = all(writer.done() for writer in writers)  # one more look after the last has ended
            for seq, _, item, _ in read_changes(store, after=place, limit=1_000):
                seen[item.id] = item.version
                place = (seq, item.id)
        for writer in writers:
            writer.result()
    with store.connect() as connection:
        versions = dict(connection.execute(items.select().with_only_columns(items.c.id, items.c.version)).all())
    written = {item_id for plan in plans for chosen, _ in plan for item_id in chosen}
    assert seen == {item_id: versions[item_id] for item_id in written}
    assert len(seen) > 15


def test_time_never_runs_backwards_and_numbers_rise(store):
    with store.begin() as connection:
        first = next_stamp(connection, NOW)
    with store.begin() as connection:
        second = next_stamp(connection, NOW - 500)
    assert second == first + 1
    assert settled_until(store, NOW + 100, 30) == NOW + 70


def test_what_is_being_stamped_keeps_lists_back(store, store_url):
    if store.is_sqlite:
        pytest.skip("of SQLite's one writer another process cannot tell; it has 30 s")
    with store.begin() as connection:
        next_stamp(connection, NOW)
    with open_store(store_url) as own, own.begin() as connection:
        next_stamp(connection, NOW + 10)
        assert settled_until(store, NOW + 1_000, 30) == NOW
    assert settled_until(store, NOW + 1_000, 30) == NOW + 970


def test_what_is_indexed_again_at_one_version_keeps_its_place(store, filled):
    index(store)
    before = [(one.id, one.seq) for one in list_changed(store, Chosen(), after=(0, ""), limit=100)]
    with store.begin() as connection:
        stamp(store, connection, item_ids(store, 20), NOW + 5, lambda _: ())
    assert [(one.id, one.seq) for one in list_changed(store, Chosen(), after=(0, ""), limit=100)] == before
    assert len(before) == 20


def test_a_filter_is_filled_with_what_is_there_and_followed_from_then_on(store, filled):
    index(store)
    ids = item_ids(store, 20)
    saved = save_filter(store, "even", ["x:y"], b"[]", NOW)
    assert not saved.is_filled
    fill_filter(store, saved, lambda contents: [item.id for item, _ in contents if item.id in ids[:5]], now=lambda: NOW)
    assert (get_filter(store, "even").has, get_filter(store, "even").is_filled) == (5, True)
    harvest(store, filled, [record("0001", "New"), record("0009", "New"), record("0002", deleted=True)], now=NOW + 60)
    index(store, match=lambda _: [ids[9]], now=NOW + 60)
    listed = list_changed(store, Chosen(saved_filter=saved.id), after=(0, ""), limit=100)
    assert {one.id: one.gone for one in listed} == {
        **dict.fromkeys((ids[0], ids[3], ids[4], ids[9]), False), ids[1]: True, ids[2]: True,
    }  # fmt: skip
    newer = list_changed(store, Chosen(saved_filter=saved.id, since=NOW + 60), after=(0, ""), limit=100)
    assert {one.id for one in newer} == {ids[1], ids[2], ids[9]}
    assert {one.filters for one in newer} == {(), ("even",)}


def test_a_filter_that_is_not_filled_goes_on(store, filled, monkeypatch):
    monkeypatch.setattr("harvester.store.filters.CHUNK", 4)
    saved = save_filter(store, "all", ["x:y"], b"[]", NOW)
    looked = []

    def pick(contents):
        looked.extend(item.id for item, _ in contents)
        if len(looked) == 12:
            raise KeyboardInterrupt
        return [item.id for item, _ in contents]

    with pytest.raises(KeyboardInterrupt):
        fill_filter(store, saved, pick, now=lambda: NOW)
    assert (get_filter(store, "all").has, get_filter(store, "all").is_filled) == (8, False)
    fill_filter(store, save_filter(store, "all", ["x:y"], b"[]", NOW), pick, now=lambda: NOW)
    assert get_filter(store, "all").has == 20
    assert save_filter(store, "all", ["x:z"], b"[1]", NOW) is None
    assert remove_filter(store, "all")
    assert (remove_filter(store, "all"), list_filters(store)) == (False, [])


def test_an_item_that_changes_while_a_filter_is_filled_ends_where_it_belongs(store, store_url, filled):
    """The change waits for the filling, or the filling for the change; never is the older state kept."""
    index(store)
    (target,) = find_items(store, "0003")
    saved = save_filter(store, "titled", ["x:y"], b"[]", NOW)

    def change():
        with open_store(store_url) as own:
            harvest(own, filled, [record("0003", "Another")], now=NOW + 9)
            index(own, now=NOW + 9)  # the filter finds it no more

    with ThreadPoolExecutor(1) as pool:

        def pick(contents):
            changing.append(pool.submit(change))
            time.sleep(0.3)
            return [item.id for item, _ in contents if item.title[0].value == "A title"]

        changing = []
        fill_filter(store, saved, pick, now=lambda: NOW)
        changing[0].result()
    gone = {one.id: one.gone for one in list_changed(store, Chosen(saved_filter=saved.id), after=(0, ""), limit=100)}
    assert (gone[target], len(gone)) == (True, 20)
