"""The reconciler and the tasks, over a real store and a real broker."""

import logging
import os
import time

import pytest

from harvester.endpoint import Endpoint
from harvester.store import open_store
from harvester.store.deletions.plans import get_plan, plan_of_run
from harvester.store.endpoints import put_endpoint
from harvester.store.items import count_items
from harvester.store.ledger.lists import mark_archived
from harvester.store.ledger.pages import claim_page
from harvester.store.ledger.runs import get_run, start_run
from harvester.store.operating.breakers import breaker_state, may_begin, note_failure
from harvester.store.outbox import claim_outbox, outbox_depth
from harvester.store.records import RecordRow, put_page
from harvester.store.registries.notices import LOOK_EVERY_S, watch_registry
from tests.repository import Repository, made_entries
from workers.app import HARVEST_PAGE, HINT_TIMEOUT_S, INDEX_OUTBOX, RECONCILE, SETTLE_PLAN, create_app
from workers.broker import open_broker
from workers.hints import hint_page
from workers.reconciling import HINTS_WAITING, reconcile
from workers.tasks import register_tasks
from workers.tools import Tools

ENDPOINT = Endpoint(key="one", base_url="http://127.0.0.1:1/oai", allow_private=True)
LATER = 10.0  # a hint is old by then


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}") as opened:
        put_endpoint(opened, ENDPOINT)
        yield opened


@pytest.fixture
def app(embedded):
    created = create_app(embedded.url, timeout_s=HINT_TIMEOUT_S)
    yield created
    created.close()


def begin(store, now):
    return start_run(store, ENDPOINT, since=None, until=None, full=False, now=now).id


def store_only_page(store, run, now):
    """Do the run's one page, and stop just before the run is ended."""
    claim = claim_page(store, run, 0, lease_s=10, now=now)
    mark_archived(
        store,
        claim,
        location="x",
        received=1,
        response_date="2026-01-01T00:00:00Z",
        complete_list_size=None,
        now=now,
    )
    row = RecordRow("oai:test:1", "2024-01-01", (), False, b'{"title":[{"value":"One"}]}', b"digest")
    put_page(store, claim, [row], [], now=now)


def test_lost_hint_is_sent_again_once_it_is_old(store, embedded, app):
    now = time.time()
    begin(store, now)
    reconcile(store, embedded, app, now=now + 1)
    assert embedded.depth("harvest") == 0
    reconcile(store, embedded, app, now=now + LATER)
    reconcile(store, embedded, app, now=now + LATER + 1)
    assert embedded.depth("harvest") == 1


def test_page_that_is_held_gets_no_hint(store, embedded, app):
    now = time.time()
    run = begin(store, now)
    assert claim_page(store, run, 0, lease_s=60, now=now)
    reconcile(store, embedded, app, now=now + LATER)
    assert embedded.depth("harvest") == 0


def test_full_queue_gets_no_more_hints(store, embedded, app):
    now = time.time()
    run = begin(store, now)
    for _ in range(HINTS_WAITING + 1):
        assert hint_page(app, run, 0)
    reconcile(store, embedded, app, now=now + LATER)
    assert embedded.depth("harvest") == HINTS_WAITING + 1


def test_run_whose_worker_died_before_its_end_is_ended(store, embedded, app):
    now = time.time()
    run = begin(store, now)
    store_only_page(store, run, now)
    assert get_run(store, run).state is None
    reconcile(store, embedded, app, now=now + 1)
    assert get_run(store, run).state == "complete"


def test_waiting_outbox_gets_one_hint_at_a_time(store, embedded, app):
    now = time.time()
    store_only_page(store, begin(store, now), now)
    for second in range(3):
        reconcile(store, embedded, app, now=now + second)
    assert embedded.depth("index") == 1


def test_an_index_that_is_left_alone_gets_no_hint_before_its_time(store, embedded, app):
    now = time.time()
    store_only_page(store, begin(store, now), now)
    until = note_failure(store, "index", "it does not answer", now).open_until
    reconcile(store, embedded, app, now=until - 0.1)
    assert embedded.depth("index") == 0
    reconcile(store, embedded, app, now=until)
    assert embedded.depth("index") == 1


def test_runs_are_ended_also_while_the_broker_is_away(store, tmp_path):
    now = time.time()
    run = begin(store, now)
    store_only_page(store, run, now)
    away = open_broker("redis://127.0.0.1:1/0", tmp_path)
    reconcile(store, away, create_app(away.url, timeout_s=HINT_TIMEOUT_S), now=now + LATER)
    assert get_run(store, run).state == "complete"


@pytest.fixture
def tools(tmp_path, embedded):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OAIHUB_")}
    opened = Tools({**environ, "OAIHUB_DATA_DIR": str(tmp_path)})
    yield opened
    opened.close()


@pytest.fixture
def tasks(app, tools):
    register_tasks(app, tools)
    return app.tasks


