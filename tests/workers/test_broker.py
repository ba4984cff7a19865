import os
import socket
import stat
import tempfile
import time
from pathlib import Path

import pytest
import redis

from tests.workers.conftest import serving
from tests.workers.test_full_disk import small_disk
from workers.app import HINT_TIMEOUT_S, create_app
from workers.broker import open_broker
from workers.errors import BrokerAwayError, BrokerUrlError
from workers.hints import hint_index, hint_page


@pytest.fixture
def away(tmp_path):
    """A broker whose server does not run."""
    with_server = open_broker("embedded:", tmp_path)
    yield with_server
    with_server.close()


def test_embedded_broker_takes_hints_for_two_queues(embedded):
    app = create_app(embedded.url)
    assert hint_page(app, 3, 4)
    assert hint_page(app, 3, 5)
    assert hint_index(app)
    app.close()
    assert (embedded.depth("harvest"), embedded.depth("index"), embedded.depth("control")) == (2, 1, 0)


def test_redis_broker_takes_hints_for_two_queues(redis_url):
    url = f"{redis_url.rstrip('/').removesuffix('/0')}/11"
    broker = open_broker(url, Path())
    client = redis.Redis.from_url(url)
    client.flushdb()
    app = create_app(broker.url)
    assert hint_page(app, 3, 4)
    assert hint_index(app)
    app.close()
    assert (broker.depth("harvest"), broker.depth("index")) == (1, 1)
    client.flushdb()
    client.close()
    broker.close()


def test_embedded_broker_keeps_messages_over_a_kill(tmp_path):
    broker = open_broker("embedded:", tmp_path)
    with serving(broker) as server:
        app = create_app(broker.url)
        assert hint_page(app, 1, 0)
        app.close()
        time.sleep(2.1)  # its log is synced each second
        server.kill()
    with serving(broker):
        assert broker.depth("harvest") == 1
    broker.close()


def test_embedded_socket_is_only_for_its_owner():
    with tempfile.TemporaryDirectory() as folder:  # whose path is short, wherever those of tests lie
        broker = open_broker("embedded:", Path(folder))
        path = Path(broker.url.removeprefix("redis+socket://"))
        assert path.parent == Path(folder, "broker")
        with serving(broker):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        broker.close()


def test_embedded_socket_has_a_short_path_in_a_deep_folder(tmp_path):
    deep = tmp_path / ("d" * 120)
    first, second = open_broker("embedded:", deep), open_broker("embedded:", deep)
    path = Path(first.url.removeprefix("redis+socket://"))
    assert first.url == second.url
    assert len(os.fsencode(path)) <= 100
    other = Path(open_broker("embedded:", tmp_path / ("e" * 120)).url.removeprefix("redis+socket://"))
    assert other != path
    path.parent.rmdir()
    other.parent.rmdir()


def test_broker_that_is_away_says_what_to_do(away):
    with pytest.raises(BrokerAwayError, match="oaihub run"):
        away.ping()


def fill(client):
    """Write until the server refuses that; it syncs what it has each second."""
    for number in range(1_000):
        client.set(f"name {number}", bytes(10_000))
        time.sleep(0.01)


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one: needs root")
def test_broker_whose_disk_is_full_says_so(tmp_path):
    with small_disk(tmp_path, "400k"):
        broker = open_broker("embedded:", tmp_path)
        client = redis.Redis(unix_socket_path=broker.url.removeprefix("redis+socket://"))
        with serving(broker):
            with pytest.raises(redis.ResponseError, match="MISCONF"):
                fill(client)
            assert broker.trouble().startswith("the broker takes nothing (MISCONF")
            assert f"the disk of {tmp_path} is full" in broker.trouble()
        client.close()
        assert broker.trouble().startswith("the broker does not answer (")
        assert "free some space there" in broker.trouble()
        broker.close()


@pytest.mark.parametrize("url", ["amqp://host", "redis://host:port/0", "redis://[::1", "redis", ""])
def test_broker_url_that_cannot_be_meant_is_refused(url, tmp_path):
    with pytest.raises(BrokerUrlError) as refused:
        open_broker(url, tmp_path)
    assert str(refused.value).startswith(f"OAIHUB_BROKER_URL={url!r}")
    assert "redis://HOST:6379/0" in str(refused.value)


def test_hint_gives_up_at_once_when_the_broker_is_away(away):
    app = create_app(away.url, timeout_s=HINT_TIMEOUT_S)
    started = time.monotonic()
    assert not hint_page(app, 1, 0)
    assert not hint_index(app)
    assert time.monotonic() - started < 1.0


def test_hint_does_not_wait_for_a_broker_that_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = create_app(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout_s=HINT_TIMEOUT_S)
        started = time.monotonic()
        assert not hint_page(app, 1, 0)
        assert time.monotonic() - started < 2.0
