"""The whole store as it is at one moment, table by table, in values that any database takes."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from sqlalchemy import Connection, func, select

from harvester.store.connection import Store
from harvester.store.expected import read_locations
from harvester.store.opening import HEAD
from harvester.store.tables import METADATA, items

ROWS_AT_ONCE: Final = 2_000
LEFT_OUT: Final = frozenset(
    {"processes", "sessions", "token_sessions", "registry_calls", "breakers", "outbox", "mails", "invitations"}
)
"""What is true of one place only: who lives, who is signed in, and what is still to be done, sent or taken there."""

Row = tuple[object, ...]
"""Values in the order of the columns: text, numbers, truth, bytes, or None."""


class Snapshot:
    """The store as one reading transaction sees it, while writers go on."""

    revision = HEAD
    """The revision of the tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.items: int = connection.execute(select(func.count()).select_from(items)).scalar_one()
        self.tables = tuple(str(table.name) for table in METADATA.sorted_tables if table.name not in LEFT_OUT)
        """The names of tables, each behind those that it refers to."""

    def columns(self, table: str) -> tuple[str, ...]:
        """Give the names of a table's columns."""
        return tuple(str(column.name) for column in METADATA.tables[table].columns)

    def rows(self, table: str) -> Iterator[list[Row]]:
        """Yield the rows of a table, some thousands at once."""
        wanted = select(METADATA.tables[table])
        found = self._connection.execute(wanted, execution_options={"yield_per": ROWS_AT_ONCE})
        for part in found.partitions():
            yield [tuple(row) for row in part]

    def locations(self) -> Iterator[str]:
        """Yield where the archive is to hold pages and answers of DOI registries."""
        return read_locations(lambda: nullcontext(self._connection))


@contextmanager
def open_snapshot(store: Store) -> Iterator[Snapshot]:
    """Give the store as it is now, until the end of the block. Raises: StoreBusyError, StoreError."""
    with store.connect() as connection:
        yield Snapshot(connection)
