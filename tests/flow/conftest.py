"""Servers for the hubs of these tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from tests.services.elasticsearch_node import own_indices
from tests.services.postgresql_server import own_database

BROKER_DATABASE = 11


@contextmanager
def own_broker(url: str) -> Iterator[str]:
    """Empty a database of a Redis server for a hub, and give its URL; nothing of the hub stays in it."""
    broker_url = f"{url.rpartition('/')[0]}/{BROKER_DATABASE}"
    with redis.Redis.from_url(broker_url) as broker:
        broker.flushdb()
        yield broker_url
        broker.flushdb()


@pytest.fixture
def broker_url(redis_url: str) -> Iterator[str]:
    """An empty broker of this test alone."""
    with own_broker(redis_url) as url:
        yield url


@pytest.fixture(scope="module")
def servers(engines) -> Iterator[dict[str, str]]:
    """The settings that put store, index and broker of a hub that lives as long as its module on three servers."""
    with (
        own_database(engines.url("postgresql")) as store_url,
        own_indices(engines.url("elasticsearch")) as index_url,
        own_broker(engines.url("redis")) as broker_url,
    ):
        yield {
            "OAIHUB_STORE_URL": store_url,
            "OAIHUB_INDEX_URL": index_url,
            "OAIHUB_BROKER_URL": broker_url,
            "OAIHUB_SECRET": "a secret for the flow tests",
        }