def test_tasks_harvest_page_by_page_and_hint_at_the_next_step(store, tasks, embedded, tools):
    with Repository(made_entries(15), page_size=10) as repository:
        endpoint = Endpoint(key="two", base_url=repository.url, allow_private=True)
        put_endpoint(store, endpoint)
        run = start_run(store, endpoint, since=None, until=None, full=False, now=time.time()).id
        tasks[HARVEST_PAGE].apply((run, 0))
        assert (embedded.depth("harvest"), embedded.depth("index")) == (1, 1)
        tasks[HARVEST_PAGE].apply((run, 1))
        tasks[HARVEST_PAGE].apply((run, 1))  # delivered twice: absorbed
        assert repository.pages_served == [1, 2]
    assert get_run(store, run).state == "complete"
    tasks[INDEX_OUTBOX].apply()
    assert outbox_depth(store).waiting == 0
    assert len(list(tools.index.versions())) == 15


def harvest_in_tasks(store, tasks, endpoint):
    run = start_run(
        store, endpoint, since=None, until=None, full=True, now=time.time(), deleted_record=endpoint.deleted_record
    )
    tasks[HARVEST_PAGE].apply((run.id, 0))
    return run.id


def test_plan_of_a_full_harvest_is_hinted_at_and_settled_by_its_task(store, tasks, embedded):
    with Repository(made_entries(15), deleted_record="no") as repository:
        endpoint = Endpoint(key="two", base_url=repository.url, allow_private=True, deleted_record="no")
        put_endpoint(store, endpoint)
        harvest_in_tasks(store, tasks, endpoint)
        repository.remove("oai:test:3")
        before = embedded.depth("harvest")
        run = harvest_in_tasks(store, tasks, endpoint)
        assert embedded.depth("harvest") == before + 1
        plan = plan_of_run(store, run)
        tasks[SETTLE_PLAN].apply((plan.id,))
        tasks[SETTLE_PLAN].apply((plan.id,))  # delivered twice: absorbed
    assert get_plan(store, plan.id).state == "applied"
    assert count_items(store) == (14, 1)


def test_plan_that_nobody_works_on_gets_a_hint_once_it_is_old(store, tasks, embedded, app):
    with Repository(made_entries(15), deleted_record="no") as repository:
        endpoint = Endpoint(key="two", base_url=repository.url, allow_private=True, deleted_record="no")
        put_endpoint(store, endpoint)
        harvest_in_tasks(store, tasks, endpoint)
        repository.remove("oai:test:3")
        harvest_in_tasks(store, tasks, endpoint)
    now, before = time.time(), embedded.depth("harvest")
    reconcile(store, embedded, app, now=now + 1)
    assert embedded.depth("harvest") == before
    for second in (LATER, LATER + 1):
        reconcile(store, embedded, app, now=now + second)
    assert embedded.depth("harvest") == before + 1


def test_index_that_is_away_leaves_the_outbox_and_a_line_in_the_log(store, app, tmp_path, caplog):
    tools = Tools({"OAIHUB_DATA_DIR": str(tmp_path), "OAIHUB_INDEX_URL": "http://127.0.0.1:1"})
    register_tasks(app, tools)
    now = time.time()
    store_only_page(store, begin(store, now), now)
    with caplog.at_level(logging.WARNING, "workers.tasks"):
        app.tasks[INDEX_OUTBOX].apply()
    assert [record.message for record in caplog.records if record.name == "workers.tasks"] == ["task put off"]
    assert claim_outbox(store, limit=10, lease_s=1, now=now + 1, trial=True) is not None
    assert not may_begin(store, "index", breaker_state(store, "index").open_until - 0.1)
    assert may_begin(store, "index", breaker_state(store, "index").open_until)
    for _ in range(5):
        app.tasks[INDEX_OUTBOX].apply()  # hints that are there already try no more than one in turn would
    assert breaker_state(store, "index").failures <= 2
    tools.close()


def test_index_that_another_process_writes_leaves_the_outbox_to_it(store, tasks, tmp_path):
    other = Tools({"OAIHUB_DATA_DIR": str(tmp_path)})
    other.index.write(())
    now = time.time()
    store_only_page(store, begin(store, now), now)
    tasks[INDEX_OUTBOX].apply()
    assert claim_outbox(store, limit=10, lease_s=1, now=now + 1) is not None  # no row was taken and given back
    other.close()


def test_unforeseen_error_ends_in_the_log(store, tasks, tools, caplog):
    tools.broker.close()
    tools.__dict__["broker"] = None  # a fault of ours
    tasks[RECONCILE].apply(throw=True)
    del tools.__dict__["broker"]
    (record,) = [record for record in caplog.records if record.name == "workers.tasks"]
    assert (record.message, record.levelname) == ("task failed", "ERROR")


def test_a_look_for_retractions_that_is_due_has_dois_hinted_at(store, embedded, app):
    now = time.time()
    with store.begin() as connection:
        watch_registry(connection, now)
    reconcile(store, embedded, app, now=now + 1, dois=True)
    assert embedded.depth("doi") == 0
    reconcile(store, embedded, app, now=now + LOOK_EVERY_S, dois=False)
    assert embedded.depth("doi") == 0
    reconcile(store, embedded, app, now=now + LOOK_EVERY_S, dois=True)
    assert embedded.depth("doi") == 1
