"""The index by brute force: every document is looked at for every question. Slow, and short enough to be read."""

from collections import Counter

from indexer.document import Document
from indexer.query import Bucket, Condition, FacetCounts, Query
from indexer.text import AllOf, AnyOf, Clause, Identified, NoneOf, Words, parse_text

LONG_DAY = {4: ("0101", "1231"), 7: ("01", "31"), 10: ("", "")}


def found(documents: list[Document], query: Query) -> list[Document]:
    """Give the documents that a query finds, in its order (by id for relevance)."""
    kept = [d for d in documents if not d.deleted and _has_text(d, query.text) and _fits(d, query.filters)]
    if query.sort.name == "relevance":
        return sorted(kept, key=lambda d: d.id)
    return sorted(kept, key=lambda d: _order(d, query), reverse=query.sort.descending)


def facet(documents: list[Document], query: Query, name: str, size: int) -> FacetCounts:
    """Count one facet of a query without the filters on that property."""
    others = tuple(c for c in query.filters if c.name != name)
    kept = [d for d in documents if not d.deleted and _has_text(d, query.text) and _fits(d, others)]
    counts = Counter(value for d in kept for value in _values(d, name))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    chosen = {c.value for c in query.filters if c.name == name and c.operator == "is" and not c.negative}
    shown = dict(ranked[:size]) | {value: counts[value] for value in chosen}
    return FacetCounts(
        values=tuple(Bucket(v, n) for v, n in sorted(shown.items(), key=lambda pair: (-pair[1], pair[0]))),
        missing=sum(not _values(d, name) for d in kept),
        other=sum(counts.values()) - sum(shown.values()),
    )


def properties(documents: list[Document], query: Query) -> dict[str, int]:
    """Count the properties of what a query finds."""
    return dict(Counter(name for d in found(documents, query) for name in d.present))


def _values(document: Document, name: str) -> tuple[str, ...]:
    return document.props.get(name, ()) + document.extra.get(name, ())


def _has_text(document: Document, text: str) -> bool:
    clause = parse_text(text)
    return clause is None or _says(document, clause)


def _says(document: Document, clause: Clause) -> bool:
    match clause:
        case Words():
            return _has_words(document, clause)
        case Identified():
            return any(clause.value in _values(document, name) for name in clause.names)
        case AllOf():
            return all(_says(document, part) for part in clause.parts)
        case AnyOf():
            return any(_says(document, part) for part in clause.parts)
        case NoneOf():
            return not _says(document, clause.part)


def _has_words(document: Document, asked: Words) -> bool:
    words = (document.words.get(asked.field, "") if asked.field else document.text).split()
    if asked.prefix:
        return any(word.startswith(asked.tokens[0]) for word in words)
    length = len(asked.tokens)
    return any(tuple(words[start : start + length]) == asked.tokens for start in range(len(words)))


def _fits(document: Document, filters: tuple[Condition, ...]) -> bool:
    if any(_holds(document, c) for c in filters if c.negative):
        return False
    wanted = {c.name for c in filters if not c.negative}
    return all(any(_holds(document, c) for c in filters if c.name == name and not c.negative) for name in wanted)


def _holds(document: Document, condition: Condition) -> bool:
    match condition.operator:
        case "is":
            return condition.value in _values(document, condition.name)
        case "exists":
            return condition.name in document.present
        case "missing":
            return condition.name not in document.present
        case "range":
            return _in_range(document, condition)


def _in_range(document: Document, condition: Condition) -> bool:
    if condition.name == "year":
        first = last = document.year
        low = int(condition.low) if condition.low else None
        high = int(condition.high) if condition.high else None
    else:
        first, last = document.date_from, document.date_to
        if condition.name == "harvested":
            first = last = document.harvested
        low = _day(condition.low, 0) if condition.low else None
        high = _day(condition.high, 1) if condition.high else None
    if first is None or last is None:
        return False
    return (low is None or last >= low) and (high is None or first <= high)


def _day(text: str, end: int) -> int:
    """Day 31 of every month does for comparing: no date lies between the true last day and it."""
    return int(text.replace("-", "") + LONG_DAY[len(text)][end])


def _order(document: Document, query: Query) -> tuple[object, ...]:
    if query.sort.name == "harvested":
        return (document.order["harvested"],)
    if query.sort.name == "id":
        return (document.id,)
    if query.sort.name == "title":
        words = document.words.get("title", "").split("\x02")[0].strip()[:100]
        return (not words, words, document.id)
    dated = document.date_from is not None
    return (dated == query.sort.descending, document.date_from or 0, document.id)
