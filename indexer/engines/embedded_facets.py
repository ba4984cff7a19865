"""Exact facets of the embedded index, counted by the columns of `indexer.engines.columns`."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import tantivy

from indexer.document import Document
from indexer.engines.columns.blocks import Integers
from indexer.engines.columns.column import Column, Counted
from indexer.engines.columns.loaded import Columns
from indexer.engines.columns.rows import find_many_rows, find_rows
from indexer.engines.embedded_query import compile_query
from indexer.engines.embedded_schema import extra_value
from indexer.facets import complete_facet
from indexer.fields import FIELDS
from indexer.query import Bucket, Condition, FacetCounts

UNDECLARED = "extra"
"""What blocks call the values of all undeclared properties, each behind its property's name."""


class Scope:
    """What facets are counted over: the rows of a query. What was counted is kept as long as the column is."""

    def __init__(self, columns: Columns, rows: Integers) -> None:
        self.rows = rows
        self._columns = columns
        self._counted: WeakKeyDictionary[Column, Counted] = WeakKeyDictionary()

    def count(self, name: str) -> tuple[Column, Counted]:
        """Give the column of a property, and its values counted."""
        field, prefix = (name, "") if name in FIELDS else (UNDECLARED, extra_value(name, ""))
        column = self._columns.get(field, prefix, int(self.rows[-1]) + 1 if len(self.rows) else 0)
        counted = self._counted.get(column)
        if counted is None:
            counted = self._counted[column] = column.count(self.rows)
        return column, counted


class Snapshot:
    """One commit, for searching and counting. What holds for all its items is found once."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, columns: Columns) -> None:
        self.searcher = searcher
        self._schema = schema
        self._columns = columns
        self._everything: Scope | None = None

    def scope(self, text: str, filters: Sequence[Condition]) -> Scope:
        """Find the rows of a query."""
        if text or filters:
            return Scope(self._columns, find_rows(*self._asked(text, filters)))
        if self._everything is None:
            self._everything = Scope(self._columns, find_many_rows(*self._asked("", ())))
        return self._everything

    def _asked(self, text: str, filters: Sequence[Condition]) -> tuple[tantivy.Schema, tantivy.Searcher, tantivy.Query]:
        return self._schema, self.searcher, compile_query(self._schema, text, filters)


def counted_values(document: Document) -> dict[str, Sequence[str]]:
    """Give what the columns hold of a document: values by declared property, all others behind their names."""
    extra = [extra_value(name, value) for name, values in document.extra.items() for value in values]
    return {**document.props, UNDECLARED: extra} if extra else dict(document.props)


def count_facet(scope: Scope, name: str, size: int, selected: Sequence[str]) -> FacetCounts:
    """Give the facet of a property; `selected` values are counted even where they are not among the top ones."""
    column, counted = scope.count(name)
    top = column.top(counted, size)
    shown = {bucket.value for bucket in top}
    return complete_facet(
        values=top,
        selected={value: column.count_of(counted, value) for value in selected if value not in shown},
        missing=len(scope.rows) - counted.having,
        rest=int(counted.counts.sum()) - sum(bucket.count for bucket in top),
    )


def walk_values(scope: Scope, name: str, after: str, limit: int) -> list[Bucket]:
    """Give the first values of a property behind `after`, in their order."""
    column, counted = scope.count(name)
    return column.walk(counted, after, limit)
