"""Exact facets from tantivy.

Its terms aggregation counts over segments and is not exact when each gives only its most frequent values (measured: a
quarter of the lists of long-tailed properties wrong, research of the project, index 4). It says by how much a count may
be short. So: ask for many values; where the bound shows that no value left out can be among the top ones, count those
that can be again, alone; else ask for all values; and where these are too many, walk the dictionary.
"""

from collections.abc import Sequence
from typing import Any, Final

import tantivy
from msgspec import Struct

from indexer.engines.embedded_schema import extra_value, property_field
from indexer.facets import complete_facet
from indexer.fields import FIELDS
from indexer.query import Bucket, FacetCounts

CANDIDATES: Final = 1_000
MOST_BUCKETS: Final = 50_000
"""tantivy refuses an answer of more than 65,000 buckets."""

ALL_VALUES: Final = 1_000_000


class Terms(Struct, frozen=True):
    """One answer of a terms aggregation; a count may be short by `short_by`, `rest` counts the values left out."""

    values: tuple[Bucket, ...]
    rest: int
    short_by: int


class Scope(Struct, frozen=True):
    """What a facet is counted over: a searcher, the query's items, and how many of them have each property."""

    searcher: tantivy.Searcher
    query: tantivy.Query
    total: int
    present: dict[str, int]


def open_scope(searcher: tantivy.Searcher, query: tantivy.Query) -> Scope:
    """Count the items of a query and the properties that they have."""
    total = count_items(searcher, query)
    return Scope(searcher, query, total, dict(searcher.terms_with_prefix("present", "", query)))


def count_items(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """Give how many documents a query finds."""
    found: int = searcher.search(query, 1, count=True).count  # type: ignore[attr-defined] # missing in its stub
    return found


def count_facet(scope: Scope, name: str, size: int, selected: Sequence[str]) -> FacetCounts:
    """Give the facet of a property; `selected` values are counted even where they are not among the top ones."""
    if name in FIELDS:
        top, rest = _declared(scope, property_field(name), size)
    else:
        top, rest = _undeclared(scope, name, size)
    shown = {bucket.value for bucket in top}
    return complete_facet(
        values=top,
        selected={value: _count(scope, name, value) for value in selected if value not in shown},
        missing=scope.total - scope.present.get(name, 0),
        rest=rest,
    )


def _declared(scope: Scope, field: str, size: int) -> tuple[list[Bucket], int]:
    wanted = max(CANDIDATES, 4 * size)
    terms = _terms(scope, field, wanted, wanted)
    if terms.rest:
        settled = _settle(scope, field, size, terms)
        if settled is not None:
            return settled
        terms = _terms(scope, field, MOST_BUCKETS, ALL_VALUES)
        if terms.rest and not _is_clear(terms, size):
            return _walk(scope, field, "", size)
    return _top(terms.values, size, terms.rest)


def _settle(scope: Scope, field: str, size: int, terms: Terms) -> tuple[list[Bucket], int] | None:
    """Give the top values where the counts show which can be among them, else None."""
    if not _is_clear(terms, size):
        return None
    if not terms.short_by:
        return _top(terms.values, size, terms.rest)
    least = terms.values[size - 1].count
    possible = [bucket.value for bucket in terms.values if bucket.count + terms.short_by >= least]
    everything = sum(bucket.count for bucket in terms.values) + terms.rest
    counted = _terms(scope, field, len(possible), ALL_VALUES, possible)
    top = _ranked(counted.values)[:size]
    return top, everything - sum(bucket.count for bucket in top)


def _is_clear(terms: Terms, size: int) -> bool:
    """Say whether every value left out has surely fewer items than the last one wanted."""
    if size > len(terms.values):
        return False
    return terms.values[-1].count + terms.short_by < terms.values[size - 1].count


def _undeclared(scope: Scope, name: str, size: int) -> tuple[list[Bucket], int]:
    return _walk(scope, "extra", extra_value(name, ""), size)


def walk_values(searcher: tantivy.Searcher, query: tantivy.Query, name: str) -> list[Bucket]:
    """Count every value of a property among the items of a query, by the dictionary of its field."""
    field, prefix = (property_field(name), "") if name in FIELDS else ("extra", extra_value(name, ""))
    return _walk_field(searcher, query, field, prefix)


def _walk_field(searcher: tantivy.Searcher, query: tantivy.Query, field: str, prefix: str) -> list[Bucket]:
    counted = searcher.terms_with_prefix(field, prefix, query)
    return [Bucket(value[len(prefix) :], count) for value, count in counted]


def _walk(scope: Scope, field: str, prefix: str, size: int) -> tuple[list[Bucket], int]:
    """Count every value that begins with `prefix`, by the dictionary of the field: exact, but slow with many values."""
    return _top(_walk_field(scope.searcher, scope.query, field, prefix), size, 0)


def _count(scope: Scope, name: str, value: str) -> int:
    """Count the items of the scope that have one value."""
    if name in FIELDS:
        found = _terms(scope, property_field(name), 1, 1, [value]).values
        return found[0].count if found else 0
    term = extra_value(name, value)
    return dict(scope.searcher.terms_with_prefix("extra", term, scope.query)).get(term, 0)


def _terms(scope: Scope, field: str, size: int, segment_size: int, include: Sequence[str] | None = None) -> Terms:
    request: dict[str, Any] = {"field": field, "size": size, "segment_size": segment_size}
    if include is not None:
        request["include"] = list(include)
    answer = scope.searcher.aggregate(scope.query, {"values": {"terms": request}})["values"]
    return Terms(
        values=tuple(Bucket(bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"]),
        rest=answer["sum_other_doc_count"],
        short_by=answer.get("doc_count_error_upper_bound") or 0,
    )


def _top(values: Sequence[Bucket], size: int, rest: int) -> tuple[list[Bucket], int]:
    ranked = _ranked(values)
    return ranked[:size], rest + sum(bucket.count for bucket in ranked[size:])


def _ranked(values: Sequence[Bucket]) -> list[Bucket]:
    return sorted(values, key=lambda bucket: (-bucket.count, bucket.value))
