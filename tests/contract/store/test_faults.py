import pytest
from sqlalchemy import event, text

from harvester.store import StoreBusyError, StoreError, StoreFullError, open_store
from harvester.store.endpoints import list_endpoints, put_endpoint
from harvester.store.items import count_items
from harvester.store.outbox import outbox_depth
from harvester.store.records import put_page
from tests.contract.store.building import NOW, archive, begin, claim, made_endpoint, record


def limit_size(store, pages):
    """Make SQLite refuse to grow, as on a full disk."""
    store._engine.dispose()

    def limit(connection, _):
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(store._engine, "connect", limit)


def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path):
    path = tmp_path / "store.sqlite"
    with open_store(f"sqlite:///{path}") as store:
        taken = claim(store, begin(store, made_endpoint(store)))
        archive(store, taken, 2000)
        limit_size(store, 60)
        rows = [record(f"oai:repository.example:{number}", "long " * 50) for number in range(2000)]
        with pytest.raises(StoreFullError, match=r"disk is full .*store\.sqlite.*free some space"):
            put_page(store, taken, rows, [], now=NOW)
        assert (count_items(store), outbox_depth(store).waiting) == ((0, 0), 0)
    with open_store(f"sqlite:///{path}") as store:
        assert put_page(store, taken, rows, [], now=NOW).new == 2000


def test_a_writer_that_holds_sqlite_too_long_is_a_reason_to_come_back(tmp_path):
    path = tmp_path / "store.sqlite"
    with open_store(f"sqlite:///{path}") as store, open_store(f"sqlite:///{path}") as other:
        with other.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout=50"))
        with store.begin(), pytest.raises(StoreBusyError, match=r"busy or away .*store\.sqlite"):
            made_endpoint(other)
        made_endpoint(other)


def test_readers_go_on_while_another_writes(store):
    made_endpoint(store)
    with store.begin() as connection:
        connection.execute(text("DELETE FROM endpoints"))
        assert [endpoint.key for endpoint in list_endpoints(store)] == ["here"]
    assert list_endpoints(store) == []


def test_a_lost_connection_is_a_reason_to_come_back_and_the_next_works(fresh_postgresql_url):
    everybody = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
    with open_store(fresh_postgresql_url) as store:
        with pytest.raises(StoreBusyError), store.begin() as connection:
            connection.execute(everybody)
        assert list_endpoints(store) == []


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("40P01", StoreBusyError, "try again later"),  # deadlock
        ("40001", StoreBusyError, "try again later"),  # serialization failure
        ("53300", StoreBusyError, "try again later"),  # too many connections
        ("53100", StoreFullError, "free some space"),  # disk full
        ("42501", StoreError, "42501"),  # insufficient privilege
    ],
)
def test_errors_of_postgresql_say_what_to_do(fresh_postgresql_url, code, error, words):
    fail = text(f"DO $$ BEGIN RAISE EXCEPTION 'made' USING ERRCODE = '{code}'; END $$")
    with open_store(fresh_postgresql_url) as store, pytest.raises(error, match=words), store.begin() as connection:
        connection.execute(fail)


def test_an_exception_of_the_caller_rolls_back(store):
    def write_and_fail():
        with store.begin() as connection:
            connection.execute(text("DELETE FROM endpoints"))
            raise RuntimeError

    endpoint = made_endpoint(store)
    with pytest.raises(RuntimeError):
        write_and_fail()
    assert list_endpoints(store) == [endpoint]


def test_a_fault_of_the_store_names_its_place_and_not_the_password(fresh_postgresql_url):
    with open_store(fresh_postgresql_url) as store:
        with store.begin() as connection:
            connection.execute(text("DROP TABLE outbox"))
        with pytest.raises(StoreError, match="42P01") as caught:
            outbox_depth(store)
        assert store.place in str(caught.value)


def test_foreign_keys_are_held(store):
    with pytest.raises(StoreError), store.begin() as connection:
        connection.execute(text("INSERT INTO outbox VALUES ('none', 0, 0, 0, NULL)"))


def test_sqlite_keeps_a_commit_through_a_loss_of_power(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store, store.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_endpoint_with_any_text_is_kept(store):
    put_endpoint(store, endpoint := made_endpoint(store, label="'; DROP TABLE items; -- \U0001f4da %s :x"))
    assert list_endpoints(store) == [endpoint]
