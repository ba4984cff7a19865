"""A broker that goes away while a worker has all the work it may take: the worker connects again, and goes on."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run
from harvester.harvesting import open_harvesting
from harvester.settings import HarvesterSettings, read_settings
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.balance import run_balance
from tests.repository import Repository, made_entries
from tests.workers.conftest import serving
from workers.app import create_app
from workers.broker import open_broker
from workers.hints import hint_page

ROOT = Path(__file__).parents[2]


@contextmanager
def working(environ):
    """Run a worker for pages alone: nobody sends hints again."""
    command = (sys.executable, "-P", "-m", "workers.commands", "worker", "--queues", "harvest")
    process = subprocess.Popen(command, env=environ)
    try:
        yield
    finally:
        family = [*psutil.Process(process.pid).children(recursive=True), process]
        for one in family:
            one.kill()
        process.wait()


def test_worker_goes_on_after_its_broker_was_away_at_the_end_of_its_task(tmp_path):
    broker = open_broker("embedded:", tmp_path)
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_DATA_DIR": str(tmp_path), "OAIHUB_DISK_MARK": "0"}
    harvesting = open_harvesting(read_settings(HarvesterSettings, environ))
    with Repository(made_entries(30), page_size=10) as repository:
        repository.misbehave(lambda answer: replace(answer, delay_s=1.0), times=None)
        endpoint = Endpoint(key="slow", base_url=repository.url, allow_private=True)
        put_endpoint(harvesting.store, endpoint)
        run = begin_run(harvesting, endpoint)

        def stored() -> int:
            return run_balance(harvesting.store, run.id).received

        with serving(broker) as server, working(environ):
            hint_page(create_app(broker.url), run.id, 0)
            wait_for(lambda: 1 in repository.pages_served)
            server.kill()
            server.wait()
            wait_for(lambda: stored() == 10)
            time.sleep(1)  # the acknowledgement fails
            with serving(broker):
                hint_page(create_app(broker.url), run.id, 1)
                wait_for(lambda: stored() >= 20)
    harvesting.close()
    broker.close()


def wait_for(done) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
