"""The rows of another store, into an empty place: all of them in one transaction, or none."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, column, exists, func, insert, inspect, literal, select, text
from sqlalchemy import table as named_table

from harvester.store.connection import REVISION, Store, parse_url
from harvester.store.copying.exporting import Row
from harvester.store.errors import StoreError
from harvester.store.opening import HEAD, lock_tables, upgrade
from harvester.store.outbox import FREED, ORDINARY
from harvester.store.tables import METADATA, items, outbox

TELLING: Final = ("endpoints", "runs", "items", "records", "dois", "edits", "users")
"""A store with no row in any of these has nothing that could be lost."""

Rows = Iterable[tuple[str, tuple[str, ...], Iterator[list[Row]]]]


def check_empty(url: str) -> None:
    """Make sure that the store of a URL has nothing that could be lost. Raises: StoreError."""
    with Store(parse_url(url)) as store, store.connect() as connection:
        _check_empty(connection, store.place)


def import_rows(url: str, revision: str, rows: Rows, *, now: float) -> None:
    """Make the store of a URL of the rows of another, each (table, columns, rows), and have all items indexed.

    The tables are made as they were at their `revision` and then brought up to date, all in one transaction.
    Raises: StoreError where there is something already, or the rows are of a newer oaihub.
    """
    if revision > HEAD:
        raise StoreError(f"the backup was made by a newer oaihub (revision {revision}, this one knows {HEAD})")
    with Store(parse_url(url)) as store, store.begin() as connection:
        lock_tables(connection)
        _check_empty(connection, store.place)
        METADATA.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        upgrade(connection, revision)
        for name, columns, parts in rows:
            statement = insert(named_table(name, *(column(each) for each in columns)))
            for part in parts:
                connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in part])
        if revision != HEAD:
            upgrade(connection, HEAD)
        if not store.is_sqlite:
            _go_on_counting(connection)
        waiting = {"queued": now, "priority": ORDINARY} | FREED
        everything = select(items.c.id, *(literal(value) for value in waiting.values()))
        connection.execute(insert(outbox).from_select(["item_id", *waiting], everything))


def _check_empty(connection: Connection, place: str) -> None:
    there = set(inspect(connection).get_table_names())
    if there & {*METADATA.tables, "alembic_version"} and not _is_ours(connection, there):
        raise StoreError(
            f"the database ({place}) has tables that this oaihub did not make: choose another by OAIHUB_STORE_URL"
        )
    for name in TELLING:
        if (
            name in there
            and connection.execute(select(exists(select(text("1")).select_from(named_table(name))))).scalar()
        ):
            raise StoreError(
                f"the store ({place}) is not empty ({name}): a backup is restored into an empty place only; choose "
                "another with OAIHUB_DATA_DIR or OAIHUB_STORE_URL"
            )


def _is_ours(connection: Connection, there: Collection[str]) -> bool:
    """Tell whether tables with names of ours are those of an oaihub, this one or an older one."""
    if "alembic_version" not in there:
        return False
    found = str(connection.execute(REVISION).scalar())
    return re.fullmatch(r"\d{4}", found) is not None and found <= HEAD


def _go_on_counting(connection: Connection) -> None:
    """Have PostgreSQL number new rows behind those that came with their numbers, as SQLite does by itself."""
    for table in METADATA.sorted_tables:
        if (counted := table.autoincrement_column) is not None:
            sequence = func.pg_get_serial_sequence(literal(table.name), literal(counted.name))
            connection.execute(select(func.setval(sequence, func.max(counted))))
