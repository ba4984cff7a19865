"""The columns of a generation that are in memory: loaded when first asked for, grown with what is written later."""

import threading
from pathlib import Path
from typing import Final

from indexer.engines.columns.blocks import Block, Part, last_rows, list_blocks, read_part, with_prefix
from indexer.engines.columns.column import Column
from indexer.engines.embedded_faults import remedy
from indexer.errors import IndexUnavailableError

MOST_VALUES: Final = 2_000_000
"""How many distinct values are kept in memory (about 200 bytes each); columns not asked for longest go first."""

GROWN_ROWS: Final = 100_000
"""A column that has grown by as many rows as it began with, and by these, is loaded anew: blocks are swept."""


class Columns:
    """The columns below a folder, by property name. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._columns: dict[tuple[str, str], Column] = {}  # the one asked for last stands last
        self._blocks: list[Block] = []
        self._lock = threading.Lock()

    def get(self, name: str, prefix: str, rows: int) -> Column:
        """Give the column of the values below `name` that begin with `prefix`, with at least the first `rows` rows."""
        with self._lock:
            column = self._columns.pop((name, prefix), None)
            if column is None or column.rows - column.first_rows > max(column.first_rows, GROWN_ROWS):
                column = Column()
            while column.rows < rows:
                self._extend(column, name, prefix)
            self._make_room(len(column.values))
            self._columns[name, prefix] = column
            return column

    def _extend(self, column: Column, name: str, prefix: str) -> None:
        if not self._blocks or self._blocks[-1].end <= column.rows:
            self._blocks = list_blocks(self._folder) if self._folder.is_dir() else []
        later = [block for block in self._blocks if block.end > column.rows]
        if not later:
            raise IndexUnavailableError(
                f"the index in {self._folder.parent} lacks values: {remedy(self._folder.parents[1])}"
            )
        try:
            column.append([_part(block, name, prefix, column.rows) for block in later])
        except FileNotFoundError:  # merged into another one and removed since they were listed
            self._blocks = []

    def _make_room(self, values: int) -> None:
        kept = sum(len(column.values) for column in self._columns.values())
        for key in list(self._columns):
            if kept + values <= MOST_VALUES:
                break
            kept -= len(self._columns.pop(key).values)


def _part(block: Block, name: str, prefix: str, known: int) -> Part:
    """Give what a block has beyond the first `known` rows."""
    part = read_part(block, name)
    return last_rows(with_prefix(part, prefix) if prefix else part, block.end - max(block.first, known))
