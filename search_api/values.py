"""The values of one property: searched and paged through, where a facet shows only the most frequent."""

from typing import Final

from msgspec import Struct, structs

from harvester.values.tables import fold_accents
from indexer.conditions import selected_values
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, alternate_label, label, property_label
from indexer.query import Bucket
from search_api.cursor import Place, begin_at, list_digest, seal
from search_api.grammar import render_token
from search_api.hub import Hub, read_selection
from search_api.params import (
    CURSOR,
    DEFAULT_SIZE,
    FILTER,
    SIZE,
    Pairs,
    Parameter,
    Q,
    check_name,
    collect_single,
    read_size,
)
from search_api.render import FacetValue

LOOKED_AT_ONCE: Final = 10_000
MOST_LOOKS: Final = 2
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


class _Place(Place, frozen=True, array_like=True):
    """The value that was looked at last."""

    after: str = ""


def list_values(hub: Hub, name: str, pairs: Pairs) -> Values:
    """List values of a property. Raises: BadQueryError naming the parameter, IndexUnavailableError."""
    check_name("name", name, hub.names.__contains__)
    if name in FIELDS and not FIELDS[name].facet:
        raise BadQueryError("name", f"{name} is long text and has no values to choose from; search its words with q")
    pairs = list(pairs)
    given = collect_single(pairs, VALUES_PARAMETERS)
    query = read_selection(hub, pairs)
    size = read_size(given["size"]) if "size" in given else DEFAULT_SIZE
    begins, has = _fold(given.get("prefix", "")), _fold(given.get("contains", ""))
    asked = list_digest(name, query.text, repr(sorted(map(repr, query.filters))), begins, has)
    place = begin_at(given.get("cursor", ""), _Place(asked), hub.secret, kept="all but size as it was")
    others = structs.replace(query, filters=tuple(one for one in query.filters if one.name != name))
    found: list[Bucket] = []
    after, is_end = place.after, False
    limit = LOOKED_AT_ONCE if begins or has else min(size + 1, LOOKED_AT_ONCE)
    for _ in range(MOST_LOOKS):
        batch = hub.index.values(others, name, after=after, limit=limit)
        is_end = len(batch) < limit
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


def _fold(text: str) -> str:
    return fold_accents(text.casefold())
