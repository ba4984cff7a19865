"""Beginning a run that is due: what keeps it from beginning, and for how long."""

import time

import pytest

from harvester.store.hosts import block_host
from harvester.store.ledger.runs import list_runs
from harvester.store.locking import host_of
from harvester.store.operating.controls import drain, pause, resume
from harvester.store.operating.schedules import get_schedule, run_now
from tests.faults import retry_later
from tests.harvester.harvesting import keep, open_here
from workers.scheduling import begin_due


@pytest.fixture
def harvesting(tmp_path, repository):
    with open_here(tmp_path) as opened:
        keep(opened, repository.url)
        run_now(opened.store, "here", actor="test", now=time.time())
        yield opened


def test_what_is_due_begins_once(harvesting):
    run = begin_due(harvesting, "here")
    assert [one.id for one in list_runs(harvesting.store)] == [run.id]
    assert begin_due(harvesting, "here") is None
    assert get_schedule(harvesting.store, "here") is None


@pytest.mark.parametrize("stop", [pause, drain])
def test_nothing_begins_while_it_is_stopped(harvesting, repository, stop):
    stop(harvesting.store, "stage", "harvest", actor="ann", reason="", now=time.time())
    assert begin_due(harvesting, "here") is None
    assert (list_runs(harvesting.store), repository.requests) == ([], [])
    resume(harvesting.store, "stage", "harvest", actor="ann", now=time.time())
    assert begin_due(harvesting, "here") is not None


def test_a_host_that_asks_to_wait_is_asked_no_sooner(harvesting, repository):
    repository.misbehave(retry_later("7200"), verb="Identify", times=None)
    assert begin_due(harvesting, "here") is None
    due = get_schedule(harvesting.store, "here")
    assert due.leased_until > time.time() + 7_100
    assert [run.state for run in list_runs(harvesting.store)] == ["failed"]
    asked = len(repository.requests)
    assert begin_due(harvesting, "here") is None
    assert len(repository.requests) == asked


def test_a_host_that_is_left_alone_puts_a_run_off_and_that_is_no_failure(harvesting, repository):
    now = time.time()
    block_host(harvesting.store, host_of(repository.url), now + 600, now)
    assert begin_due(harvesting, "here") is None
    due = get_schedule(harvesting.store, "here")
    assert (due.tries, due.leased_until) == (0, pytest.approx(now + 600, abs=5))
    assert (list_runs(harvesting.store), repository.requests) == ([], [])
