"""A query as Elasticsearch searches.

One search for hits, total and the facets without filters of their own, one more for each facet whose property is
filtered. One search with a post filter for all of them keeps one core of the node busy where these keep several, and
costs about twice as much where no words make the result small. Without words the items that lack a property are counted
by a search of their own, out of the postings, which costs next to nothing; with words, where few items are looked at
anyway, by an aggregation, which is one search less. So are selected values; without words they are asked for once more,
and only where the top values left them out. Measured by benchmarks/search.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from indexer.conditions import FacetGroup, by_property, facet_groups, range_limits, selected_values, sort_key
from indexer.errors import SEARCH_TIMEOUT_S
from indexer.fields import FIELDS
from indexer.query import Condition, FacetRequest, Query
from indexer.spelling import MAX_EDITS
from indexer.text import AllOf, AnyOf, Clause, Identified, NoneOf, Words, boosted, parse_text

MAX_PROPERTIES: Final = 10_000
SEARCH_TIMEOUT: Final = f"{SEARCH_TIMEOUT_S:.0f}s"

KEPT: Final = b'{"request_cache":true}'
"""The head of a search whose answer a node keeps."""

Body = dict[str, Any]


def compile_searches(query: Query) -> list[Body]:
    """Give the bodies of one multi-search; aggregations are named by the facet's place in the query.

    The last ones count the items without a property, one for each facet that `counted_apart` gives, in that order.
    """
    first, *others = facet_groups(query)
    apart = counted_apart(query)
    hits = _search(query.text, first.filters, scored=query.sort.name == "relevance")
    hits |= {"size": query.size, "track_total_hits": query.with_total, "_source": ["item"]} | _page(query)
    hits["aggs"] = _aggregations(query, first.facets, at_once=not apart)
    counts = [
        _count(query, group.filters) | {"aggs": _aggregations(query, group.facets, at_once=not apart)}
        for group in others
    ]
    without = [
        _count(query, (*group.filters, Condition(facet.name, "exists", negative=True))) | {"track_total_hits": True}
        for group, facet in apart
    ]
    return [hits, *counts, *without]


def counted_apart(query: Query) -> list[tuple[FacetGroup, FacetRequest]]:
    """Give the facets whose missing are counted by searches of their own: all of a query without words, else none."""
    if parse_text(query.text) is not None:
        return []
    return [(group, facet) for group in facet_groups(query) for facet in group.facets]


def is_kept(query: Query) -> bool:
    """Whether a node shall keep the answer until its index changes: that of a page of facets without words.

    They count the whole index or much of it, and there are few of them; by itself a node keeps only what has no hits.
    """
    return bool(counted_apart(query)) and query.after is None


def compile_selected(query: Query, wanted: Mapping[str, Sequence[str]]) -> list[Body]:
    """Give the searches that count some values of facets, each as its facet counts them."""
    return [
        _count(query, group.filters) | {"aggs": _selected(query, facet, wanted[facet.name])}
        for group in facet_groups(query)
        for facet in group.facets
        if facet.name in wanted
    ]


def compile_properties(query: Query) -> Body:
    """Give the search that counts the items of a result by the properties they have."""
    counts = {"present": {"terms": {"field": "present", "size": MAX_PROPERTIES}}}
    return _count(query, query.filters) | {"aggs": counts}


def compile_values(query: Query, name: str, after: str, limit: int) -> Body:
    """Give the search that counts the values of a property in their order, those behind one."""
    source = {"value": {"terms": {"field": facet_field(name)}}}
    counts: Body = {"size": limit, "sources": [source], **({"after": {"value": after}} if after else {})}
    return _count(query, query.filters) | {"aggs": {"values": {"composite": counts}}}


def compile_choices(start: str, limit: int) -> Body:
    """Give the search that counts the choices that begin with a folded text."""
    pattern = re.sub(r"([^\w\s])", r"\\\1", start) + ".*"
    found: Body = {"prefix": {"choices": {"value": start}}}
    query = {"bool": {"filter": [found], "must_not": [{"term": {"deleted": True}}]}}
    order = [{"_count": "desc"}, {"_key": "asc"}]
    counts: Body = {"field": "choices", "size": limit, "include": pattern, "order": order}
    return {"query": query, "timeout": SEARCH_TIMEOUT, "size": 0, "aggs": {"choices": {"terms": counts}}}


def compile_near(word: str) -> Body:
    """Give the search for tokens that are spelled nearly as one."""
    asked = {"field": "text", "suggest_mode": "missing", "max_edits": MAX_EDITS, "prefix_length": 1, "size": 5}
    return {"size": 0, "suggest": {"near": {"text": word, "term": asked}}}


def facet_field(name: str) -> str:
    """Give the field that holds a property's values."""
    return f"props.{name}" if name in FIELDS else f"extra.{name}"


