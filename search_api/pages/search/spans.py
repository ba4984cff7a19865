"""Years as bars: spans of one length, and one of whatever lies far before them and one of what lies far behind."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from search_api.histogram import INTERVALS, PROPERTY

MOST_BARS: Final = 40
FAR: Final = 0.02
"""The share of items at either end that may lie in one span, where all years would not fit."""


class Span(Struct, frozen=True):
    """The items from one year to another, both inclusive; None is open."""

    low: int | None
    high: int | None
    count: int

    @property
    def token(self) -> str:
        """The filter that asks for exactly these items."""
        low, high = ("" if end is None else str(end) for end in (self.low, self.high))
        return f"{PROPERTY}:{low}..{high}"


def spans_of(counts: Mapping[int, int]) -> list[Span]:
    """Give the spans in the order of years, those between without items, too; none without years."""
    if not counts:
        return []
    first, last = _near(counts)
    length = next((one for one in INTERVALS if last // one - first // one < MOST_BARS), INTERVALS[-1])
    summed = Counter[int]()
    for year, count in counts.items():
        if first <= year <= last:
            summed[year // length] += count
    # the spans at the ends begin and end with the near years, so that no item is in two
    inner = [
        Span(max(place * length, first), min(place * length + length - 1, last), summed[place])
        for place in range(first // length, last // length + 1)
    ]
    before = sum(count for year, count in counts.items() if year < first)
    behind = sum(count for year, count in counts.items() if year > last)
    return [
        *([Span(None, first - 1, before)] if before else []),
        *inner,
        *([Span(last + 1, None, behind)] if behind else []),
    ]


def _near(counts: Mapping[int, int]) -> tuple[int, int]:
    """Give the first and the last year but for few items at either end, where all are too many for bars of a year."""
    years = sorted(counts)
    if years[-1] - years[0] < MOST_BARS:
        return years[0], years[-1]
    return _past(years, counts), _past(years[::-1], counts)


def _past(years: list[int], counts: Mapping[int, int]) -> int:
    """Give the first of some years that lies behind few items."""
    allowed = FAR * sum(counts.values())
    passed = 0
    for year in years:
        passed += counts[year]
        if passed > allowed:
            return year
    return years[-1]
