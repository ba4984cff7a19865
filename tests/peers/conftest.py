import datetime as dt
import secrets

import pytest

from tests.harvester.harvesting import open_here
from tests.peers.holding import PEERS, Peer, made_records


@pytest.fixture
def open_peer(engines):
    """Opens an empty repository at a peer, with a name of its own."""
    return lambda name, granularity: Peer(name, granularity, engines.url(f"peers/{name}"), secrets.token_hex(4))


@pytest.fixture(params=PEERS, ids="-".join)
def peer(request, open_peer):
    """Every peer in every granularity that it knows, with 300 records."""
    opened = open_peer(*request.param)
    opened.hold(*made_records())
    return opened


@pytest.fixture
def recent(peer):
    """A peer with 480 records of the last 20 days."""
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=30, second=0)
    peer.hold(*made_records(480, begin=today - dt.timedelta(days=20)))
    return peer


@pytest.fixture
def harvesting(tmp_path):
    with open_here(tmp_path) as opened:
        yield opened
