"""Blocks: files with the values of neighbouring rows, by property.

`<first row>-<row behind the last>-<held>.npz` is an archive of numpy arrays, three for each property that occurs:
`<name>/values` (the distinct values in their order, UTF-8, each ended by NUL), `<name>/codes` (the place among them of
each value that a row has, row by row) and `<name>/lengths` (how many values each row has). `held` is how many of the
rows keep their values: all, until those of replaced documents are emptied. Names without it are of older files.
"""

import bisect
import os
import re
from collections.abc import Iterable, Sequence
from itertools import chain, compress, islice
from operator import ne
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Integers = NDArray[np.int64]

VALUE_END: Final = "\0"  # in no value, see `clean_value`
_NAME: Final = re.compile(r"(\d+)-(\d+)(?:-(\d+))?\.npz")


class Block(Struct, frozen=True):
    """A block file: rows from `first` up to, not with, `end`, of which `held` keep their values."""

    path: Path
    first: int
    end: int
    held: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.end - self.first


class Part(Struct, frozen=True):
    """The values of one property in neighbouring rows; see the three arrays of a block."""

    values: list[str]
    codes: Integers
    lengths: Integers


def list_blocks(folder: Path) -> list[Block]:
    """Give the blocks in the order of their rows, each row once: what others replace and is not yet removed is not."""
    found = [
        Block(path, int(match[1]), int(match[2]), int(match[3] or int(match[2]) - int(match[1])))
        for path in folder.iterdir()
        if (match := _NAME.fullmatch(path.name)) is not None
    ]
    kept: list[Block] = []
    for block in sorted(found, key=lambda block: (block.first, -block.end, block.held)):
        if not kept or block.first >= kept[-1].end:
            kept.append(block)
    return kept


def write_block(folder: Path, first: int, end: int, held: int, parts: Iterable[tuple[str, Part]]) -> None:
    """Write a block from the parts of its properties, one after the other: on return it is whole and on disk."""
    path = folder / f"{first}-{end}-{held}.npz"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        with ZipFile(file, "w") as archive:
            for name, part in parts:
                text = "".join(value + VALUE_END for value in part.values)
                most = part.lengths.max(initial=0)
                _write(archive, f"{name}/values", np.frombuffer(text.encode(), np.uint8))
                _write(archive, f"{name}/codes", part.codes.astype(np.uint32))
                _write(archive, f"{name}/lengths", part.lengths.astype(np.uint8 if most < 256 else np.uint32))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    listed = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(listed)
    finally:
        os.close(listed)


def _write(archive: ZipFile, name: str, array: NDArray[Any]) -> None:
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def read_part(block: Block, name: str) -> Part:
    """Give a property's values in a block. Raises: FileNotFoundError where it was merged and removed meanwhile."""
    with np.load(block.path) as arrays:
        if f"{name}/codes" not in arrays:
            return Part([], np.zeros(0, np.int64), np.zeros(block.rows, np.int64))
        text = arrays[f"{name}/values"].tobytes().decode()
        codes = arrays[f"{name}/codes"].astype(np.int64)
        lengths = arrays[f"{name}/lengths"].astype(np.int64)
    return Part(text.split(VALUE_END)[:-1], codes, lengths)


def read_names(block: Block) -> set[str]:
    """Give the properties that occur in a block."""
    with np.load(block.path) as arrays:
        return {name.rpartition("/")[0] for name in arrays.files}


def make_part(rows: int, owners: Sequence[int], values: Sequence[str]) -> Part:
    """Give the part in which row owners[n] has values[n]; the owners ascend."""
    distinct = sorted(set(values))
    places = {value: place for place, value in enumerate(distinct)}
    codes = np.fromiter(map(places.__getitem__, values), np.int64, len(values))
    return Part(distinct, codes, np.bincount(np.asarray(owners, np.int64), minlength=rows))


def join_parts(parts: Sequence[Part]) -> Part:
    """Give parts that follow each other as one.

    Their values are in order, so they are merged: looking each up takes twice the time (300,000 names in two parts).
    """
    if len(parts) == 1:
        return parts[0]
    every = list(chain.from_iterable(part.values for part in parts))
    order = sorted(range(len(every)), key=every.__getitem__)
    ranked = [every[place] for place in order]
    is_other = np.fromiter(chain((True,), map(ne, ranked, islice(ranked, 1, None))), bool, len(every))
    places = np.empty(len(every), np.int64)
    places[order] = np.cumsum(is_other) - 1
    ends = np.cumsum([len(part.values) for part in parts])
    codes = [part_places[part.codes] for part_places, part in zip(np.split(places, ends), parts, strict=False)]
    lengths = np.concatenate([part.lengths for part in parts])
    return Part(list(compress(ranked, is_other.tolist())), np.concatenate(codes), lengths)


def last_rows(part: Part, rows: int) -> Part:
    """Give the part without its first rows but the last `rows`, with the values that these have."""
    skipped = len(part.lengths) - rows
    if not skipped:
        return part
    used, codes = np.unique(part.codes[part.lengths[:skipped].sum() :], return_inverse=True)
    return Part([part.values[place] for place in used.tolist()], codes, part.lengths[skipped:])


def keep_rows(part: Part, kept: NDArray[np.bool_]) -> Part:
    """Give the part with the values of some rows only; the others stay, without values."""
    used, codes = np.unique(part.codes[np.repeat(kept, part.lengths)], return_inverse=True)
    return Part([part.values[place] for place in used.tolist()], codes, np.where(kept, part.lengths, 0))


def with_prefix(part: Part, prefix: str) -> Part:
    """Give the values that begin with a prefix, without it."""
    first = bisect.bisect_left(part.values, prefix)
    end = bisect.bisect_left(part.values, True, lo=first, key=lambda value: not value.startswith(prefix))
    wanted = (part.codes >= first) & (part.codes < end)
    before = np.concatenate(([0], np.cumsum(wanted)))
    ends = np.cumsum(part.lengths)
    lengths = before[ends] - before[ends - part.lengths]
    return Part([value[len(prefix) :] for value in part.values[first:end]], part.codes[wanted] - first, lengths)
