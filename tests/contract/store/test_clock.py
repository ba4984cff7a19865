import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.errors import RetryableError
from harvester.harvest import begin_run
from harvester.store.clock import SharedClock
from harvester.store.ledger.pages import claim_page, release_page
from tests.harvester.harvesting import keep, open_here
from tests.repository import Repository, made_entries

ROOT = Path(__file__).parents[3]
LEASE_S = 60.0
ASTRAY = """
import sys, time
true, astray_s = time.time, float(sys.argv[1])
time.time = lambda: true() + astray_s
from pathlib import Path
from harvester.harvest import harvest_page
from tests.harvester.harvesting import open_here
with open_here(Path(sys.argv[2]), store_url=sys.argv[3], lease_s=60.0) as harvesting:
    print(harvest_page(harvesting, int(sys.argv[4]), 0).outcome)
"""


def harvest_astray(astray_s, folder, url, run):
    """Have a process harvest the first page of a run whose clock is wrong by so many seconds; give what came of it."""
    command = [sys.executable, "-c", ASTRAY, str(astray_s), str(folder), url, str(run)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("astray_s", [3600, -3600])
def test_a_process_whose_clock_is_an_hour_off_steals_no_lease_and_does_not_starve(
    tmp_path, fresh_postgresql_url, astray_s
):
    with (
        Repository(made_entries(5)) as repository,
        open_here(tmp_path, store_url=fresh_postgresql_url, lease_s=LEASE_S) as harvesting,
    ):
        store = harvesting.store
        run = begin_run(harvesting, keep(harvesting, repository.url)).id
        mine = claim_page(store, run, 0, lease_s=LEASE_S, now=store.now())
        assert harvest_astray(astray_s, tmp_path, fresh_postgresql_url, run) == "absorbed"
        release_page(store, mine, error="", not_before=store.now(), now=store.now())
        assert harvest_astray(astray_s, tmp_path, fresh_postgresql_url, run) == "stored"


def test_the_time_of_a_store_goes_on(store):
    first, second = store.now(), store.now()
    assert first <= second
    assert abs(second - time.time()) < 5  # the database runs on this machine


def test_another_clock_is_asked_once_and_counted_on():
    asked = []

    def ask() -> float:
        asked.append(None)
        return 5_000_000.0

    clock = SharedClock(ask)
    assert 5_000_000.0 <= clock.now() <= clock.now() < 5_000_010.0
    assert len(asked) == 1


def test_a_clock_that_was_never_reached_gives_no_time():
    def away() -> float:
        raise RetryableError

    with pytest.raises(RetryableError):
        SharedClock(away).now()


def test_a_clock_that_is_away_for_a_while_goes_on_from_when_it_last_answered(monkeypatch):
    answers = [5_000_000.0]

    def ask() -> float:
        if not answers:
            raise RetryableError
        return answers.pop()

    monkeypatch.setattr("harvester.store.clock.REFRESH_S", 0.0)
    clock = SharedClock(ask)
    first = clock.now()
    assert first <= clock.now() < first + 10
    answers.append(5_000_900.0)
    assert clock.now() >= 5_000_900.0  # it is believed again as soon as it answers
