"""/metrics tells what is. Expected: what the test has made happen; form and names: promtool."""

import time

import httpx
import pytest
from msgspec import structs

from harvester.counting import count
from harvester.endpoint import Endpoint
from harvester.store.accounts.keys import add_key
from harvester.store.accounts.users import add_user
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.runs import start_run
from harvester.store.operating.breakers import note_failure
from harvester.store.operating.controls import pause
from harvester.store.operating.counters import put_values
from harvester.store.operating.schedules import set_schedule
from indexer.indexing import index_outbox
from search_api.app import create_app
from tests.faults import retry_later
from tests.harvester.harvesting import harvest_all, keep
from tests.search_api.conftest import SETTINGS, served
from tests.services.prometheus import run_promtool
from tests.workers.conftest import serving
from workers.commands import main
from workers.heartbeat import Heartbeat
from workers.operator.metrics import answering
from workers.operator.metrics.reading import MOST_ENDPOINTS, Readings
from workers.tools import Tools

pytestmark = pytest.mark.usefixtures("counted")
KEY = "a key of sixteen characters"
FOREIGN = {"Host": "hub.example.org"}
ENDPOINT = Endpoint(key="one", base_url="http://127.0.0.1:1/oai", allow_private=True)


def test_a_harvest_is_told(watched, repository):
    repository.misbehave(retry_later("1", 429), page=2)
    host = repository.url.split("/")[2]
    before = time.time()
    assert harvest_all(watched.tools.harvesting, keep(watched.tools.harvesting, repository.url)).state == "complete"
    waiting = watched.series()
    assert index_outbox(watched.store, watched.tools.index, limit=1_000, lease_s=60).written == 20
    watched.tools.flush_counts()
    found = watched.series()

    def value(name, **labels):
        return found[name, frozenset(labels.items())]

    assert waiting["oaihub_outbox_items", frozenset({("state", "waiting")})] == 20
    assert value("oaihub_outbox_items", state="waiting") == 0
    assert value("oaihub_page_attempts_total", outcome="stored") == 3
    assert value("oaihub_page_attempts_total", outcome="waiting") == 1
    assert value("oaihub_page_attempts_total", outcome="dead") == 0
    assert value("oaihub_records_total", outcome="new") == 20
    assert value("oaihub_http_429_total", host=host) == 1
    assert value("oaihub_http_wait_seconds_total", host=host) == pytest.approx(1, abs=0.2)
    assert value("oaihub_index_documents_total", outcome="written") == 20
    assert value("oaihub_searchable_lag_seconds_count") == 20
    assert value("oaihub_pages_open", state="pending") == 0
    assert before < value("oaihub_last_page_done_timestamp_seconds") <= time.time()
    assert value("oaihub_endpoints", last_run="complete") == 1
    assert value("oaihub_endpoint_age_seconds", endpoint="here") < 60


def test_form_and_names_are_as_prometheus_wants_them(watched, promtool):
    count("http_requests", 'odd"host\\')
    watched.tools.flush_counts()
    run_promtool(promtool, "check", "metrics", given=watched.scrape())
    assert watched.value("oaihub_http_requests_total", host='odd"host\\') == 1


def test_openmetrics_for_who_asks_for_it(watched):
    answer = watched.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    plain = watched.client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_what_is_open_stopped_and_given_up(watched):
    put_endpoint(watched.store, ENDPOINT)
    start_run(watched.store, ENDPOINT, since=None, until=None, full=False, now=time.time() - 1_000)
    note_failure(watched.store, "index", "away", time.time())
    assert watched.value("oaihub_pages_open", state="pending") == 1
    assert watched.value("oaihub_oldest_open_page_seconds", state="pending") == pytest.approx(1_000, abs=30)
    assert watched.value("oaihub_breaker_open", stage="index") == 1
    assert watched.value("oaihub_breaker_open", stage="harvest") == 0
    assert watched.value("oaihub_endpoints", last_run="open") == 1
    pause(watched.store, "endpoint", "one", actor="test", reason="", now=time.time())
    assert watched.value("oaihub_paused", scope="endpoint") == 1
    assert watched.value("oaihub_oldest_open_page_seconds", state="pending") == 0


def test_a_page_that_goes_on_is_not_old(watched, repository):
    """The age is that since the run's last page, so a long run is not an old one."""
    endpoint = keep(watched.tools.harvesting, repository.url)
    harvest_all(watched.tools.harvesting, endpoint)
    now = time.time()
    change(
        watched.store,
        f"UPDATE runs SET ended = NULL, state = NULL, started = {now - 5_000}",
        "UPDATE pages SET state = 'pending' WHERE number = 2",
        f"UPDATE pages SET leased_until = {now} - 100 * (2 - number) WHERE number < 2",
    )
    assert watched.value("oaihub_oldest_open_page_seconds", state="pending") == pytest.approx(100, abs=30)


