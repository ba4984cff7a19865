"""A column: the values of one property in all rows, as codes, and how often each occurs in some of them."""

import bisect
import heapq
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexer.engines.columns.blocks import Integers, Part, join_parts
from indexer.query import Bucket

DENSE: Final = 8
"""Where every eighth row or more is counted, going through all rows is faster than fetching those."""


class Counted(Struct, frozen=True):
    """How often each code occurs in some rows, and how many of the rows have any."""

    counts: Integers
    having: int


class Filled(Struct, frozen=True):
    """What a column has at one time: in codes, starts[row] to starts[row + 1] are a row's; all of it counted."""

    rows: int
    starts: NDArray[np.int32]
    codes: NDArray[np.int32]
    total: Counted


class Column:
    """The distinct values in the order in which they were met (a value's place is its code), and each row's codes.

    It only grows at its end, so whoever counts rows that it has may do so while another thread appends.
    """

    def __init__(self) -> None:
        self.values: list[str] = []
        self.first_rows = 0  # that came at once
        self._first = 0  # so many values came at once: they are in order
        self._later: dict[str, int] = {}  # the codes of all others
        nothing = np.zeros(0, np.int64)
        self._filled = Filled(0, np.zeros(1, np.int32), np.zeros(0, np.int32), Counted(nothing, 0))
        self._order = nothing

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self._filled.rows

    def append(self, parts: Sequence[Part]) -> None:
        """Add the rows of parts that follow each other."""
        old = self._filled
        part = join_parts(parts)
        codes, lengths = self._codes_of(part), part.lengths
        used, rows = int(old.starts[old.rows]), old.rows + len(lengths)
        grown = _with_room(old.codes, used + len(codes))
        grown[used : used + len(codes)] = codes
        starts = _with_room(old.starts, rows + 1)
        starts[old.rows + 1 : rows + 1] = used + np.cumsum(lengths)
        counts = np.bincount(codes, minlength=len(self.values))
        counts[: len(old.total.counts)] += old.total.counts
        total = Counted(counts, old.total.having + int(np.count_nonzero(lengths)))
        self._filled = Filled(rows, starts, grown, total)

    def count(self, rows: Integers) -> Counted:
        """Count the values of some rows, which ascend: of most rows by counting those that are not among them."""
        filled = self._filled
        if 2 * len(rows) <= filled.rows:
            return _count(filled, rows)
        total, others = filled.total, _count(filled, np.flatnonzero(~_chosen(filled, rows)))
        return Counted(total.counts - others.counts, total.having - others.having)

    def count_of(self, counted: Counted, value: str) -> int:
        """Give the count of one value."""
        place = self._place_of(value)
        return 0 if place is None or place >= len(counted.counts) else int(counted.counts[place])

    def top(self, counted: Counted, size: int) -> list[Bucket]:
        """Give the most frequent values, ties by value."""
        counts = counted.counts
        found = np.flatnonzero(counts)
        if len(found) > size:
            least = np.partition(counts[found], -size)[-size]
            found = found[counts[found] >= least]
        pairs = zip((-counts[found]).tolist(), found.tolist(), strict=True)
        ranked = heapq.nsmallest(size, ((negative, self.values[place]) for negative, place in pairs))
        return [Bucket(value, -negative) for negative, value in ranked]

    def walk(self, counted: Counted, after: str, limit: int) -> list[Bucket]:
        """Give the first `limit` values behind `after` that occur, in their order."""
        order = self._ordered()
        rest = order[bisect.bisect_right(order, after, key=self.values.__getitem__) :]
        rest = rest[rest < len(counted.counts)]
        places = rest[counted.counts[rest] > 0][:limit]
        return [Bucket(self.values[place], int(counted.counts[place])) for place in places.tolist()]

    def _codes_of(self, part: Part) -> Integers:
        """Give the codes of a part; those of the first, with which most of a column comes, are its own."""
        if not self.first_rows:
            self.values, self._first, self.first_rows = part.values.copy(), len(part.values), len(part.lengths)
            return part.codes
        return np.fromiter(map(self._code_of, part.values), np.int64, len(part.values))[part.codes]

    def _code_of(self, value: str) -> int:
        """Give the code of a value, a new one where it is new."""
        place = self._place_of(value)
        if place is None:
            place = self._later[value] = len(self.values)
            self.values.append(value)
        return place

    def _place_of(self, value: str) -> int | None:
        place = bisect.bisect_left(self.values, value, 0, self._first)
        return place if place < self._first and self.values[place] == value else self._later.get(value)

    def _ordered(self) -> Integers:
        """Give the codes in the order of their values; kept until there is a new value."""
        order = self._order
        if len(order) < len(self.values):
            order = np.array(sorted(range(len(self.values)), key=self.values.__getitem__), np.int64)
            self._order = order
        return order


def _count(filled: Filled, rows: Integers) -> Counted:
    first = filled.starts[rows]
    lengths = filled.starts[rows + 1] - first
    if len(rows) * DENSE < filled.rows:
        before = np.cumsum(lengths) - lengths
        codes = filled.codes[np.repeat(first - before, lengths) + np.arange(lengths.sum())]
    else:
        every = filled.starts[: filled.rows + 1]
        codes = filled.codes[: every[-1]][np.repeat(_chosen(filled, rows), np.diff(every))]
    counts = np.bincount(codes, minlength=len(filled.total.counts))
    return Counted(counts, int(np.count_nonzero(lengths)))


def _chosen(filled: Filled, rows: Integers) -> NDArray[np.bool_]:
    chosen = np.zeros(filled.rows, bool)
    chosen[rows] = True
    return chosen


def _with_room(array: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Give the array, or a copy with room for `size` and a quarter more."""
    if size <= len(array):
        return array
    grown = np.empty(size + size // 4, array.dtype)
    grown[: len(array)] = array
    return grown
