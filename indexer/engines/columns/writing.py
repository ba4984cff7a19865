"""Writing columns: a batch's documents get their rows, their values become a block, blocks are merged and swept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from indexer.engines.columns.blocks import (
    Block,
    Integers,
    join_parts,
    keep_rows,
    list_blocks,
    make_part,
    read_names,
    read_part,
    write_block,
)

MOST_ROWS: Final = 1_000_000
"""No merge makes a larger block, for it takes seconds (640,000 rows: 5 s, 0.2 GB of memory)."""

WORN_ROWS: Final = 20_000
"""With fewer rows of replaced documents no sweep is worth its while."""

FRESH: Final = 0.8
"""A block is left as it is where so large a part of what it holds is in use."""


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
        write_block(folder, self.first, self.end, rows, parts)


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
        write_block(folder, tail[0].first, tail[-1].end, sum(block.held for block in tail), parts)
    _remove_replaced(folder)


def is_worn(folder: Path, documents: int) -> bool:
    """Whether most rows that hold values are of documents that were replaced, of so many documents that there are."""
    held = sum(block.held for block in list_blocks(folder))
    return held - documents > max(documents, WORN_ROWS)


def sweep_blocks(folder: Path, used: Integers) -> None:
    """Empty all rows but those in use, which ascend, block by block; killed at any time, what is there is whole.

    No search may be under way that finds other rows and has not loaded them.
    """
    for block in list_blocks(folder):
        here = used[np.searchsorted(used, block.first) : np.searchsorted(used, block.end)] - block.first
        if len(here) < FRESH * block.held:
            kept = np.zeros(block.rows, bool)
            kept[here] = True
            parts = ((name, keep_rows(read_part(block, name), kept)) for name in sorted(read_names(block)))
            write_block(folder, block.first, block.end, len(here), parts)
            _remove_replaced(folder)


def _remove_replaced(folder: Path) -> None:
    kept = {block.path for block in list_blocks(folder)}
    for path in folder.iterdir():
        if path not in kept:
            path.unlink()


def _not_larger(blocks: Sequence[Block]) -> list[Block]:
    """Give the last block and those before it, as long as one is not larger than all behind it."""
    tail: list[Block] = []
    rows = 0
    for block in reversed(blocks):
        if tail and (block.held > rows or block.held + rows > MOST_ROWS):
            break
        tail.insert(0, block)
        rows += block.held
    return tail
