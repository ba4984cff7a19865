"""What is wrong becomes an alert, and ends it when it is so no more. Expected: what the test breaks and mends."""

import time

import pytest
from msgspec import structs

from harvester.probe import Findings
from harvester.store.endpoints import get_endpoint, put_endpoint
from harvester.store.ledger.dead import Chosen, drop_dead
from harvester.store.ledger.runs import start_run
from harvester.store.operating.alerts import list_alerts, note_told
from harvester.store.operating.breakers import close_breaker, note_failure
from harvester.store.operating.controls import pause
from harvester.store.operating.schedules import set_schedule
from harvester.store.probes import put_probe
from tests.harvester.harvesting import harvest_all, keep, open_here
from tests.repository import Repository, made_entries
from workers.alerting.looking import look

HOUR = 3_600.0


@pytest.fixture
def harvesting(tmp_path, store_url):
    with open_here(tmp_path, store_url=store_url) as opened:
        yield opened


@pytest.fixture
def repository():
    with Repository(made_entries(200), page_size=100) as started:
        yield started


def standing(harvesting, now=None):
    """Look, have all be told, and give what stands."""
    look(harvesting.store, now or time.time())
    found = list_alerts(harvesting.store)
    note_told(harvesting.store, found, time.time())
    return [(alert.kind, alert.object) for alert in found if not alert.is_over]


def test_a_failed_run_until_one_is_complete(harvesting, repository):
    endpoint = keep(harvesting, repository.url, metadata_prefix="nothing")
    assert harvest_all(harvesting, endpoint).state == "failed"
    assert standing(harvesting) == [("dead", "page"), ("failed", "here")]
    good = structs.replace(endpoint, metadata_prefix="oai_dc")
    put_endpoint(harvesting.store, good)
    run = start_run(harvesting.store, good, since=None, until=None, full=False, now=time.time())
    assert ("failed", "here") in standing(harvesting)  # nobody knows yet
    with harvesting.store.begin() as connection:
        connection.exec_driver_sql(f"UPDATE runs SET state = 'complete', ended = started WHERE id = {run.id}")
    assert standing(harvesting) == [("dead", "page")]
    drop_dead(harvesting.store, Chosen(), actor="test", reason="", now=time.time())
    assert standing(harvesting) == []


def test_a_run_that_drops_too_much(harvesting, repository):
    harvest_all(harvesting, keep(harvesting, repository.url))
    assert standing(harvesting) == []
    with Repository(made_entries(20), page_size=100) as short:
        assert harvest_all(harvesting, keep(harvesting, short.url), full=True).state == "held"
    assert standing(harvesting) == [("drop", "here")]


def test_silence_of_twice_the_interval_but_not_of_what_is_paused(harvesting, repository):
    harvest_all(harvesting, keep(harvesting, repository.url))
    set_schedule(harvesting.store, "here", "hourly", zone="UTC", jitter_s=0.0, actor="test", now=time.time())
    assert standing(harvesting, time.time() + 1.9 * HOUR) == []
    others = [structs.replace(get_endpoint(harvesting.store, "here"), key=key) for key in ("harvest", "index")]
    for other in others:  # named like a stage
        put_endpoint(harvesting.store, other)
        pause(harvesting.store, "endpoint", other.key, actor="test", reason="", now=time.time())
    assert standing(harvesting, time.time() + 2.1 * HOUR) == [("silence", "here")]
    pause(harvesting.store, "endpoint", "here", actor="test", reason="", now=time.time())
    assert standing(harvesting, time.time() + 2.1 * HOUR) == []


def test_drift_until_a_person_has_probed(harvesting, repository):
    keep(harvesting, repository.url)
    found = Findings(base_url=repository.url, metadata_prefix="oai_dc", drift=("2026-01-01: gzip no more",))
    put_probe(harvesting.store, "here", found, now=100.0)
    assert standing(harvesting) == [("drift", "here")]
    assert "gzip no more" in list_alerts(harvesting.store)[0].text
    put_probe(harvesting.store, "here", structs.replace(found, drift=()), now=200.0)
    assert standing(harvesting) == []


def test_a_breaker_that_is_open_for_five_minutes(harvesting):
    note_failure(harvesting.store, "index", "away", time.time())
    assert standing(harvesting) == []
    assert standing(harvesting, time.time() + 301) == [("breaker", "index")]
    close_breaker(harvesting.store, "index")
    assert standing(harvesting) == []
