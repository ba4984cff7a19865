"""Looking up many keys in one statement."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Text, any_, func, literal, select


def among(connection: Connection, column: Column[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Give the condition that a column is one of many texts, sent as one parameter.

    A parameter for each text costs twice the time, and both databases limit their number.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal(values, ARRAY(Text)))
    return column.in_(select(listed_values(connection, values)))


def listed_values(connection: Connection, values: Sequence[str]) -> ColumnElement[Any]:
    """Give many texts as the column of a table, to be selected from; sent as one parameter."""
    if connection.dialect.name == "postgresql":
        return func.unnest(literal(values, ARRAY(Text))).column_valued("value")
    return func.json_each(msgspec.json.encode(values).decode()).table_valued("value").c.value
