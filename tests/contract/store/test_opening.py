import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from harvester.errors import FatalError
from harvester.store import StoreBusyError, StoreError, open_store
from harvester.store.connection import LOOK_EVERY_S
from harvester.store.endpoints import list_endpoints
from harvester.store.errors import StoreOutdatedError
from harvester.store.opening import HEAD
from harvester.store.tables import METADATA
from tests.contract.store.building import made_endpoint

ROOT = Path(__file__).parents[3]
OPEN = "import sys; from harvester.store import open_store; open_store(sys.argv[1]).close()"


def start(code, *arguments):
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_migrations_make_the_tables_of_the_code(store):
    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_migration_is_the_one_the_code_knows():
    assert ScriptDirectory("harvester/store/migrations").get_current_head() == HEAD


def test_processes_may_open_a_new_store_at_once(new_store_url):
    processes = [start(OPEN, new_store_url) for _ in range(4)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert errors == ["", "", "", ""]
    with open_store(new_store_url) as store, store.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_a_store_that_is_up_to_date_opens_without_alembic(new_store_url):
    open_store(new_store_url).close()
    process = start(OPEN + "; assert 'alembic' not in sys.modules", new_store_url)
    assert process.communicate(timeout=60)[1] == ""


def test_what_is_stored_is_there_after_reopening(new_store_url):
    with open_store(new_store_url) as store:
        endpoint = made_endpoint(store)
    with open_store(new_store_url) as store:
        assert list_endpoints(store) == [endpoint]


def test_a_store_of_a_newer_version_is_refused(new_store_url):
    with open_store(new_store_url) as store, store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(FatalError, match=r"newer oaihub \(revision 9999"):
        open_store(new_store_url)


def test_a_process_that_runs_on_while_a_newer_version_migrates_stops_writing_and_goes_on_reading(new_store_url):
    with open_store(new_store_url) as old, open_store(new_store_url) as newer:
        endpoint = made_endpoint(old)
        with newer.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        time.sleep(LOOK_EVERY_S)
        with pytest.raises(StoreOutdatedError, match=r"revision 9999, this process knows .* start that version"):
            made_endpoint(old, "another")
        assert list_endpoints(old) == [endpoint]


ADDING = re.compile(r"op\.(create_table|create_index|drop_index|add_column|execute)\b")
BEARABLE_SINCE = 5  # those before were all made by the first release that had any


def test_migrations_only_add_so_that_a_process_of_the_version_before_can_end_its_work():
    for path in Path(ROOT, "harvester/store/migrations/versions").glob("v*.py"):
        if int(path.name[1:5]) < BEARABLE_SINCE:
            continue
        upgrade = path.read_text(encoding="utf-8").partition("def upgrade")[2].partition("def downgrade")[0]
        operations = re.findall(r"op\.\w+", upgrade)
        assert [one for one in operations if not ADDING.match(one)] == [], path.name
        for column in re.findall(r"op\.add_column\((?:[^()]|\([^()]*\))*\)", upgrade):
            assert "server_default" in column or "nullable=False" not in column, column


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "postgresql://h/d", "nonsense"]
)
def test_other_urls_are_refused_with_the_two_forms(url):
    with pytest.raises(StoreError, match=r"OAIHUB_STORE_URL=.*sqlite:///PATH or postgresql\+psycopg://"):
        open_store(url)


def test_a_password_is_not_shown():
    with pytest.raises(StoreError) as caught:
        open_store("mysql://me:secret@localhost/x")
    assert "secret" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"missing/store\.sqlite"):
        open_store(f"sqlite:///{tmp_path}/missing/store.sqlite")


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "store.sqlite"
    path.write_text("this is a text, not a database, and long enough to be read as one " * 20)
    with pytest.raises(StoreError, match=r"store\.sqlite.*NOTADB"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("this is a text")


def test_a_server_that_does_not_answer_is_a_reason_to_come_back():
    with pytest.raises(StoreBusyError, match=r"127\.0\.0\.1:9"):
        open_store("postgresql+psycopg://me:secret@127.0.0.1:9/x")


def test_a_database_that_is_not_there_is_a_fault_to_mend(fresh_postgresql_url):
    with pytest.raises(StoreError, match="does not exist"):
        open_store(fresh_postgresql_url + "_missing")


def test_postgresql_compiles_no_query(fresh_postgresql_url):
    with open_store(fresh_postgresql_url) as store:
        for open_connection in (store.connect, store.begin):
            with open_connection() as connection:
                assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"
