"""One suite over both databases: every test that takes `store` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from harvester.endpoint import Endpoint
from harvester.store import Store, open_store
from tests.contract.store.building import harvest, made_endpoint
from tests.contract.store.planning import drain, rows


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def store(store_url) -> Iterator[Store]:
    with open_store(store_url) as store:
        yield store


@pytest.fixture
def endpoint(store) -> Endpoint:
    """An endpoint with twenty records, 0000 to 0019, all of them indexed."""
    made = made_endpoint(store)
    harvest(store, made, rows(*range(20)))
    drain(store)
    return made