def _search(text: str, filters: Iterable[Condition], *, scored: bool) -> Body:
    clause = parse_text(text)
    must = [] if clause is None else [_text(clause)]
    positives, negatives = by_property(filters)
    parts: Body = {
        "filter": [_alternatives(conditions) for conditions in positives],
        "must_not": [{"term": {"deleted": True}}, *map(_clause, negatives)],
    }
    if scored:
        parts["must"] = must
        parts["should"] = [_words(words, name, FIELDS[name].boost) for words, name in boosted(clause)]
    else:
        parts["filter"] += must
    return {"query": {"bool": parts}, "timeout": SEARCH_TIMEOUT}


def _text(clause: Clause) -> Body:
    match clause:
        case Words():
            return _words(clause, clause.field, 1.0)
        case Identified():
            exact = [{"term": {facet_field(name): clause.value}} for name in clause.names]
            return {"bool": {"should": exact, "minimum_should_match": 1}}
        case AllOf():
            return {"bool": {"must": [_text(part) for part in clause.parts]}}
        case AnyOf():
            return {"bool": {"should": [_text(part) for part in clause.parts], "minimum_should_match": 1}}
        case NoneOf():
            return {"bool": {"must_not": [_text(clause.part)]}}


def _words(words: Words, name: str, boost: float) -> Body:
    field = f"words.{name}" if name else "text"
    if words.prefix:
        return {"prefix": {field: {"value": words.tokens[0], "boost": boost}}}
    if len(words.tokens) == 1:
        return {"term": {field: {"value": words.tokens[0], "boost": boost}}}
    return {"match_phrase": {field: {"query": " ".join(words.tokens), "boost": boost}}}


def _alternatives(conditions: list[Condition]) -> Body:
    if len(conditions) == 1:
        return _clause(conditions[0])
    if all(condition.operator == "is" for condition in conditions):
        return {"terms": {facet_field(conditions[0].name): [condition.value for condition in conditions]}}
    return {"bool": {"should": [_clause(condition) for condition in conditions], "minimum_should_match": 1}}


def _clause(condition: Condition) -> Body:
    match condition.operator:
        case "is":
            return {"term": {facet_field(condition.name): condition.value}}
        case "exists":
            return {"term": {"present": condition.name}}
        case "missing":
            return _missing(condition.name)
        case "range":
            limits = range_limits(condition)
            return {"bool": {"filter": [{"range": {x.field: {"gte": x.low, "lte": x.high}}} for x in limits]}}


def _missing(name: str) -> Body:
    return {"bool": {"must_not": [{"term": {"present": name}}]}}


def _page(query: Query) -> Body:
    folded: Body = {"collapse": {"field": "work"}, "from": query.offset} if query.by_work else {}
    if query.sort.name == "relevance":
        return {"sort": [{"_score": "desc"}, {"id": "asc"}], "from": query.offset} | folded
    key = sort_key(query.sort)
    field = key if key == "id" else f"order.{key}"
    page: Body = {"sort": [{field: "desc" if query.sort.descending else "asc"}]} | folded
    return page | {"search_after": [query.after]} if query.after is not None else page


def _count(query: Query, filters: Iterable[Condition]) -> Body:
    """Give a search for counts alone, over a query's words and some filters."""
    return _search(query.text, filters, scored=False) | {"size": 0}


def _aggregations(query: Query, facets: Iterable[FacetRequest], *, at_once: bool) -> Body:
    """Give what counts the top values of facets; `at_once` also what they are missing in, and their selected values."""
    found: Body = {}
    for facet in facets:
        place = query.facets.index(facet)
        field = facet_field(facet.name)
        found[f"values{place}"] = {"terms": {"field": field, "size": facet.size}}
        if at_once:
            found[f"missing{place}"] = {"missing": {"field": field}}
            if selected := selected_values(query.filters, facet.name):
                found |= _selected(query, facet, selected)
    return found


def _selected(query: Query, facet: FacetRequest, values: Sequence[str]) -> Body:
    terms = {"field": facet_field(facet.name), "size": len(values), "include": list(values)}
    return {f"selected{query.facets.index(facet)}": {"terms": terms}}
