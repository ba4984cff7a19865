"""The years of a result as bars: how many items each span of years has."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs

from harvester.errors import cut
from indexer.errors import BadQueryError
from indexer.fields import shown_label
from indexer.query import Bucket, FacetRequest, Query
from search_api.grammar import render_missing
from search_api.hub import Hub, read_selection
from search_api.params import FILTER, Pairs, Parameter, Q, collect_single

PROPERTY: Final = "year"
MOST_YEARS: Final = 10_000
MOST_BARS: Final = 50
INTERVALS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)

INTERVAL: Final = Parameter(
    name="interval",
    meaning=f"Years in a bar; without it the least that gives at most {MOST_BARS} bars.",
    schema={"type": "integer", "enum": list(INTERVALS)},
    example="10",
)
HISTOGRAM_PARAMETERS: Final = (Q, FILTER, INTERVAL)


class Bar(Struct, frozen=True):
    """The items from one year to another, both inclusive; `filter` is the token that asks for exactly these."""

    low: int
    high: int
    label: str
    count: int
    selected: bool
    filter: str


class Histogram(Struct, frozen=True, kw_only=True):
    """The bars in the order of years, those between the first and the last also at zero.

    The counts leave out the filters on the year itself. `missing` counts the items without a year, `exact` is False
    where years beyond the most frequent 10,000 are left out.
    """

    property: str
    label: str
    interval: int
    bars: list[Bar]
    missing: int
    missing_filter: str
    exact: bool


def count_years(hub: Hub, pairs: Pairs) -> Histogram:
    """Count a result by year. Raises: BadQueryError naming the parameter, IndexUnavailableError."""
    pairs = list(pairs)
    given = collect_single(pairs, HISTOGRAM_PARAMETERS)
    query = read_selection(hub, pairs)
    asked = structs.replace(
        query,
        filters=tuple(one for one in query.filters if one.name != PROPERTY),
        facets=(FacetRequest(PROPERTY, MOST_YEARS),),
        size=0,
    )
    counts = hub.index.search(asked).facets[PROPERTY]
    interval = _read_interval(given["interval"]) if "interval" in given else _fitting(counts.values)
    return Histogram(
        property=PROPERTY,
        label=shown_label(PROPERTY),
        interval=interval,
        bars=_bars(query, counts.values, interval),
        missing=counts.missing,
        missing_filter=render_missing(PROPERTY),
        exact=not counts.error_bound and not counts.other,
    )


def _read_interval(text: str) -> int:
    if text not in map(str, INTERVALS):
        raise BadQueryError("interval", f"interval {cut(text)!r}: use one of {', '.join(map(str, INTERVALS))}")
    return int(text)


def _fitting(values: tuple[Bucket, ...]) -> int:
    """Give the least interval of not too many bars; the widest where none is."""
    years = [int(bucket.value) for bucket in values]
    span = max(years) - min(years) if years else 0
    return next((one for one in INTERVALS if span // one + 1 < MOST_BARS), INTERVALS[-1])


def _bars(query: Query, values: tuple[Bucket, ...], interval: int) -> list[Bar]:
    counts: Counter[int] = Counter()
    for bucket in values:
        counts[int(bucket.value) // interval] += bucket.count
    if not counts:
        return []
    places: Sequence[int] = range(min(counts), max(counts) + 1)
    if len(places) > MOST_YEARS:  # a year that is none, such as 99999, must not make bars without end
        places = sorted(counts)
    selected = {(c.low, c.high) for c in query.filters if c.name == PROPERTY and not c.negative}
    return [_bar(place * interval, place * interval + interval - 1, counts[place], selected) for place in places]


def _bar(low: int, high: int, count: int, selected: set[tuple[str | None, str | None]]) -> Bar:
    return Bar(
        low=low,
        high=high,
        label=str(low) if low == high else f"{low}–{high}",
        count=count,
        selected=(str(low), str(high)) in selected,
        filter=f"{PROPERTY}:{low}..{high}",
    )
