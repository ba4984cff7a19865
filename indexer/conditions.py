"""What a query's filters mean, before any engine: checked, grouped by property, ranges as numbers.

Positives of one property are alternatives, different properties must all hold, no negative may hold.
"""

import calendar
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from harvester.errors import cut
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, operators
from indexer.query import Condition, FacetRequest, Query, Sort

MAX_COUNTED_HITS: Final = 10_000
SORTS: Final = ("relevance", "date", "title", "harvested", "id")
"""What a person may sort by; besides these `random` serves samples."""

_DAY: Final = re.compile(r"(-?\d{4,9})(?:-(\d\d)(?:-(\d\d))?)?")
_YEAR: Final = re.compile(r"-?\d{1,9}")


class Limit(Struct, frozen=True):
    """Bounds on one numeric field of the document, both inclusive; None is open."""

    field: str
    low: int | None
    high: int | None


class FacetGroup(Struct, frozen=True):
    """Facets that are counted over the same filters: all of the query's but the facet's own."""

    filters: tuple[Condition, ...]
    facets: tuple[FacetRequest, ...]


def check_query(query: Query) -> None:
    """Raise BadQueryError where a query asks for what no engine can answer."""
    for condition in query.filters:
        _check_condition(condition)
    if len({facet.name for facet in query.facets}) < len(query.facets):
        raise BadQueryError("facet", "a facet is asked for twice; name each once")
    for facet in query.facets:
        if facet.name in FIELDS and not FIELDS[facet.name].facet:
            raise BadQueryError("facet", f"{facet.name} is long text and has no facet; search its words with q")
    if query.sort.name not in {*SORTS, "random"}:
        raise BadQueryError("sort", f"sort {cut(query.sort.name)!r}: use one of {', '.join(SORTS)}")
    if query.is_counted and query.offset + query.size > MAX_COUNTED_HITS:
        raise BadQueryError(
            "cursor", f"by relevance and by work a result ends at {MAX_COUNTED_HITS} items; sort by date instead"
        )


def by_property(filters: Iterable[Condition]) -> tuple[list[list[Condition]], list[Condition]]:
    """Give the positives, one list of alternatives per property, and the negatives."""
    positives: dict[str, list[Condition]] = {}
    negatives = []
    for condition in filters:
        if condition.negative:
            negatives.append(condition)
        else:
            positives.setdefault(condition.name, []).append(condition)
    return list(positives.values()), negatives


def facet_groups(query: Query) -> list[FacetGroup]:
    """Give the query's facets by the filters they are counted over; the first group has all filters, or is empty."""
    filtered = {condition.name for condition in query.filters}
    plain = tuple(facet for facet in query.facets if facet.name not in filtered)
    return [
        FacetGroup(query.filters, plain),
        *(
            FacetGroup(tuple(other for other in query.filters if other.name != facet.name), (facet,))
            for facet in query.facets
            if facet.name in filtered
        ),
    ]


def selected_values(filters: Iterable[Condition], name: str) -> tuple[str, ...]:
    """Give the values of a property that the filters select, each once."""
    found = (c.value for c in filters if c.name == name and c.operator == "is" and not c.negative)
    return tuple(dict.fromkeys(found))


def range_limits(condition: Condition) -> tuple[Limit, ...]:
    """Give a range as limits that must all hold.

    A bound may be a year, a month or a day: a low one stands for its first day, a high one for its last. An item's
    date matches when its span overlaps the range. Raises: BadQueryError (filter).
    """
    if condition.low is None and condition.high is None:
        raise BadQueryError("filter", f"{condition.name}: a range needs at least one end, such as 2015..")
    bound = _year if condition.name == "year" else _day
    low = bound(condition.name, condition.low, last=False)
    high = bound(condition.name, condition.high, last=True)
    if low is not None and high is not None and low > high:
        raise BadQueryError("filter", f"{condition.name}: {condition.low}..{condition.high} ends before it starts")
    if condition.name == "date":
        return (Limit("date_to", low, None), Limit("date_from", None, high))
    return (Limit(condition.name, low, high),)


def sort_key(sort: Sort) -> str:
    """Give the name of the document's order key for a sort other than relevance; `id` is none but the id itself."""
    return "date_desc" if sort.name == "date" and sort.descending else sort.name


def _check_condition(condition: Condition) -> None:
    if condition.operator not in operators(condition.name):
        field = FIELDS.get(condition.name)
        if field is not None and not field.facet:
            advice = "it is long text: search it with q"
        else:
            advice = "ranges are for date, year and harvested"
        raise BadQueryError("filter", f"{cut(condition.name)} cannot be filtered by {condition.operator!r}; {advice}")
    if condition.operator == "range":
        range_limits(condition)


def _year(name: str, text: str | None, *, last: bool) -> int | None:
    del last  # a year is its own first and last
    if text is None:
        return None
    if not _YEAR.fullmatch(text):
        raise BadQueryError("filter", f"{name}: {cut(text)!r} is no year; write it as 2015")
    return int(text)


def _day(name: str, text: str | None, *, last: bool) -> int | None:
    """Give the first or the last day of a bound as year * 10000 + month * 100 + day."""
    if text is None:
        return None
    match = _DAY.fullmatch(text)
    if match is None:
        raise BadQueryError("filter", f"{name}: {cut(text)!r} is no date; write 2015, 2015-03 or 2015-03-01")
    year = int(match[1])
    month = int(match[2]) if match[2] else (12 if last else 1)
    if not 1 <= month <= 12:
        raise BadQueryError("filter", f"{name}: {cut(text)!r} has no month {month}")
    days = calendar.monthrange(4 if calendar.isleap(year) else 5, month)[1]
    day = int(match[3]) if match[3] else (days if last else 1)
    if not 1 <= day <= days:
        raise BadQueryError("filter", f"{name}: {cut(text)!r} has no day {day}")
    return year * 10_000 + month * 100 + day
