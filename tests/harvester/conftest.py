"""What the tests of the network share: a server that answers badly, and a client that may reach it."""

import pytest

from harvester.http import Http
from tests.harvester.answering import running


@pytest.fixture(scope="module")
def server():
    with running() as server:
        yield server


@pytest.fixture
def client():
    with Http(
        allow_private=True, contact="librarian@example.org", timeout_s=2, deadline_s=1, max_bytes=1 << 20
    ) as opened:
        yield opened
