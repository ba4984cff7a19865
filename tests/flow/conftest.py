"""Servers for a hub that lives as long as its test module."""

from collections.abc import Iterator

import pytest
import redis

from tests.services.elasticsearch_node import own_indices
from tests.services.postgresql_server import own_database

BROKER_DATABASE = 11


@pytest.fixture(scope="module")
def servers(engines) -> Iterator[dict[str, str]]:
    """The settings that put store, index and broker of one hub on PostgreSQL, Elasticsearch and Redis."""
    broker_url = f"{engines.url('redis').rpartition('/')[0]}/{BROKER_DATABASE}"
    with (
        own_database(engines.url("postgresql")) as store_url,
        own_indices(engines.url("elasticsearch")) as index_url,
        redis.Redis.from_url(broker_url) as broker,
    ):
        broker.flushdb()
        yield {
            "OAIHUB_STORE_URL": store_url,
            "OAIHUB_INDEX_URL": index_url,
            "OAIHUB_BROKER_URL": broker_url,
            "OAIHUB_SECRET": "a secret for the flow tests",
        }
        broker.flushdb()
