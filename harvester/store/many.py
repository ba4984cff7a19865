"""Statements for many rows: one whose values are handed to the driver as they are, several that name each of them."""

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeVar

from sqlalchemy import Connection, Delete, Dialect, Insert, Update

STATEMENTS: Final = 64
NAMED_AT_ONCE: Final = 500

ValueT = TypeVar("ValueT")


def execute_many(
    connection: Connection,
    statement: Insert | Update | Delete,
    names: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
) -> None:
    """Execute a statement once for each row; `names` are its parameters, in the order of a row's values.

    The statement must be a constant, for its SQL is kept. No value is converted on its way: text, numbers, truth and
    bytes only. SQLAlchemy's own way takes 5 us of CPU more for each row, as much as SQLite itself.
    """
    if not rows:
        return
    sql, order = _compile(statement, connection.dialect, names)
    if order is None:
        connection.exec_driver_sql(sql, [dict(zip(names, row, strict=True)) for row in rows])
    elif order == names:
        connection.exec_driver_sql(sql, list(rows))
    else:
        connection.exec_driver_sql(sql, list(map(itemgetter(*map(names.index, order)), rows)))


@lru_cache(maxsize=STATEMENTS)
def _compile(
    statement: Insert | Update | Delete, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, tuple[str, ...] | None]:
    """Give the SQL, and the order of its parameters where they stand by place and not by name."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    return str(compiled), None if compiled.positiontup is None else tuple(compiled.positiontup)


def in_parts(values: Sequence[ValueT]) -> list[Sequence[ValueT]]:
    """Cut values into parts for statements that take each as a parameter, whose number both databases bound."""
    return [values[begin : begin + NAMED_AT_ONCE] for begin in range(0, len(values), NAMED_AT_ONCE)]
