from concurrent.futures import ThreadPoolExecutor

from harvester.store.hosts import HostState, Slot, block_host, host_state, note_answer, note_failure, reserve
from tests.contract.store.building import NOW

HOST = "repository.example"


def test_slots_of_a_host_are_a_pace_apart(store):
    assert reserve(store, HOST, pace_s=2.0, now=NOW).wait_s == 0
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 0.5).wait_s == 1.5
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 1.5).wait_s == 0.5
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 2.0).wait_s == 0
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 3.0).wait_s == 1.0


def test_time_not_used_is_not_saved_up(store):
    reserve(store, HOST, pace_s=2.0, now=NOW)
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 100).wait_s == 0
    assert reserve(store, HOST, pace_s=2.0, now=NOW + 100).wait_s == 2.0


def test_hosts_do_not_wait_for_each_other(store):
    reserve(store, HOST, pace_s=2.0, now=NOW)
    assert reserve(store, "other.example", pace_s=2.0, now=NOW).wait_s == 0


def test_of_many_that_ask_at_once_one_may_go(store):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: reserve(store, HOST, pace_s=2.0, now=NOW).wait_s, range(16)))
    assert sorted(waits) == [0.0] + [2.0] * 15


def test_without_a_pace_nothing_is_written(store):
    assert reserve(store, HOST, pace_s=0, now=NOW).wait_s == 0
    assert host_state(store, HOST) is None


def test_a_blocked_host_is_left_alone_until_then(store):
    block_host(store, HOST, NOW + 60, NOW)
    block_host(store, HOST, NOW + 30, NOW)
    assert reserve(store, HOST, pace_s=0, now=NOW + 10).wait_s == 50
    assert reserve(store, HOST, pace_s=1.0, now=NOW + 10).wait_s == 50
    assert host_state(store, HOST) == HostState(HOST, NOW, NOW + 60, 0)
    assert reserve(store, HOST, pace_s=1.0, now=NOW + 60).wait_s == 0


def test_a_host_without_an_answer_five_times_is_left_alone_ever_longer_until_it_answers(store):
    for _ in range(4):
        note_failure(store, HOST, NOW)
    assert reserve(store, HOST, pace_s=0, now=NOW) == Slot(0.0, 4)
    note_failure(store, HOST, NOW)
    assert reserve(store, HOST, pace_s=0, now=NOW) == Slot(30.0, 5)
    note_failure(store, HOST, NOW + 30)
    assert reserve(store, HOST, pace_s=0, now=NOW + 30) == Slot(60.0, 6)
    for _ in range(40):
        note_failure(store, HOST, NOW + 90)
    assert reserve(store, HOST, pace_s=0, now=NOW + 90).wait_s == 3600
    note_answer(store, HOST)
    note_failure(store, HOST, NOW + 9000)
    assert reserve(store, HOST, pace_s=1.0, now=NOW + 9000) == Slot(0.0, 1)
