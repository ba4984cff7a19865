"""Each alert fires on a hub that is broken so, and none on one that is well; all by scrapes of real hubs."""

import json
import os
import re
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
import yaml
from msgspec import structs

from harvester.counting import (
    DOI_ANSWERS,
    HTTP_429,
    HTTP_WAIT_S,
    INDEX_ERRORS,
    LAST_PAGE,
    LAST_RECONCILE,
    LAST_TICK,
    count,
    mark,
)
from harvester.endpoint import Endpoint
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.runs import start_run
from harvester.store.operating.controls import pause
from harvester.store.operating.counters import put_values
from harvester.store.operating.schedules import mark_due, set_schedule
from indexer.errors import IndexUnavailableError
from indexer.indexing import index_outbox
from tests.harvester.harvesting import harvest_all, keep
from tests.repository import Repository, made_entries
from tests.services.prometheus import run_promtool
from tests.workers.conftest import serving
from tests.workers.metrics.rules import RULES, UP, firing
from tests.workers.test_full_disk import small_disk
from workers.app import HINT_TIMEOUT_S, QUEUES, create_app
from workers.commands import main
from workers.heartbeat import Heartbeat
from workers.outbox import index_waiting
from workers.reconciling import reconcile

pytestmark = pytest.mark.usefixtures("counted")
PROMETHEUS = RULES.parent
ENDPOINT = Endpoint(key="one", base_url="http://127.0.0.1:1/oai", allow_private=True)
MINUTE, HOUR = 60.0, 3_600.0


class Hub:
    """A watched hub that is well: all queues served, one endpoint harvested and indexed, the broker up."""

    def __init__(self, watched, repository, broker, promtool, folder):
        self.watched, self.repository, self.server = watched, repository, broker
        self.tools, self.store = watched.tools, watched.store
        self._promtool, self._folder = promtool, folder
        self.beats = [Heartbeat(self.tools.harvester.resolved_store_url(), "worker", QUEUES)]
        self.beats.append(Heartbeat(self.tools.harvester.resolved_store_url(), "beat"))
        for beat in self.beats:
            beat._write()
        self.tick(time.time())
        self.endpoint = keep(self.tools.harvesting, repository.url)
        set_schedule(self.store, "here", "hourly", zone="UTC", jitter_s=0.0, actor="test", now=time.time())
        harvest_all(self.tools.harvesting, self.endpoint)
        index_outbox(self.store, self.tools.index, limit=1_000, lease_s=60)
        self.tools.flush_counts()
        self.before = watched.series()

    def tick(self, at: float) -> None:
        mark(LAST_RECONCILE, at)
        mark(LAST_TICK, at)

    def fires(self, *names: str) -> None:
        """Scrape, and fail unless exactly these alerts fire, and that of the disk where it is really full."""
        self.tools.flush_counts()
        usage = shutil.disk_usage(self._folder)
        low = {"DiskLow"} if usage.free / usage.total < 0.15 else set()
        self._check(self.watched.series() | {UP: 1.0}, {*names} | low)

    def fires_away(self, *names: str) -> None:
        self._check({UP: 0.0}, set(names))

    def _check(self, after, names):
        firing(self._promtool, self._folder, self.before | {UP: 1.0}, after, at=time.time(), names=names)

    def sql(self, *statements: str) -> None:
        with sqlite3.connect(self.store.place) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture
def database():
    """What rules see does not depend on it: test_metrics.py asks both."""
    return "sqlite"


@pytest.fixture
def hub(watched, promtool, tmp_path):
    with (
        Repository(made_entries(200), page_size=50) as repository,
        serving(watched.tools.broker) as server,
    ):
        yield Hub(watched, repository, server, promtool, tmp_path)


def begin(hub: Hub, ago_s: float) -> None:
    """Have a run be open that has done nothing for a while."""
    put_endpoint(hub.store, ENDPOINT)
    start_run(hub.store, ENDPOINT, since=None, until=None, full=False, now=time.time() - ago_s)
    put_values(hub.store, LAST_PAGE, {"": time.time() - ago_s})


def test_rules_and_configuration_are_well_formed(promtool):
    run_promtool(promtool, "check", "rules", str(RULES))
    run_promtool(promtool, "check", "config", "--syntax-only", str(PROMETHEUS / "prometheus.yml"))


def test_nothing_fires_on_a_hub_that_is_well(hub):
    hub.fires()


def test_nothing_fires_where_a_run_begins_after_a_quiet_day(hub):
    begin(hub, 5.0)
    put_values(hub.store, LAST_PAGE, {"": time.time() - 24 * HOUR})
    hub.fires()


def test_hub_away(hub):
    hub.fires_away("HubAway")


def test_store_away(hub):
    hub.sql("ALTER TABLE runs RENAME TO hidden")
    hub.fires("StoreAway")


def test_broker_away(hub):
    hub.server.kill()
    hub.server.wait()
    hub.fires("BrokerAway")


def test_no_worker(hub):
    hub.beats[0]._write(leaving=True)
    hub.fires("NoWorker")


def test_reconciler_silent(hub):
    put_values(hub.store, LAST_RECONCILE, {"": time.time() - 3 * MINUTE})
    hub.fires("ReconcilerSilent")


def test_no_page_done(hub):
    begin(hub, 12 * MINUTE)
    hub.fires("NoPageDone")


