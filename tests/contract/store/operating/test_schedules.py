"""Schedules: what comes due, coalesces, waits for an open run, and begins exactly once."""

import datetime as dt
import threading
from contextlib import suppress
from functools import partial

import pytest

from harvester.errors import HarvestError
from harvester.store import UnknownEndpointError, open_store
from harvester.store.endpoints import remove_endpoint
from harvester.store.ledger.runs import RunOpenError, end_run, list_runs, note_failed_run, open_run, start_run
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import drain, pause, resume
from harvester.store.operating.schedules import (
    DueLostError,
    claim_due,
    fail_due,
    get_schedule,
    list_schedules,
    mark_due,
    offer_due,
    put_off_due,
    remove_schedule,
    renew_due,
    run_now,
    set_schedule,
    settle_due,
)
from harvester.store.tables import schedules
from harvester.timing import BadScheduleError, jitter_of
from tests.contract.store.building import made_endpoint

NOON = dt.datetime(2027, 1, 15, 12, 0, tzinfo=dt.UTC).timestamp()
HOUR = 3_600.0
DAY = 86_400.0
LEASE_S = 10.0


@pytest.fixture
def endpoint(store):
    return made_endpoint(store)


@pytest.fixture
def hourly(store, endpoint):
    put(store, "hourly")
    return endpoint


def put(store, rule, *, key="here", zone="UTC", jitter_s=0.0, now=NOON + 60):
    set_schedule(store, key, rule, zone=zone, jitter_s=jitter_s, actor="test", now=now)


def claimed(store, *, key="here", now=NOON + HOUR):
    due = claim_due(store, key, lease_s=LEASE_S, now=now)
    assert due is not None
    return due


def begin(store, due, *, now=NOON + HOUR):
    return start_run(
        store, due.endpoint, since=None, until=None, full=False, now=now, within=partial(settle_due, due=due)
    )


def fail(store, due, error, *, now, wait_s=0.0):
    note = partial(note_failed_run, endpoint=due.endpoint, error=error, started=due.due_since, now=now)
    return fail_due(store, due, error, wait_s=wait_s, within=note, now=now)


def state(store, *names, key="here"):
    found = get_schedule(store, key)
    return tuple(getattr(found, name) for name in names)


def test_next_time_is_told_when_the_schedule_is_made(store, hourly):
    assert state(store, "next_due", "due_since", "missed") == (NOON + HOUR, 0, 0)
    assert offer_due(store, now=NOON + 120, age_s=0, limit=10) == []
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + 120) is None


def test_a_time_that_passes_makes_a_run_due_and_moves_the_next(store, hourly):
    assert mark_due(store, now=NOON + HOUR - 1, limit=10) == 0
    assert mark_due(store, now=NOON + HOUR, limit=10) == 1
    assert state(store, "next_due", "due_since", "missed") == (NOON + 2 * HOUR, NOON + HOUR, 0)
    assert offer_due(store, now=NOON + HOUR, age_s=10, limit=10) == ["here"]
    run = begin(store, claimed(store))
    assert run.state is None
    assert state(store, "due_since", "tries", "error") == (0, 0, None)


def test_times_that_passed_while_nobody_looked_are_one_run_and_the_rest_missed(store, hourly):
    mark_due(store, now=NOON + 5 * HOUR + 60, limit=10)
    assert state(store, "next_due", "due_since", "missed") == (NOON + 6 * HOUR, NOON + HOUR, 4)
    mark_due(store, now=NOON + 7 * HOUR, limit=10)
    assert state(store, "next_due", "due_since", "missed") == (NOON + 8 * HOUR, NOON + HOUR, 6)
    begin(store, claimed(store, now=NOON + 7 * HOUR))
    assert mark_due(store, now=NOON + 7 * HOUR, limit=10) == 0
    assert len(list_runs(store)) == 1


def test_a_year_of_silence_is_passed_over_quickly(store, endpoint):
    put(store, "* * * * *")
    mark_due(store, now=NOON + 365 * DAY + 30, limit=10)
    assert state(store, "next_due") == (NOON + 365 * DAY + 60,)


def test_jitter_moves_every_time_by_the_same(store, endpoint):
    later = jitter_of("here", 1800.0)
    put(store, "hourly", jitter_s=1800.0, now=NOON + later + 1)
    assert state(store, "next_due") == (pytest.approx(NOON + HOUR + later),)
    mark_due(store, now=NOON + HOUR + later + 1, limit=10)
    assert state(store, "next_due", "missed") == (pytest.approx(NOON + 2 * HOUR + later), 0)


def test_a_time_within_the_jitter_is_not_passed_over_when_the_schedule_is_made(store, endpoint):
    later = jitter_of("here", 1800.0)
    put(store, "hourly", jitter_s=1800.0, now=NOON + later / 2)
    assert state(store, "next_due") == (pytest.approx(NOON + later),)


def test_the_zone_decides_when_local_time_is(store, endpoint):
    put(store, "daily 13:30", zone="Europe/Berlin")
    assert state(store, "next_due") == (NOON + HOUR / 2,)


