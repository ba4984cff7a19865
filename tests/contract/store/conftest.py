"""One suite over both databases: every test that takes `store` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from harvester.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def store(store_url) -> Iterator[Store]:
    with open_store(store_url) as store:
        yield store
