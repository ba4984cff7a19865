"""Probes of endpoints by workers, over a real store, a real broker and a repository that changes."""

import logging
import os
import time

import pytest
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.http import RetryLaterError
from harvester.store.endpoints import change_endpoint, get_endpoint, put_endpoint, remove_endpoint
from harvester.store.hosts import host_state, reserve
from harvester.store.locking import host_of
from harvester.store.probes import ATTEMPT_S, EVERY_S, SPREAD_S, latest_probe, list_probes, offer_probes, put_probe
from tests.faults import html_page, retry_later
from tests.repository import Repository, made_entries
from workers.app import HINT_TIMEOUT_S, PROBE_ENDPOINT, create_app
from workers.probing import keep_findings, probe_due, probe_endpoint
from workers.reconciling import PROBES_AT_ONCE, reconcile
from workers.tasks import register_tasks
from workers.tools import Tools

LONG_AGO_S = EVERY_S + SPREAD_S + 60


@pytest.fixture
def tools(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OAIHUB_")}
    opened = Tools({**environ, "OAIHUB_DATA_DIR": str(tmp_path)})
    yield opened
    opened.close()


@pytest.fixture
def harvesting(tools):
    return tools.harvesting


@pytest.fixture
def repository():
    with Repository(made_entries(30), page_size=10) as running:
        yield running


@pytest.fixture
def endpoint(harvesting, repository):
    """An endpoint that was probed long ago."""
    made = Endpoint(key="one", base_url=repository.url, allow_private=True)
    put_endpoint(harvesting.store, made)
    put_probe(harvesting.store, "one", probe_endpoint(harvesting, made), now=time.time() - LONG_AGO_S)
    return made


def keep(harvesting, findings, *, by_person=False):
    return keep_findings(harvesting.store, "one", findings, now=time.time(), by_person=by_person)


def drifted(findings, **fields):
    return replace(findings, selection=replace(findings.selection, **fields))


def test_probe_of_a_person_writes_the_settings(harvesting, endpoint):
    kept = keep(harvesting, probe_endpoint(harvesting, endpoint), by_person=True)
    found = get_endpoint(harvesting.store, "one")
    assert kept.endpoint == found
    assert (found.selective, found.until_inclusive, found.parallel) == (True, True, 4)
    assert (found.label, found.earliest) == ("Repository for tests", "2024-01-01T00:01:00Z")
    assert kept.drift == ()


def test_settings_that_were_set_by_hand_stay(harvesting, endpoint):
    change_endpoint(harvesting.store, "one", parallel=7, by_hand=("parallel",))
    keep(harvesting, probe_endpoint(harvesting, endpoint), by_person=True)
    assert get_endpoint(harvesting.store, "one").parallel == 7


def test_what_a_harvest_has_learned_stays_until_a_person_probes(harvesting, endpoint):
    findings = probe_endpoint(harvesting, endpoint)
    keep(harvesting, findings, by_person=True)
    change_endpoint(harvesting.store, "one", selective=False)
    keep(harvesting, findings)
    assert get_endpoint(harvesting.store, "one").selective is False
    keep(harvesting, findings, by_person=True)
    assert get_endpoint(harvesting.store, "one").selective is True


def test_drift_is_logged_and_stands_until_a_person_probes(harvesting, endpoint, caplog):
    good = probe_endpoint(harvesting, endpoint)
    keep(harvesting, good, by_person=True)
    with caplog.at_level(logging.WARNING, "workers.probing"):
        first = keep(harvesting, drifted(good, from_honoured=False))
        second = keep(harvesting, drifted(good, from_honoured=False, until_inclusive=False))
    assert first.drift == ("from is honoured: no, was yes",)
    assert second.drift == ("until is inclusive: no, was yes",)
    records = [record for record in caplog.records if record.name == "workers.probing"]
    assert [(record.message, record.endpoint) for record in records] == [("repository has changed", "one")] * 2
    day = time.strftime("%Y-%m-%d", time.gmtime())
    standing = latest_probe(harvesting.store, "one").findings.drift
    assert standing == (f"{day}: from is honoured: no, was yes", f"{day}: until is inclusive: no, was yes")
    assert get_endpoint(harvesting.store, "one").selective is False
    told = keep(harvesting, good, by_person=True)
    assert told.drift == ("from is honoured: yes, was no", "until is inclusive: yes, was no")
    assert latest_probe(harvesting.store, "one").findings.drift == ()


def test_probe_of_a_removed_endpoint_is_not_kept(harvesting, endpoint):
    findings = probe_endpoint(harvesting, endpoint)
    remove_endpoint(harvesting.store, "one", time.time())
    assert keep(harvesting, findings) is None


def test_due_probe_is_made_once(harvesting, endpoint, repository):
    (offer,) = offer_probes(harvesting.store, now=time.time(), limit=9)
    probe_due(harvesting, offer)
    asked = len(repository.requests)
    probe_due(harvesting, offer)
    assert len(repository.requests) == asked
    assert len(list_probes(harvesting.store, "one")) == 2
    assert get_endpoint(harvesting.store, "one").selective is True


def test_repository_that_is_away_is_probed_again_later(harvesting, endpoint, repository):
    repository.misbehave(html_page(), verb="Identify", times=None)
    now = time.time()
    (offer,) = offer_probes(harvesting.store, now=now, limit=9)
    with pytest.raises(Exception, match="HTML"):
        probe_due(harvesting, offer)
    assert len(list_probes(harvesting.store, "one")) == 1
    assert offer_probes(harvesting.store, now=now + 60, limit=9) == []
    assert len(offer_probes(harvesting.store, now=now + ATTEMPT_S + 60, limit=9)) == 1


def test_probe_keeps_to_the_pace_of_its_host(harvesting, endpoint, repository):
    started = time.monotonic()
    findings = probe_endpoint(harvesting, replace(endpoint, pace_s=0.1), thorough=False)
    assert time.monotonic() - started >= 0.1 * (findings.requests - 1)
    assert reserve(harvesting.store, host_of(repository.url), pace_s=60, now=time.time()).wait_s > 0


@pytest.mark.parametrize("verb", ["Identify", "ListRecords"])
def test_host_that_asks_for_it_is_left_alone_by_everybody(harvesting, endpoint, repository, verb):
    repository.misbehave(retry_later("3600"), verb=verb, times=None)
    try:
        assert probe_endpoint(harvesting, endpoint).left_alone_s == 3600
    except RetryLaterError:
        assert verb == "Identify"
    assert host_state(harvesting.store, host_of(repository.url)).blocked_until > time.time() + 3500


@pytest.fixture
def app(embedded):
    created = create_app(embedded.url, timeout_s=HINT_TIMEOUT_S)
    yield created
    created.close()


def test_reconciler_hints_at_due_probes_once_and_in_small_numbers(harvesting, endpoint, embedded, app):
    now = time.time()
    findings = latest_probe(harvesting.store, "one").findings
    for number in range(PROBES_AT_ONCE):
        put_endpoint(harvesting.store, replace(endpoint, key=f"more-{number}"))
        put_probe(harvesting.store, f"more-{number}", findings, now=now - LONG_AGO_S)
    reconcile(harvesting.store, embedded, app, now=now)
    assert embedded.depth("harvest") == PROBES_AT_ONCE
    for second in range(1, 4):
        reconcile(harvesting.store, embedded, app, now=now + second)
    assert embedded.depth("harvest") == PROBES_AT_ONCE + 1


def test_task_makes_the_probe_that_is_offered(harvesting, endpoint, app, tools):
    register_tasks(app, tools)
    (offer,) = offer_probes(harvesting.store, now=time.time(), limit=9)
    app.tasks[PROBE_ENDPOINT].apply((offer.endpoint, offer.at))
    assert len(list_probes(harvesting.store, "one")) == 2


def test_task_of_an_endpoint_that_does_not_answer_ends_in_the_log(endpoint, repository, app, tools, caplog):
    register_tasks(app, tools)
    repository.misbehave(html_page(), verb="Identify", times=None)
    (offer,) = offer_probes(tools.store, now=time.time(), limit=9)
    with caplog.at_level(logging.WARNING, "workers.tasks"):
        app.tasks[PROBE_ENDPOINT].apply((offer.endpoint, offer.at), throw=True)
    assert [record.message for record in caplog.records if record.name == "workers.tasks"] == ["task put off"]
