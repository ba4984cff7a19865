from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event, text

from harvester.store.items import find_items
from harvester.store.outbox import (
    Depth,
    acknowledge,
    claim_outbox,
    enqueue_all,
    outbox_depth,
    reject_documents,
    release_outbox,
    renew_outbox,
)
from harvester.store.works.edits import put_edits
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
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


def test_an_item_that_changes_while_the_index_refuses_it_is_not_set_aside(store):
    endpoint = fill(store, 1)
    batch = take(store)
    harvest(store, endpoint, [record("0000", "Mended meanwhile")], now=NOW + 1)
    reject_documents(store, batch.fence, [(batch.items[0].id, "field date: not a date")], now=NOW + 2)
    assert outbox_depth(store) == Depth(1, NOW, 0)
    assert take(store, now=NOW + 2).items[0].title[0].value == "Mended meanwhile"


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


def edit(store, identifier, now=NOW + 60):
    (item_id,) = find_items(store, identifier)
    put_edits(store, item_id, {"title": ["Said by a person"]}, author="ada", reason="", now=now)
    return item_id


def test_what_a_person_waits_for_comes_first_and_keeps_its_place(store):
    endpoint = fill(store, 5)
    edited = edit(store, "0003")
    assert outbox_depth(store) == Depth(5, NOW, 0, 1, NOW)
    harvest(store, endpoint, [record("0003", "Changed by the repository")], now=NOW + 61)
    assert outbox_depth(store).urgent == 1
    assert [item.id for item in take(store, limit=1, now=NOW + 62).items] == [edited]
    assert [item.provenance[0].identifier for item in take(store, limit=1, now=NOW + 62).items] == ["0000"]


def test_what_a_person_waits_for_is_a_batch_by_itself(store):
    fill(store, 5)
    edited = sorted((edit(store, "0003"), edit(store, "0001")))
    assert [item.id for item in take(store, limit=9, now=NOW + 61).items] == edited
    assert len(take(store, limit=9, now=NOW + 61).items) == 3


def test_what_was_indexed_for_a_person_waits_in_the_ordinary_lane_the_next_time(store):
    endpoint = fill(store, 1)
    edit(store, "0000")
    acknowledge(store, take(store, now=NOW + 61).fence, now=NOW + 61)
    harvest(store, endpoint, [record("0000", "Changed again")], now=NOW + 62)
    assert outbox_depth(store) == Depth(1, NOW + 62, 0)


def test_works_that_people_rule_on_are_joined_before_all_others(store):
    fill(store, 30)
    (one,), (other,) = find_items(store, "0028"), find_items(store, "0029")
    set_rules(store, [(one, other, True)], now=NOW)
    assert join_works(store, now=NOW + 1, only_urgent=True) == 2
    assert join_works(store, now=NOW + 1, only_urgent=True) == 0
    assert [item.id for item in take(store, limit=2, now=NOW + 1).items] == sorted((one, other))
    assert join_works(store, now=NOW + 1) == 28


def test_a_batch_is_held_as_long_as_it_is_renewed(store):
    fill(store, 2)
    batch = take(store)
    assert renew_outbox(store, batch.fence, lease_s=10, now=NOW + 9)
    assert take(store, now=NOW + 18) is None
    assert take(store, now=NOW + 20) is not None
    assert not renew_outbox(store, batch.fence, lease_s=10, now=NOW + 20)


def test_claims_and_depth_of_a_long_outbox_read_the_index_that_is_made_for_them(store):
    fill(store, 500)
    with store.begin() as connection:
        copies = "SELECT i.id || n, 'x', i.id || n, 1, false, 0 FROM items i, numbers"
        names = "(id, repository, identifier, version, deleted, changed)"
        numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 40)"
        connection.execute(text(f"INSERT INTO items {names} {numbers} {copies}"))
        waiting = "SELECT id, 1800000000, 0, 0, 1 FROM items WHERE repository = 'x'"
        connection.execute(text(f"INSERT INTO outbox (item_id, queued, fence, leased_until, priority) {waiting}"))
    with store.begin() as connection:
        connection.execute(text("ANALYZE"))
    if not store.is_sqlite:
        vacuum(store)
    plans = explained(store, lambda: (take(store, limit=10), outbox_depth(store)))
    first_urgent, first, count, _, urgent = plans[-5:]
    for plan in (plans[0], first_urgent, first, urgent, *([count] if store.is_sqlite else [])):  # PostgreSQL counts all
        assert "outbox_waiting" in plan
        assert "Seq Scan on outbox" not in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def vacuum(store):
    with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE outbox"))


def explained(store, work):
    """Give the query plan of each statement of some work that reads the outbox."""
    seen = []

    def keep(_connection, _cursor, statement, parameters, _context, _many):
        if "outbox" in statement and not statement.startswith("EXPLAIN"):
            seen.append((statement, parameters))

    event.listen(store._engine, "before_cursor_execute", keep)
    try:
        work()
    finally:
        event.remove(store._engine, "before_cursor_execute", keep)
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    with store.connect() as connection:
        return [
            "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in seen
        ]
