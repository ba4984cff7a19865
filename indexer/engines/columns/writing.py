"""Writing columns: a batch's documents get their rows, their values become a block, blocks are merged."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from indexer.engines.columns.blocks import (
    Block,
    join_parts,
    list_blocks,
    make_part,
    read_names,
    read_part,
    write_block,
)

MOST_ROWS: Final = 1_000_000
"""No merge makes a larger block, for it takes seconds (640,000 rows: 5 s, 0.2 GB of memory)."""


class Batch:
    """The rows of one batch and their values, until they are written."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.end = first
        self._owners: dict[str, list[int]] = {}
        self._values: dict[str, list[str]] = {}

    def add(self, properties: Mapping[str, Sequence[str]]) -> int:
        """Take the values of a document and give its row."""
        row = self.end
        self.end += 1
        for name, values in properties.items():
            self._owners.setdefault(name, []).extend([row - self.first] * len(values))
            self._values.setdefault(name, []).extend(values)
        return row

    def write(self, folder: Path) -> None:
        """Put the block on disk; the commit may follow."""
        rows = self.end - self.first
        parts = ((name, make_part(rows, self._owners[name], values)) for name, values in self._values.items())
        write_block(folder, self.first, self.end, parts)


def next_row(folder: Path) -> int:
    """Give the first row that was never given; only the one writer asks."""
    blocks = list_blocks(folder)
    return blocks[-1].end if blocks else 0


def merge_blocks(folder: Path) -> None:
    """Merge the last blocks until each block is larger than all behind it; remove what is in a merged one."""
    tail = _not_larger(list_blocks(folder))
    if len(tail) > 1:
        names = sorted(set().union(*map(read_names, tail)))
        parts = ((name, join_parts([read_part(block, name) for block in tail])) for name in names)
        write_block(folder, tail[0].first, tail[-1].end, parts)
    kept = {block.path for block in list_blocks(folder)}
    for path in folder.iterdir():
        if path not in kept:
            path.unlink()


def _not_larger(blocks: Sequence[Block]) -> list[Block]:
    """Give the last block and those before it, as long as one is not larger than all behind it."""
    tail: list[Block] = []
    rows = 0
    for block in reversed(blocks):
        if tail and (block.rows > rows or block.rows + rows > MOST_ROWS):
            break
        tail.insert(0, block)
        rows += block.rows
    return tail