def test_a_due_run_waits_for_the_open_one_and_begins_at_its_end(store, hourly):
    run = start_run(store, hourly, since=None, until=None, full=False, now=NOON)
    mark_due(store, now=NOON + HOUR, limit=10)
    assert offer_due(store, now=NOON + HOUR, age_s=0, limit=10) == []
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + HOUR) is None
    end_run(store, run.id, "cancelled", None, NOON + HOUR + 60)
    assert offer_due(store, now=NOON + HOUR + 60, age_s=0, limit=10) == ["here"]
    assert begin(store, claimed(store, now=NOON + HOUR + 60)).id != run.id


def test_a_run_that_a_person_began_meanwhile_leaves_the_due_one_waiting(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    due = claimed(store)
    start_run(store, hourly, since=None, until=None, full=False, now=NOON + HOUR)
    with pytest.raises(RunOpenError):
        begin(store, due)
    assert state(store, "due_since") == (NOON + HOUR,)


@pytest.mark.parametrize("stop", [pause, drain])
@pytest.mark.parametrize("place", [("everything", ""), ("stage", "harvest"), ("endpoint", "here")])
def test_a_due_run_waits_while_it_is_stopped(store, hourly, stop, place):
    mark_due(store, now=NOON + HOUR, limit=10)
    stop(store, *place, actor="ann", reason="", now=NOON + HOUR)
    assert offer_due(store, now=NOON + HOUR, age_s=0, limit=10) == []
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + HOUR) is None
    resume(store, *place, actor="ann", now=NOON + HOUR)
    pause(store, "stage", "index", actor="ann", reason="", now=NOON + HOUR)
    assert offer_due(store, now=NOON + HOUR, age_s=0, limit=10) == ["here"]
    assert claimed(store).endpoint == hourly


def test_hints_are_offered_again_once_they_are_old(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    offered = [offer_due(store, now=NOON + HOUR + second, age_s=10, limit=10) for second in (0, 5, 11)]
    assert offered == [["here"], [], ["here"]]


def test_offers_are_bounded_and_come_in_turn(store):
    for number in range(5):
        made_endpoint(store, f"e{number}")
        put(store, "hourly", key=f"e{number}")
    assert [mark_due(store, now=NOON + HOUR, limit=3) for _ in range(3)] == [3, 2, 0]
    first = offer_due(store, now=NOON + HOUR, age_s=10, limit=3)
    second = offer_due(store, now=NOON + HOUR + 1, age_s=10, limit=3)
    assert (len(first), len(second), sorted(first + second)) == (3, 2, [f"e{number}" for number in range(5)])


def test_a_due_run_is_held_by_one_and_free_again_when_the_lease_has_run_out(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    slow = claimed(store)
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + HOUR + 9) is None
    assert renew_due(store, slow, lease_s=LEASE_S, now=NOON + HOUR + 9)
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + HOUR + 15) is None
    quick = claimed(store, now=NOON + HOUR + 20)
    assert not renew_due(store, slow, lease_s=LEASE_S, now=NOON + HOUR + 20)
    begin(store, quick)
    end_run(store, open_run(store, "here").id, "complete", None, NOON + HOUR + 30)
    with pytest.raises(DueLostError):
        begin(store, slow)
    assert len(list_runs(store)) == 1
    assert fail(store, slow, "late", now=NOON + HOUR) is None
    assert [run.state for run in list_runs(store)] == ["complete"]


def test_a_due_run_begins_once_for_who_holds_it(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    due = claimed(store)
    end_run(store, begin(store, due).id, "complete", None, NOON + HOUR)
    with pytest.raises(DueLostError):
        begin(store, due)
    assert len(list_runs(store)) == 1


def test_two_that_begin_at_once_make_one_run(store, hourly, store_url):
    mark_due(store, now=NOON + HOUR, limit=10)
    gate = threading.Barrier(4)

    def attempt():
        with open_store(store_url) as mine:
            gate.wait()
            with suppress(HarvestError):
                due = claim_due(mine, "here", lease_s=LEASE_S, now=NOON + HOUR)
                if due is not None:
                    begin(mine, due)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.state for run in list_runs(store)] == [None]
    assert state(store, "due_since") == (0,)


