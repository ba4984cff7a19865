"""One suite over both databases: every test that takes `store` runs on SQLite and on PostgreSQL.

The tables are made once on each engine, and each test has them empty.
"""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from harvester.endpoint import Endpoint
from harvester.store import Store, open_store
from harvester.store.tables import METADATA
from tests.contract.store.building import harvest, made_endpoint
from tests.contract.store.planning import drain, rows
from tests.services.postgresql_server import own_database
from tests.stores import lay_store

ENGINES = ["sqlite", "postgresql"]
# Nobody else is connected then, every table but that of migrations is empty, and numbers begin at 1.
EMPTY = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
{"; ".join(f"DELETE FROM {table.name}" for table in reversed(METADATA.sorted_tables))};
SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences;
"""
COLUMNS = """
SELECT version_num, (
  SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
) FROM alembic_version
"""


@pytest.fixture(scope="session")
def made_postgresql(engines) -> Iterator[str]:
    """A database with the tables of a store, for one test after the other."""
    with own_database(engines.url("postgresql")) as url:
        open_store(url).close()
        yield url


@pytest.fixture(params=ENGINES)
def new_store_url(request, tmp_path) -> str:
    """Where nothing is yet."""
    if request.param == "postgresql":
        return request.getfixturevalue("fresh_postgresql_url")
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture(params=ENGINES)
def store_url(request, tmp_path) -> Iterator[str]:
    """A store that is up to date, and empty. Who changes its tables takes `new_store_url`."""
    if request.param == "sqlite":
        lay_store(tmp_path / "store.sqlite")
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    url = request.getfixturevalue("made_postgresql")
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(EMPTY)
        before = connection.execute(COLUMNS).fetchone()
    yield url
    with psycopg.connect(address) as connection:
        assert connection.execute(COLUMNS).fetchone() == before, "the tables of other tests were changed"


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
