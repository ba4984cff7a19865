"""The engines answer, and a fresh one is empty."""

import urllib.request

import psycopg
import redis
from sqlalchemy import make_url


def test_redis_keeps_what_it_is_told(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_fresh_postgresql_database_is_empty(fresh_postgresql_url, postgresql_url):
    assert fresh_postgresql_url != postgresql_url
    address = make_url(fresh_postgresql_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_elasticsearch_answers(fresh_elasticsearch_url):
    url, _, prefix = fresh_elasticsearch_url.rpartition("/")
    created = urllib.request.Request(f"{url}/{prefix}-1", method="PUT")
    with urllib.request.urlopen(created, timeout=30) as response:
        assert response.status == 200