def test_a_kill_before_the_run_is_open_leaves_it_due(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    due = claimed(store)

    def killed(connection):
        settle_due(connection, due)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_run(store, hourly, since=None, until=None, full=False, now=NOON + HOUR, within=killed)
    assert list_runs(store) == []
    begin(store, claimed(store, now=NOON + HOUR + LEASE_S + 1))
    assert len(list_runs(store)) == 1


def test_what_cannot_begin_is_tried_later_each_time_and_is_one_failed_run(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    now, waits = NOON + HOUR, []
    for number in range(8):
        due = claimed(store, now=now)
        until = fail(store, due, f"away {number}", now=now)
        waits.append(until - now)
        assert claim_due(store, "here", lease_s=LEASE_S, now=until - 1) is None
        now = until + 1
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    (failed,) = list_runs(store)
    assert (failed.state, failed.error, failed.started) == ("failed", "away 7", NOON + HOUR)
    assert failed.ended == until - waits[-1]
    assert state(store, "tries", "error", "due_since") == (8, "away 7", NOON + HOUR)
    run = begin(store, claimed(store, now=now), now=now)
    assert [run.state for run in list_runs(store)] == [None, "failed"]
    assert state(store, "tries", "error") == (0, None)
    end_run(store, run.id, "complete", None, now)
    mark_due(store, now=now + DAY, limit=10)
    fail(store, claimed(store, now=now + DAY), "away again", now=now + DAY)
    assert [run.error for run in list_runs(store)] == ["away again", None, "away 7"]


def test_a_wait_that_the_host_asks_for_is_kept(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    assert fail(store, claimed(store), "503", now=NOON + HOUR, wait_s=7200) == NOON + 3 * HOUR
    assert state(store, "leased_until") == (NOON + 3 * HOUR,)


def test_what_is_put_off_is_no_failure(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    put_off_due(store, claimed(store), until=NOON + HOUR + 30)
    assert claim_due(store, "here", lease_s=LEASE_S, now=NOON + HOUR + 29) is None
    assert claimed(store, now=NOON + HOUR + 31).tries == 0
    assert list_runs(store) == []


def test_run_now_begins_without_a_schedule_and_leaves_none(store, endpoint):
    run_now(store, "here", actor="ann", now=NOON)
    (asked,) = list_schedules(store)
    assert (asked.rule, asked.next_due, asked.due_since) == ("", 0, NOON)
    assert offer_due(store, now=NOON, age_s=10, limit=10) == ["here"]
    begin(store, claimed(store, now=NOON))
    assert list_schedules(store) == []
    assert [entry.action for entry in list_audit(store, object="endpoint:here")] == ["schedule run"]


def test_run_now_does_not_wait_for_the_next_try_and_keeps_the_schedule(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    fail(store, claimed(store), "away", now=NOON + HOUR)
    run_now(store, "here", actor="ann", now=NOON + HOUR + 1)
    due = claimed(store, now=NOON + HOUR + 1)
    assert (due.due_since, due.tries) == (NOON + HOUR, 1)
    begin(store, due)
    assert state(store, "rule", "next_due") == ("hourly", NOON + 2 * HOUR)


def test_a_schedule_is_changed_removed_and_goes_with_its_endpoint(store, hourly):
    put(store, "daily 03:00")
    assert state(store, "rule", "next_due") == ("daily 03:00", NOON + 15 * HOUR)
    assert remove_schedule(store, "here", actor="ann", now=NOON)
    assert not remove_schedule(store, "here", actor="ann", now=NOON)
    put(store, "hourly")
    remove_endpoint(store, "here", NOON)
    assert list_schedules(store) == []
    actions = [(entry.actor, entry.action) for entry in list_audit(store)]
    assert actions[1:] == [("ann", "schedule remove"), ("test", "schedule set"), ("test", "schedule set")]


def test_the_last_run_is_told_with_the_schedule(store, hourly):
    assert state(store, "last_run") == (None,)
    run = start_run(store, hourly, since=None, until=None, full=False, now=NOON)
    end_run(store, run.id, "partial", "x", NOON + 5)
    (last,) = state(store, "last_run")
    assert (last.id, last.state, last.started, last.ended) == (run.id, "partial", NOON, NOON + 5)


def test_what_cannot_be_a_schedule_is_refused(store, endpoint):
    for rule, zone in (("often", "UTC"), ("daily", "Nowhere/Land"), ("0 0 30 2 *", "UTC")):
        with pytest.raises(BadScheduleError):
            put(store, rule, zone=zone)
    with pytest.raises(UnknownEndpointError):
        put(store, "daily", key="nobody")
    with pytest.raises(UnknownEndpointError):
        run_now(store, "nobody", actor="ann", now=NOON)
    assert list_schedules(store) == []


def test_a_schedule_that_is_not_understood_any_more_stops_no_other(store, hourly):
    made_endpoint(store, "other")
    put(store, "hourly", key="other")
    with store.begin() as connection:
        connection.execute(schedules.update().where(schedules.c.endpoint == "here").values(zone="Gone/Zone"))
    mark_due(store, now=NOON + HOUR, limit=10)
    assert state(store, "due_since", key="other") == (NOON + HOUR,)
    next_due, error = state(store, "next_due", "error")
    assert (next_due, "Gone/Zone" in error) == (0, True)
    put(store, "hourly", now=NOON + HOUR)
    assert state(store, "next_due", "error") == (NOON + 2 * HOUR, None)


def test_the_error_of_what_is_due_stays_when_its_schedule_is_changed(store, hourly):
    mark_due(store, now=NOON + HOUR, limit=10)
    fail(store, claimed(store), "away", now=NOON + HOUR)
    put(store, "daily", now=NOON + HOUR)
    assert state(store, "error", "tries") == ("away", 1)
