"""A query to its answer as API, pages and command line give it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct, structs

from harvester.item import Item
from indexer.conditions import MAX_COUNTED_HITS, selected_values
from indexer.fields import FIELDS, alternate_label, label, operators, property_label
from indexer.index import Index
from indexer.query import FacetCounts, Hit, Operator, Query
from search_api.correcting import correct
from search_api.cursor import make_cursor
from search_api.grammar import render_missing, render_name, render_value

ADVICE: Final = (
    f"By relevance and by work a result ends at {MAX_COUNTED_HITS:,} items; sort by -date, date, title or harvested, "
    "without group, for the rest."
)

_ENCODER: Final = msgspec.json.Encoder()
_ITEMS: Final = msgspec.json.Decoder(Item)


class FacetValue(Struct, frozen=True, gc=False):
    """A value of a facet; `filter` is the token that asks for exactly these items."""

    value: str
    label: str
    count: int
    selected: bool
    filter: str


class Facet(Struct, frozen=True, kw_only=True):
    """The values of one property over the result without that property's own filters, the most frequent first.

    `alternate_label` is the research hub's own word for the property, "" where that is its label.
    `missing` counts the items without the property, `other` adds up the counts of values not shown. Where the counts
    are not `exact`, each of a value may be too low by at most `error_bound`, which is 0 otherwise.
    """

    label: str
    alternate_label: str
    values: list[FacetValue]
    missing: int
    missing_filter: str
    missing_selected: bool
    other: int
    exact: bool
    error_bound: int


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of a result; `next` is the cursor of the page after it, null on the last.

    `did_you_mean` is another q, of a search that found nothing but for the spelling of its words.
    """

    total: int
    exact: bool
    items: list[Raw]
    facets: dict[str, Facet]
    next: str | None
    advice: str = ""
    did_you_mean: str = ""


class ShownItem(Item, frozen=True, kw_only=True, omit_defaults=True):
    """An item as the API gives it: with its page's address and, by relevance, its score.

    `highlight` is given on request: title and abstract as HTML with marks, where they have words of the search.
    """

    url: str
    score: float | None = None
    highlight: dict[str, list[str]] | None = None


class Property(Struct, frozen=True, kw_only=True):
    """A property, the number of items of the result that have it, and what a filter on it may ask.

    `alternate_label` as in a facet.
    """

    name: str
    label: str
    alternate_label: str
    kind: str
    facet: bool
    count: int
    operators: tuple[Operator, ...]


class Properties(Struct, frozen=True):
    """The declared properties in the order of their table, then the others, the most frequent first."""

    properties: list[Property]


def search_items(index: Index, query: Query, *, secret: bytes, public_url: str = "") -> Result:
    """Answer a query. Raises: BadQueryError, IndexUnavailableError."""
    size = min(query.size, MAX_COUNTED_HITS - query.offset) if query.is_counted else query.size
    is_end = query.is_counted and query.offset + size >= MAX_COUNTED_HITS
    # One more than is shown tells whether there is a next page.
    found = index.search(structs.replace(query, size=size if is_end else size + 1))
    shown = found.hits[:size]
    cursor = None
    if len(found.hits) > size:
        after = None if query.is_counted else shown[-1].key
        cursor = make_cursor(query, after=after, offset=query.offset + size, secret=secret)
    return Result(
        total=found.total,
        exact=found.exact,
        items=[show_hit(hit, public_url) for hit in shown],
        facets={name: _facet(query, name, counts) for name, counts in found.facets.items()},
        next=cursor,
        advice=ADVICE if is_end and found.total > MAX_COUNTED_HITS else "",
        did_you_mean=correct(index, query) if query.text and not found.total else "",
    )


def with_highlights(result: Result, highlights: Sequence[dict[str, list[str]]]) -> Result:
    """Give a page of a result whose items have their highlights, in their order; none keeps it as it is."""
    if not highlights:
        return result
    pairs = zip(result.items, highlights, strict=True)
    return structs.replace(
        result, items=[Raw(_with_parts(bytes(item), {"highlight": marked})) for item, marked in pairs]
    )


def list_properties(index: Index, query: Query) -> Properties:
    """List the properties with their counts in a query's result. Raises: BadQueryError, IndexUnavailableError."""
    counts = index.properties(query)
    others = sorted((name for name in counts if name not in FIELDS), key=lambda name: (-counts[name], name))
    return Properties([_property(name, counts.get(name, 0)) for name in (*FIELDS, *others)])


def item_json(item: Item, *, public_url: str = "") -> bytes:
    """Give the JSON of one item, with its address."""
    return _with_more(_ENCODER.encode(item), item.id, None, public_url)


def shown_json(item_id: str, content: bytes, public_url: str) -> bytes:
    """Give the JSON of one item, with its address, where what is stored of it is at hand."""
    return _with_more(content, item_id, None, public_url)


def title_of(item: Item) -> str:
    """Give the title of an item, its id where it has none."""
    return item.title[0].value if item.title else item.id


def item_path(item_id: str) -> str:
    """Give the path of an item's page."""
    return f"/items/{item_id}"


def item_address(item_id: str, public_url: str) -> str:
    """Give the address of an item's page: a path where the hub's own address is not set."""
    return public_url.rstrip("/") + item_path(item_id)


def read_item(raw: Raw) -> Item:
    """Give an item of a result as a struct."""
    return _ITEMS.decode(raw)


def encode(answer: Struct) -> bytes:
    """Give an answer's JSON."""
    return _ENCODER.encode(answer)


def encode_json(answer: object) -> bytes:
    """Give the JSON of an answer that has no struct."""
    return _ENCODER.encode(answer)


def show_hit(hit: Hit, public_url: str) -> Raw:
    """Give a hit's JSON with its address."""
    return Raw(_with_more(bytes(hit.item), hit.id, hit.score, public_url))


def _with_more(item: bytes, item_id: str, score: float | None, public_url: str) -> bytes:
    """Add the address and the score to an item's JSON, which is never empty."""
    more: dict[str, object] = {"url": item_address(item_id, public_url)}
    if score is not None:
        more["score"] = score
    return _with_parts(item, more)


def _with_parts(item: bytes, parts: dict[str, object]) -> bytes:
    """Add parts to an item's JSON without reading it."""
    return item.rstrip()[:-1] + b"," + _ENCODER.encode(parts)[1:]


def _facet(query: Query, name: str, counts: FacetCounts) -> Facet:
    selected = frozenset(selected_values(query.filters, name))
    start = f"{render_name(name)}:"
    return Facet(
        label=property_label(name),
        alternate_label=alternate_label(name),
        values=[
            FacetValue(b.value, label(name, b.value), b.count, b.value in selected, start + render_value(b.value))
            for b in counts.values
        ],
        missing=counts.missing,
        missing_filter=render_missing(name),
        missing_selected=any(c.name == name and c.operator == "missing" and not c.negative for c in query.filters),
        other=counts.other,
        exact=not counts.error_bound,
        error_bound=counts.error_bound,
    )


def _property(name: str, count: int) -> Property:
    field = FIELDS.get(name)
    return Property(
        name=name,
        label=property_label(name),
        alternate_label=alternate_label(name),
        kind=field.kind if field else "keyword",
        facet=field.facet if field else True,
        count=count,
        operators=operators(name),
    )