def test_old_open_page(hub):
    begin(hub, 16 * MINUTE)
    put_values(hub.store, LAST_PAGE, {"": time.time()})
    hub.fires("OldOpenPage")


def test_new_dead_letter(hub):
    bad = structs.replace(hub.endpoint, key="bad", metadata_prefix="nothing")
    put_endpoint(hub.store, bad)
    assert harvest_all(hub.tools.harvesting, bad).state == "failed"
    hub.fires("NewDeadLetter")
    hub.sql(f"UPDATE pages SET hinted_at = hinted_at - {HOUR} WHERE state = 'dead'")
    hub.fires()


def test_endpoint_silent(hub):
    hub.sql(f"UPDATE runs SET ended = ended - {1.9 * HOUR}")
    hub.fires()
    hub.sql(f"UPDATE runs SET ended = ended - {0.2 * HOUR}")
    hub.fires("EndpointSilent")


def test_endpoint_that_was_stopped_is_not_silent(hub):
    hub.sql(f"UPDATE runs SET ended = ended - {2.1 * HOUR}")
    pause(hub.store, "endpoint", "here", actor="test", reason="", now=time.time())
    hub.fires()


def test_run_held(hub):
    with Repository(made_entries(20), page_size=50) as short:
        moved = structs.replace(hub.endpoint, base_url=short.url)
        put_endpoint(hub.store, moved)
        assert harvest_all(hub.tools.harvesting, moved, full=True).state == "held"
    hub.tools.flush_counts()
    hub.fires("RunHeld")


def test_schedule_missed(hub):
    now = time.time()
    set_schedule(hub.store, "here", "* * * * *", zone="UTC", jitter_s=0.0, actor="test", now=now - 600)
    mark_due(hub.store, now=now, limit=10)
    set_schedule(hub.store, "here", "hourly", zone="UTC", jitter_s=0.0, actor="test", now=now)
    hub.fires("ScheduleMissed")


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one: needs root")
def test_disk_low(hub, tmp_path):
    with small_disk(tmp_path / "archive", "1m"):
        (tmp_path / "archive" / "large").write_bytes(bytes(900_000))
        hub.fires("DiskLow")


def test_searchable_late(hub):
    harvest_all(hub.tools.harvesting, add(hub))
    index_outbox(hub.store, hub.tools.index, limit=1_000, lease_s=60, clock=lambda: time.time() + 20 * MINUTE)
    hub.fires("SearchableLate")


def test_searchable_late_while_nothing_is_indexed(hub):
    harvest_all(hub.tools.harvesting, add(hub))
    hub.sql(f"UPDATE outbox SET queued = queued - {6 * MINUTE}")
    hub.fires("SearchableLate")


def test_index_lacks_items(hub, settings, monkeypatch):
    with Repository(made_entries(250)) as other:
        harvest_all(hub.tools.harvesting, add(hub, base_url=other.url))
    hub.sql("DELETE FROM outbox", "DELETE FROM joining")
    monkeypatch.setenv("OAIHUB_DATA_DIR", settings["OAIHUB_DATA_DIR"])
    assert main(["check"]) == 1
    hub.fires("IndexLacksItems")


def test_breaker_open(hub):
    def away():
        raise IndexUnavailableError("the index does not answer")

    with pytest.raises(IndexUnavailableError):
        index_waiting(hub.store, away, limit=10)
    hub.fires("BreakerOpen")


def test_hints_lost(hub):
    """Each time a hint has been sent the broker is emptied, so nobody hears of the page."""
    begin(hub, 0.0)
    app = create_app(hub.tools.broker.url, timeout_s=HINT_TIMEOUT_S)
    for turn in range(12):
        reconcile(hub.store, hub.tools.broker, app, now=time.time() + 10 * turn)
        hub.tools.broker._client.flushall()
    app.close()
    hub.tick(time.time())
    hub.fires("HintsLost")


def test_every_rule_is_fired_by_a_test():
    tested = set(re.findall(r'\.fires(?:_away)?\("(\w+)"\)', Path(__file__).read_text(encoding="utf-8")))
    assert {rule["alert"] for rule in rules()} == tested


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def add(hub: Hub, **changes: str) -> Endpoint:
    """Add an endpoint at the same repository, or where the changes say."""
    other = structs.replace(hub.endpoint, key="other", **changes)
    put_endpoint(hub.store, other)
    return other


def test_rules_and_dashboard_name_what_a_hub_tells(hub):
    """A metric that no scrape has would make a rule that never fires, and an empty panel."""
    named = {name for text in (*panel_expressions(), RULES.read_text()) for name in re.findall(r"\boaihub_\w+", text)}
    host = hub.repository.url.split("/")[2]
    count(HTTP_429, host)
    count(HTTP_WAIT_S, host)
    count(INDEX_ERRORS, "unavailable")
    count(DOI_ANSWERS, "crossref found")
    hub.tools.flush_counts()
    assert named - {name for name, _ in hub.watched.series()} == set()


def test_dashboard_panels_ask_what_prometheus_understands(promtool, tmp_path):
    rules = [{"record": "panel", "expr": expression} for expression in panel_expressions()]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    run_promtool(promtool, "check", "rules", "--lint=none", str(tmp_path / "panels.yml"))


def panel_expressions() -> list[str]:
    board = json.loads((PROMETHEUS.parent / "grafana" / "dashboards" / "oaihub.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]
