"""An embedded broker whose server runs, for tests of what uses one."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from workers.broker import Broker, open_broker
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
