"""Rows of processes: written at each beat, told as gone when silent, removed at a clean end or after a day."""

from harvester.store.operating.processes import (
    FORGOTTEN_AFTER_S,
    Process,
    is_gone,
    list_processes,
    put_process,
    remove_process,
    unattended_queues,
)

NOW = 1_800_000_000.0


def made(name="one", *, beat_at=NOW, kind="worker", queues=("harvest", "doi"), doing=""):
    return Process(
        id=name,
        host="here",
        pid=7,
        kind=kind,
        queues=queues,
        version="1",
        started=NOW,
        beat_at=beat_at,
        doing=doing,
        doing_since=0.0,
        done=0,
        last_done=0.0,
    )


def put(store, *processes):
    for process in processes:
        with store.begin() as connection:
            put_process(store, connection, process)


def test_a_beat_replaces_the_row_of_the_same_process(store):
    put(store, made(), made(beat_at=NOW + 5, doing="run 1 page 2"), made("serving", kind="serve", queues=()))
    (serving, one) = list_processes(store)
    assert (one.beat_at, one.doing, one.queues) == (NOW + 5, "run 1 page 2", ("harvest", "doi"))
    assert (serving.kind, serving.queues) == ("serve", ())


def test_a_process_that_is_silent_for_more_than_half_a_minute_is_gone():
    assert not is_gone(made(), NOW + 30)
    assert is_gone(made(), NOW + 30.1)


def test_rows_that_are_silent_for_a_day_are_removed_by_the_beat_of_another(store):
    put(store, made("old"), made("new", beat_at=NOW + FORGOTTEN_AFTER_S - 1))
    assert {process.id for process in list_processes(store)} == {"new", "old"}
    put(store, made("new", beat_at=NOW + FORGOTTEN_AFTER_S + 1))
    assert [process.id for process in list_processes(store)] == ["new"]


def test_a_clean_end_takes_the_rows_of_the_children_along_and_of_nobody_else(store):
    put(store, made("a"), made("a.b"), made("a.c"), made("ab"), made("b"))
    with store.begin() as connection:
        remove_process(connection, "a")
    assert sorted(process.id for process in list_processes(store)) == ["ab", "b"]


def test_a_queue_is_attended_by_workers_that_live_and_by_nobody_else():
    queues = ("harvest", "doi", "index")
    found = [made(queues=("doi",)), made(queues=("index",), beat_at=NOW - 60), made(kind="pool", queues=("harvest",))]
    assert unattended_queues(found, queues, NOW) == ["harvest", "index"]
