"""The values of one property: searched and paged through, where a facet shows only the most frequent."""

import hashlib
from typing import Final

from msgspec import Struct, structs

from harvester.values.tables import fold_accents
from indexer.conditions import selected_values
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, alternate_label, label, property_label
from indexer.index import Index
from indexer.query import Bucket, Query
from search_api.cursor import seal, unseal
from search_api.grammar import render_token
from search_api.hub import Hub, read_query
from search_api.params import (
    CURSOR,
    DEFAULT_SIZE,
    FILTER,
    SELECTION_PARAMETERS,
    SIZE,
    Pairs,
    Parameter,
    Q,
    check_name,
    collect,
    read_size,
)
from search_api.render import FacetValue

LOOKED_AT_ONCE: Final = 1_000
MOST_LOOKS: Final = 20
"""Batches of values that one answer looks through; where few of them fit, an answer has fewer, and a `next`."""

PREFIX: Final = Parameter(
    name="prefix",
    meaning="Only values whose label begins with this; case and accents do not matter.",
    schema={"type": "string"},
    example="emp",
)
CONTAINS: Final = structs.replace(
    PREFIX, name="contains", meaning="Only values whose label has this in it; case and accents do not matter."
)
PLACE: Final = structs.replace(CURSOR, meaning="The next of the page before, unchanged; all but size must be the same.")
VALUES_PARAMETERS: Final = (Q, FILTER, PREFIX, CONTAINS, SIZE, PLACE)


class Values(Struct, frozen=True, kw_only=True):
    """A page of a property's values in the order of their characters, each with its items of the result.

    The counts leave out the filters on the property itself. `next` is null on the last page.
    """

    name: str
    label: str
    alternate_label: str
    values: list[FacetValue]
    next: str | None


class _Place(Struct, frozen=True, array_like=True):
    asked: str
    after: str


def list_values(hub: Hub, name: str, pairs: Pairs) -> Values:
    """List values of a property. Raises: BadQueryError naming the parameter, IndexUnavailableError."""
    check_name("name", name, hub.names.__contains__)
    if name in FIELDS and not FIELDS[name].facet:
        raise BadQueryError("name", f"{name} is long text and has no values to choose from; search its words with q")
    pairs = list(pairs)
    given = {one: values[-1] for one, values in collect(pairs, VALUES_PARAMETERS).items()}
    query = read_query(hub, [pair for pair in pairs if pair[0] in {"q", "filter"}], SELECTION_PARAMETERS)
    size = read_size(given["size"]) if "size" in given else DEFAULT_SIZE
    begins, has = _fold(given.get("prefix", "")), _fold(given.get("contains", ""))
    place = _begin(name, query, f"{begins}\0{has}", given.get("cursor", ""), hub.secret)
    others = structs.replace(query, filters=tuple(one for one in query.filters if one.name != name))
    found: list[Bucket] = []
    after, is_end = place.after, False
    for _ in range(MOST_LOOKS):
        batch, is_end = _look(hub.index, others, name, after)
        for bucket in batch:
            if len(found) == size:
                is_end = False
                break
            after = bucket.value
            folded = _fold(label(name, bucket.value))
            if folded.startswith(begins) and has in folded:
                found.append(bucket)
        if is_end or len(found) == size:
            break
    selected = frozenset(selected_values(query.filters, name))
    return Values(
        name=name,
        label=property_label(name),
        alternate_label=alternate_label(name),
        values=[
            FacetValue(
                one.value, label(name, one.value), one.count, one.value in selected, render_token(name, one.value)
            )
            for one in found
        ],
        next=None if is_end else seal(structs.replace(place, after=after), hub.secret),
    )


def _look(index: Index, query: Query, name: str, after: str) -> tuple[list[Bucket], bool]:
    """Give the next values, and whether there are no others behind them."""
    batch = index.values(query, name, after=after, limit=LOOKED_AT_ONCE)
    return batch, len(batch) < LOOKED_AT_ONCE


def _begin(name: str, query: Query, wanted: str, cursor: str, secret: bytes) -> _Place:
    asked = "\0".join([name, query.text, repr(sorted(map(repr, query.filters))), wanted])
    digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
    if not cursor:
        return _Place(digest, "")
    place = unseal(cursor, _Place, secret)
    if place.asked != digest:
        raise BadQueryError("cursor", "this cursor belongs to another list: keep all but size as it was")
    return place


def _fold(text: str) -> str:
    return fold_accents(text.casefold())