def test_workers_and_intervals(watched, monkeypatch):
    assert watched.value("oaihub_workers", queue="harvest") == 0
    heart = Heartbeat(watched.tools.harvester.resolved_store_url(), "worker", ["harvest", "index"])
    heart._write()
    put_endpoint(watched.store, ENDPOINT)
    rule = "0 3 * * 1-5"  # from Friday to Monday are three days
    set_schedule(watched.store, "one", rule, zone="UTC", jitter_s=0.0, actor="test", now=time.time())
    assert watched.value("oaihub_workers", queue="harvest") == 1
    assert watched.value("oaihub_workers", queue="control") == 0
    assert watched.value("oaihub_endpoint_interval_seconds", endpoint="one") == 3 * 86_400


def test_broker_up_and_away(watched):
    assert watched.value("oaihub_broker_up") == 0
    with serving(watched.tools.broker):
        assert watched.value("oaihub_broker_up") == 1
        assert watched.value("oaihub_broker_aof_enabled") == 1
        assert watched.value("oaihub_broker_memory_bytes") > 100_000
        assert watched.value("oaihub_hints_waiting", queue="harvest") == 0


def test_a_store_that_is_away_is_told(watched):
    assert watched.value("oaihub_store_up") == 1
    change(watched.store, "ALTER TABLE counters RENAME TO hidden")
    found = watched.series()
    assert found["oaihub_store_up", frozenset()] == 0
    assert ("oaihub_disk_free_bytes", frozenset({("holding", "data")})) in found


def test_the_check_of_the_index_is_told(watched, settings, monkeypatch, repository):
    harvest_all(watched.tools.harvesting, keep(watched.tools.harvesting, repository.url))
    index_outbox(watched.store, watched.tools.index, limit=1_000, lease_s=60)
    watched.tools.close()
    change(watched.store, "UPDATE items SET version = version + 1 WHERE id IN (SELECT id FROM items LIMIT 3)")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert main(["check"]) == 1
    assert watched.value("oaihub_verify_stale") == 3
    assert watched.value("oaihub_verify_missing") == 0
    assert watched.value("oaihub_verify_last_timestamp_seconds") == pytest.approx(time.time(), abs=60)


def test_endpoints_and_hosts_are_bounded(watched):
    for number in range(MOST_ENDPOINTS + 1):
        endpoint = structs.replace(ENDPOINT, key=f"e{number}")
        put_endpoint(watched.store, endpoint)
    change(
        watched.store,
        'INSERT INTO runs (endpoint, host, metadata_prefix, sets, "full", state, started, ended, deleted_record,'
        " next_page, next_window) SELECT key, 'h', 'oai_dc', '[]', FALSE, 'complete', 1, 2, '', 1, 1 FROM endpoints",
    )
    put_values(watched.store, "http_requests", {f"h{number}": float(number) for number in range(202)})
    found = watched.series()
    assert sum(name == "oaihub_endpoint_age_seconds" for name, _ in found) == MOST_ENDPOINTS
    assert found["oaihub_endpoints_left_out", frozenset()] == 1
    assert found["oaihub_endpoints", frozenset({("last_run", "complete")})] == MOST_ENDPOINTS + 1
    hosts = {dict(labels)["host"] for name, labels in found if name == "oaihub_http_requests_total"}
    assert hosts == {f"h{number}" for number in range(2, 202)}
    assert found["oaihub_hosts_left_out", frozenset()] == 2


def change(store, *statements):
    with store.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_one_reading_lasts_five_seconds(settings):
    tools = Tools(settings)
    now = [100.0]
    readings = Readings(tools, lambda: now[0])
    first = readings.latest()
    now[0] = 104.9
    assert readings.latest() is first
    now[0] = 105.0
    assert readings.latest() is not first
    tools.close()


def test_who_may_read(settings, tmp_path):
    tools = Tools(settings | {"OAIHUB_METRICS_KEY": KEY})
    app = create_app(tools.store, tools.index, SETTINGS, routes=(answering.metrics_route(tools),))

    def asked(client: httpx.Client, key: str = "", **headers: str) -> int:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        return client.get("/metrics", headers=bearer | headers).status_code

    with served(app) as client:
        assert asked(client) == 200
        assert asked(client, **FOREIGN) == 403
        assert asked(client, KEY, **FOREIGN) == 200
        assert asked(client, f"{KEY}x", **FOREIGN) == 403
        add_user(tools.store, "a", role="operator", password="five blue boats sail", actor="test", now=time.time())
        for role, status in (("viewer", 200), ("reader", 403)):
            _, key = add_key(tools.store, role, user="a", role=role, expires=0.0, actor="test", now=time.time())
            assert asked(client, key, **FOREIGN) == status
        assert asked(client, **FOREIGN) == 401
        assert asked(client) == 200
    tools.close()


def test_without_a_key_none_opens(settings):
    tools = Tools(settings)
    app = create_app(tools.store, tools.index, SETTINGS, routes=(answering.metrics_route(tools),))
    with served(app) as client:
        assert client.get("/metrics", headers=FOREIGN | {"Authorization": "Bearer"}).status_code == 403
    tools.close()
