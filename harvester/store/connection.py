"""The open store: a pool of connections to SQLite or PostgreSQL, and the two ways to use one."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.sql.schema import Table

from harvester.errors import cut
from harvester.store.clock import SharedClock
from harvester.store.errors import StoreBusyError, StoreError, StoreOutdatedError, translate

if TYPE_CHECKING:
    import psycopg

BUSY_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10
CACHE_KIB: Final = 16_384
WRITING: Final = {"oaihub_writing": True}
LOOK_EVERY_S: Final = 2.0
"""How long a process may go on writing that does not know yet that the store was migrated; migrations bear that."""
REVISION: Final = text("SELECT version_num FROM alembic_version")
TIME: Final = text("SELECT extract(epoch FROM clock_timestamp())::float8")


class Store:
    """The open store; may be used by several threads at once, each with connections of its own.

    Open it after a fork, never before: connections do not survive one.
    """

    def __init__(self, url: URL) -> None:
        self.place = url.database or "" if _is_sqlite(url) else url.render_as_string(hide_password=True)
        self._engine = _sqlite_engine(url) if _is_sqlite(url) else _postgresql_engine(url)
        self._clock = SharedClock(self._ask_time)
        self._revision = ""
        self._looked = 0.0

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where one writer at a time has the whole store."""
        return self._engine.dialect.name == "sqlite"

    def now(self) -> float:
        """Give the time (seconds since 1970) by which everybody who shares this store judges leases and due times.

        That is the clock of the database, asked each minute; a SQLite file is used by one machine only, so by its own.
        Raises: StoreBusyError where the database has not been reached yet.
        """
        return time.time() if self.is_sqlite else self._clock.now()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection in a writing transaction: committed at the end, rolled back by any exception.

        On SQLite it has the only writer from the start (BEGIN IMMEDIATE), so it cannot fail half-way for another's
        sake. Raises: StoreBusyError, StoreFullError, StoreOutdatedError, StoreError.
        """
        with self._translated(), self._engine.connect() as connection:
            connection.execution_options(**WRITING)
            with connection.begin():
                self._look_for_migration(connection)
                yield connection

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection for reading, which sees one state of the store. Raises: StoreBusyError, StoreError."""
        with self._translated(), self._engine.connect() as connection:
            if not self.is_sqlite:  # SQLite's reading transactions are so by themselves
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def expect(self, revision: str) -> None:
        """Have writing refused from now on, as soon as the store is of another revision than this process knows."""
        self._revision, self._looked = revision, time.monotonic()

    def upsert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Begin an INSERT that can say what to do on a conflict."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _look_for_migration(self, connection: Connection) -> None:
        if not self._revision or time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        found = str(connection.execute(REVISION).scalar())
        if found != self._revision:
            raise StoreOutdatedError(
                f"the store ({self.place}) was migrated by another version of oaihub (revision {found}, this process "
                f"knows {self._revision}): stop this process, start that version; what it has in work is kept"
            )
        self._looked = time.monotonic()

    def _ask_time(self) -> float:
        with self._translated(), self._engine.connect() as connection:
            return float(connection.execute(TIME).scalar_one())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise translate(error, self.place) from error
        except PoolTimeoutError as error:
            raise StoreBusyError(f"all connections to the store are in use ({self.place}); try again later") from error


def parse_url(text: str) -> URL:
    """Read the URL of a store. Raises: StoreError where it is neither a SQLite file nor PostgreSQL by psycopg."""
    try:
        url = make_url(text)
    except ArgumentError:
        url = URL.create("none")
    if _is_sqlite(url) and url.database and url.database != ":memory:":
        return url
    if url.drivername == "postgresql+psycopg":
        return url
    shown = cut(text) if url.drivername == "none" else cut(url.render_as_string(hide_password=True))
    raise StoreError(
        f"OAIHUB_STORE_URL={shown!r}: give sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
    )


def _is_sqlite(url: URL) -> bool:
    return url.drivername in {"sqlite", "sqlite+pysqlite"}


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "oaihub"}
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: "psycopg.Connection[Any]", _record: object) -> None:
    """Have no query compiled: measured 1.5 s to compile one that then takes 0.2 s, anew each time."""
    connection.execute("SET jit = off")
    connection.commit()


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set what SQLite keeps for a connection, and the file's write-ahead log at its first use."""
    connection.execute("PRAGMA synchronous=FULL")  # a commit survives the loss of power
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:  # SQLite does not wait here for another process that does the same
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """Begin as asked: sqlite3 itself would begin only at the first write, and then could meet another writer."""
    writing = connection.get_execution_options().get("oaihub_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
