"""The index away for a while under load: few attempts, fetching goes on, the lag is shown, all is found afterwards.

For a minute, or for as long as OAIHUB_TEST_AWAY_S says.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import pytest
from msgspec.structs import replace

from harvester.store import open_store
from harvester.store.ledger.balance import run_balance
from harvester.store.ledger.runs import get_run
from harvester.store.operating.breakers import breaker_state
from harvester.store.outbox import outbox_depth
from tests.faults import Answer
from tests.flow.hub import Hub, wait_until
from tests.repository import Repository, made_entries
from tests.services.gate import Gate

RECORDS = 2_000
PAGE_SIZE = 25
AWAY_S = float(os.environ.get("OAIHUB_TEST_AWAY_S", "60"))  # not long after the sixth attempt, soon before the next
WORKERS = [("control", "--beat"), ("index",), ("harvest", "--concurrency", "2")]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(AWAY_S + 340)]


@pytest.fixture
def gate(fresh_elasticsearch_url: str) -> Iterator[Gate]:
    with Gate(urlsplit(fresh_elasticsearch_url).port or 9200) as gate:
        yield gate


@pytest.fixture
def hub(tmp_path, fresh_elasticsearch_url, fresh_postgresql_url, broker_url, gate) -> Hub:
    parts = urlsplit(fresh_elasticsearch_url)
    return Hub(
        tmp_path,
        OAIHUB_STORE_URL=fresh_postgresql_url,
        OAIHUB_INDEX_URL=urlunsplit(parts._replace(netloc=f"127.0.0.1:{gate.port}")),
        OAIHUB_BROKER_URL=broker_url,
        OAIHUB_SECRET="a secret for the flow tests",
    )


def slowly(answer: Answer) -> Answer:
    return replace(answer, delay_s=0.5)


def attempts_within(seconds: float) -> int:
    """Give how many attempts there are at most: at first, and after 1, 2, 4, 8, 16, 32, 60, 60 s and so on."""
    at, pause, attempts = 0.0, 1.0, 0
    while at <= seconds:
        attempts += 1
        at, pause = at + pause, min(60.0, 2 * pause)
    return attempts


def test_the_index_away_under_load_is_tried_a_few_times_and_loses_nothing(hub, gate, fresh_postgresql_url):
    with (
        Repository(made_entries(RECORDS), page_size=PAGE_SIZE) as repository,
        open_store(fresh_postgresql_url) as store,
        ExitStack() as stack,
    ):
        repository.misbehave(slowly, times=None)
        assert hub.oaihub("endpoints", "add", "here", repository.url, "--allow-private", "--no-probe").code == 0
        for number, queue in enumerate(WORKERS):
            stack.enter_context(hub.working("worker", "--queues", *queue, log=f"worker{number}"))
        assert hub.oaihub("harvest", "here", "--queue").code == 0
        wait_until(lambda: outbox_depth(store).waiting == 0 and run_balance(store, 1).received > 0)
        gate.shut()
        begun, lag, failures = time.monotonic(), [], 0
        while time.monotonic() - begun < AWAY_S:
            time.sleep(5)
            breaker = breaker_state(store, "index")
            failures = max(failures, breaker.failures if breaker else 0)
            lag.append(hub.told("queues")["queues"][2]["oldest_s"])
        shown = hub.oaihub("queues").out
        wait_until(lambda: get_run(store, 1).state is not None, within_s=90)  # fetching goes on to the end
        gate.open()
        wait_until(lambda: outbox_depth(store).waiting == 0, within_s=120)
        assert get_run(store, 1).state == "complete"
        assert breaker_state(store, "index") is None
        assert attempts_within(AWAY_S) - 1 <= failures <= attempts_within(AWAY_S) + 2  # what was under way fails, too
        assert "stage index is left alone since" in shown
        assert lag[-1] > AWAY_S - 15
        wait_until(lambda: hub.told("search", "record")["total"] == RECORDS)  # the index shows what it has each 5 s
