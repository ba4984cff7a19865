"""What Elasticsearch answers, as structs, and as hits and facets of ours."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from indexer.conditions import selected_values
from indexer.engines.elastic_query import counted_apart
from indexer.errors import SEARCH_TIMEOUT_S, IndexUnavailableError, SearchTimeoutError
from indexer.facets import complete_facet
from indexer.query import Bucket, FacetCounts, Hit, Hits, Query


class FoundItem(Struct, frozen=True):
    """The part of a document that is asked for."""

    item: Raw = Raw(b"{}")


class FoundHit(Struct, frozen=True, rename={"id": "_id", "source": "_source", "score": "_score"}):
    """One hit; `sort` holds the key asked for."""

    id: str
    source: FoundItem = FoundItem()
    score: float | None = None
    sort: list[str | float | int | None] = []


class FoundTotal(Struct, frozen=True):
    """The number of all hits."""

    value: int = 0


class FoundHits(Struct, frozen=True):
    """The hits of one search."""

    total: FoundTotal = FoundTotal()
    hits: list[FoundHit] = []


class FoundBucket(Struct, frozen=True, gc=False):
    """One value and its number of documents."""

    key: str
    doc_count: int


class FoundAggregation(Struct, frozen=True):
    """A terms aggregation, or a filter's single count."""

    doc_count: int = 0
    doc_count_error_upper_bound: int = 0
    sum_other_doc_count: int = 0
    buckets: list[FoundBucket] = []


class Answer(Struct, frozen=True):
    """One search of a multi-search; `status` is not 200 where it failed, `error` says why."""

    hits: FoundHits = FoundHits()
    aggregations: dict[str, FoundAggregation] = {}
    timed_out: bool = False
    status: int = 200
    error: Raw = Raw(b"")


class Answers(Struct, frozen=True):
    """The answer to a multi-search, one for each search, in order."""

    responses: list[Answer] = []


class _ValueKey(Struct, frozen=True):
    value: str


class _ValueBucket(Struct, frozen=True):
    key: _ValueKey
    doc_count: int


class _ValueBuckets(Struct, frozen=True):
    buckets: list[_ValueBucket] = []


class _ValueAnswer(Struct, frozen=True):
    values: _ValueBuckets


class _Values(Struct, frozen=True):
    aggregations: _ValueAnswer | None = None
    timed_out: bool = False


AnswerT = TypeVar("AnswerT", Answer, _Values)


def in_time(answer: AnswerT) -> AnswerT:
    """Give an answer that is whole. Raises: SearchTimeoutError where the node stopped at the time limit."""
    if answer.timed_out:
        raise SearchTimeoutError(SEARCH_TIMEOUT_S)
    return answer


class _Near(Struct, frozen=True):
    text: str


class _NearWords(Struct, frozen=True):
    options: list[_Near] = []


class _Suggest(Struct, frozen=True):
    near: list[_NearWords] = []


class _NearAnswer(Struct, frozen=True):
    suggest: _Suggest = _Suggest()


def read_near(content: bytes) -> list[str]:
    """Give the tokens that the node suggests, in its order."""
    found = msgspec.json.decode(content, type=_NearAnswer).suggest.near
    return [option.text for words in found for option in words.options]


def read_values(content: bytes) -> list[Bucket]:
    """Give the values of a property with their counts, in the order of the answer."""
    found = in_time(msgspec.json.decode(content, type=_Values)).aggregations
    return [Bucket(bucket.key.value, bucket.doc_count) for bucket in found.values.buckets] if found else []


def read_answers(content: bytes) -> list[Answer]:
    """Give the answers of a multi-search. Raises: IndexUnavailableError (a search failed), SearchTimeoutError."""
    answers = msgspec.json.decode(content, type=Answers).responses
    for answer in answers:
        in_time(answer)
        if answer.status >= 400:
            reason = bytes(answer.error)[:200].decode(errors="replace")
            raise IndexUnavailableError(f"the index could not answer: {reason}")
    return answers


def unseen_values(query: Query, answers: Sequence[Answer]) -> dict[str, list[str]]:
    """Give the selected values that are not counted yet though items may have them, by facet."""
    found = _by_name(answers)
    unseen = {}
    for place, facet in enumerate(query.facets):
        if f"selected{place}" in found:
            continue
        top = found[f"values{place}"]
        shown = {bucket.key for bucket in top.buckets}
        wanted = [value for value in selected_values(query.filters, facet.name) if value not in shown]
        if wanted and top.sum_other_doc_count:  # else these are all values that there are
            unseen[facet.name] = wanted
    return unseen


def read_hits(query: Query, answers: Sequence[Answer], chosen: Sequence[Answer] = ()) -> Hits:
    """Give the result of a query by what its searches found; `chosen` are those for selected values."""
    found = _by_name([*answers, *chosen])
    missing = _missing(query, answers, found)
    first = answers[0].hits
    relevance = query.sort.name == "relevance"
    return Hits(
        total=first.total.value,
        hits=tuple(
            Hit(hit.id, hit.source.item, "" if relevance else str(hit.sort[0]), hit.score if relevance else None)
            for hit in first.hits
        ),
        facets={
            facet.name: _facet(found, place, missing[facet.name], selected_values(query.filters, facet.name))
            for place, facet in enumerate(query.facets)
        },
    )


def _by_name(answers: Sequence[Answer]) -> dict[str, FoundAggregation]:
    return {name: value for answer in answers for name, value in answer.aggregations.items()}


def _missing(query: Query, answers: Sequence[Answer], found: dict[str, FoundAggregation]) -> dict[str, int]:
    """Give the number of items without the property of each facet."""
    apart = counted_apart(query)
    if not apart:
        return {facet.name: found[f"missing{place}"].doc_count for place, facet in enumerate(query.facets)}
    totals = answers[-len(apart) :]
    return {facet.name: answer.hits.total.value for (_, facet), answer in zip(apart, totals, strict=True)}


def _facet(found: dict[str, FoundAggregation], place: int, missing: int, selected: tuple[str, ...]) -> FacetCounts:
    top = found[f"values{place}"]
    chosen = found.get(f"selected{place}", FoundAggregation())
    return complete_facet(
        values=[Bucket(bucket.key, bucket.doc_count) for bucket in top.buckets],
        selected=dict.fromkeys(selected, 0) | {bucket.key: bucket.doc_count for bucket in chosen.buckets},
        missing=missing,
        rest=top.sum_other_doc_count,
        error_bound=top.doc_count_error_upper_bound,
    )
