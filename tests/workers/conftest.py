"""An embedded broker whose server runs, and the command line with a data folder of its own."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.repository import Repository, made_entries
from tests.services.s3_server import REGION, keys_of, own_bucket, parts_of
from workers.broker import Broker, open_broker
from workers.commands import main
from workers.errors import BrokerAwayError


def wait_for(broker: Broker) -> None:
    """Return when the broker answers."""
    end = time.monotonic() + 10
    while True:
        try:
            return broker.ping()
        except BrokerAwayError:
            assert time.monotonic() < end
            time.sleep(0.02)


@contextmanager
def serving(broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server of an embedded broker; it ends with the block, whatever happens there."""
    with subprocess.Popen(broker.command) as server:
        try:
            wait_for(broker)
            yield server
        finally:
            server.kill()


@pytest.fixture
def embedded(tmp_path) -> Iterator[Broker]:
    """An embedded broker with its server running."""
    broker = open_broker("embedded:", tmp_path)
    with serving(broker):
        yield broker
    broker.close()


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    """An empty data folder, and no other setting."""
    for name in list(os.environ):
        if name.startswith("OAIHUB_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def repository():
    """A repository of 25 records, five of them deleted, in three pages."""
    with Repository(made_entries(25, deleted_every=5), page_size=10) as started:
        yield started


@pytest.fixture
def bucket(engines, data_dir, monkeypatch):
    """Have the archive in a bucket of its own, which is empty; gives what lists its objects."""
    url = engines.url("s3")
    with own_bucket(url) as (client, name):
        values = (f"s3://{name}/hub", parts_of(url)[0], REGION, *parts_of(url)[1:])
        for setting, value in zip(("URL", "ENDPOINT", "REGION", "KEY_ID", "SECRET_KEY"), values, strict=True):
            monkeypatch.setenv(f"OAIHUB_ARCHIVE_{setting}", value)
        yield lambda: {key.removeprefix("hub/") for key in keys_of(client, name)}


@pytest.fixture
def oaihub(capsys, data_dir):
    """Run a command in this process; gives exit code, standard output and standard error."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run
