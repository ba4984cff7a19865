"""Counts: kept in memory by each process, added up in the store."""

import threading

import pytest

from harvester.counting import count, mark, observe
from harvester.store import StoreError, open_store
from harvester.store.operating.counters import flush_counts, read_counter, read_counters

pytestmark = pytest.mark.usefixtures("counted")


def test_counts_of_several_flushes_add_up(store):
    for _ in range(2):
        count("pages", "stored")
        count("pages", "stored", 2)
        count("pages", "dead")
        count("waits", by=0.5)
        flush_counts(store)
    assert read_counters(store) == {("pages", "stored"): 6, ("pages", "dead"): 2, ("waits", ""): 1.0}
    assert read_counter(store, "pages", "dead") == 2
    assert read_counter(store, "never") == 0


def test_what_was_flushed_is_not_counted_again(store):
    count("pages")
    flush_counts(store)
    flush_counts(store)
    assert read_counter(store, "pages") == 1


def test_two_processes_that_flush_at_once_lose_nothing(store, store_url):
    def add():
        with open_store(store_url) as mine:
            for _ in range(20):
                for name in ("a", "b"):
                    count(name)
                flush_counts(mine)

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flush_counts(store)
    assert (read_counter(store, "a"), read_counter(store, "b")) == (60, 60)


def test_counts_that_cannot_be_written_are_kept_for_the_next_time(store, tmp_path):
    count("pages", by=3)
    mark("last_tick", 7.0)
    with open_store(f"sqlite:///{tmp_path / 'gone.sqlite'}") as gone:
        with gone.begin() as connection:
            connection.exec_driver_sql("DROP TABLE counters")
        with pytest.raises(StoreError):
            flush_counts(gone)
    count("pages")
    flush_counts(store)
    assert (read_counter(store, "pages"), read_counter(store, "last_tick")) == (4, 7.0)


def test_of_a_mark_the_greatest_is_kept(store):
    for moment in (5.0, 9.0, 8.0):
        mark("last_tick", moment)
        flush_counts(store)
    assert read_counter(store, "last_tick") == 9.0


def test_each_value_of_a_histogram_is_in_the_first_bucket_that_holds_it(store):
    observe("lag", [0.2, 1.0, 1.1, 5.0, 99.0], (1.0, 5.0))
    flush_counts(store)
    assert read_counters(store) == {
        ("lag_bucket", "1"): 2,
        ("lag_bucket", "5"): 2,
        ("lag_bucket", "+Inf"): 1,
        ("lag_sum", ""): pytest.approx(106.3),
    }
