"""What can be asked of an index, and what it answers; every engine compiles the same `Query`."""

from typing import Literal

from msgspec import Raw, Struct

Operator = Literal["is", "range", "exists", "missing"]


class Condition(Struct, frozen=True):
    """One filter on one property.

    `is` compares with `value` (already in the property's normal form); `range` takes `low` and `high`, both inclusive,
    None is open; `exists` and `missing` take nothing. Positives of one property are alternatives (OR), different
    properties must all hold (AND), each negative must not hold (AND).
    """

    name: str
    operator: Operator
    value: str = ""
    low: str | None = None
    high: str | None = None
    negative: bool = False


class FacetRequest(Struct, frozen=True):
    """A facet by property name; `size` is how many values are wanted, the most frequent first, ties by value."""

    name: str
    size: int = 10


class Sort(Struct, frozen=True):
    """The order of hits.

    By `relevance`, `date`, `title`, `harvested`, `id` or `random` (an order that says nothing, always the same); ties
    by id. Items without a date come last either way.
    """

    name: str = "date"
    descending: bool = True


class Query(Struct, frozen=True, kw_only=True):
    """A search. `text` is what a person typed, read by `indexer.text`.

    `with_total` False leaves the total 0, which spares looking at the whole result for one page of it.
    `by_work` gives of the items that are versions of one work (same title and first author) the first only, as a hit;
    totals and facets still count items. `after` is the sort key of the last hit already seen; by relevance and by work
    `offset` counts the hits already seen instead (offset + size <= 10,000), which otherwise says nothing to an engine.
    """

    text: str = ""
    filters: tuple[Condition, ...] = ()
    facets: tuple[FacetRequest, ...] = ()
    sort: Sort = Sort()
    size: int = 20
    after: str | None = None
    offset: int = 0
    by_work: bool = False
    with_total: bool = True

    @property
    def is_counted(self) -> bool:
        """Whether pages are told apart by an offset, and end at 10,000 hits."""
        return self.by_work or self.sort.name == "relevance"


class Bucket(Struct, frozen=True, gc=False):
    """A facet value and the number of items that have it."""

    value: str
    count: int


class Choice(Struct, frozen=True):
    """A value of a property, offered while a person types, and the number of items that have it."""

    name: str
    value: str
    count: int


class FacetCounts(Struct, frozen=True):
    """The values of one facet, counted over the query without that property's own filters.

    Selected values are always among `values`, also at zero. `missing` counts items without the property. `other` adds
    up the counts of the values not shown (an item with two of them counts twice). Where `error_bound` is not 0, each
    count of a value may be too low by at most that, and `other` too high by what is missing there.
    """

    values: tuple[Bucket, ...]
    missing: int
    other: int
    error_bound: int = 0


class Hit(Struct, frozen=True):
    """One item found: its JSON as indexed, its score (relevance only) and its key for `Query.after`."""

    id: str
    item: Raw
    key: str
    score: float | None = None


class Hits(Struct, frozen=True):
    """A page of hits, the number of all items found, and the facets asked for, by name."""

    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, FacetCounts]
    exact: bool = True
