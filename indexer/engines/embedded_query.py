"""A query as tantivy searches."""

from collections.abc import Iterable

import tantivy
from tantivy import FieldType, Occur

from indexer.conditions import Limit, by_property, range_limits
from indexer.engines.embedded_schema import extra_value, property_field
from indexer.fields import FIELDS
from indexer.query import Condition
from indexer.tokens import parse_text


def compile_query(
    schema: tantivy.Schema, text: str, filters: Iterable[Condition], *, scored: bool = False
) -> tantivy.Query:
    """Give what finds the items of a query; only its text adds to the score."""
    positives, negatives = by_property(filters)
    parts = [(Occur.Must, _phrase(schema, "text", phrase)) for phrase in parse_text(text)]
    if scored:
        parts += [(Occur.Should, boost) for boost in _boosts(schema, text)]
    if not parts:
        parts = [(Occur.Must, _without_score(tantivy.Query.all_query()))]
    parts += [(Occur.Must, _without_score(_alternatives(schema, conditions))) for conditions in positives]
    parts += [(Occur.MustNot, _clause(schema, condition)) for condition in negatives]
    parts.append((Occur.MustNot, tantivy.Query.term_query(schema, "deleted", True)))
    return tantivy.Query.boolean_query(parts)


def _boosts(schema: tantivy.Schema, text: str) -> list[tantivy.Query]:
    return [
        tantivy.Query.boost_query(_phrase(schema, name, phrase), FIELDS[name].boost)
        for phrase in parse_text(text)
        for name in ("title", "abstract")
    ]


def _phrase(schema: tantivy.Schema, field: str, words: tuple[str, ...]) -> tantivy.Query:
    if len(words) == 1:
        return tantivy.Query.term_query(schema, field, words[0])
    return tantivy.Query.phrase_query(schema, field, list(words))


def _alternatives(schema: tantivy.Schema, conditions: list[Condition]) -> tantivy.Query:
    if len(conditions) == 1:
        return _clause(schema, conditions[0])
    return tantivy.Query.boolean_query([(Occur.Should, _clause(schema, condition)) for condition in conditions])


def _clause(schema: tantivy.Schema, condition: Condition) -> tantivy.Query:
    match condition.operator:
        case "is":
            if condition.name in FIELDS:
                return tantivy.Query.term_query(schema, property_field(condition.name), condition.value)
            return tantivy.Query.term_query(schema, "extra", extra_value(condition.name, condition.value))
        case "exists":
            return tantivy.Query.term_query(schema, "present", condition.name)
        case "missing":
            present = tantivy.Query.term_query(schema, "present", condition.name)
            return tantivy.Query.boolean_query(
                [(Occur.Must, tantivy.Query.all_query()), (Occur.MustNot, present)],
            )
        case "range":
            limits = [(Occur.Must, _limit(schema, limit)) for limit in range_limits(condition) if _is_bound(limit)]
            return tantivy.Query.boolean_query(limits)


def _limit(schema: tantivy.Schema, limit: Limit) -> tantivy.Query:
    return tantivy.Query.range_query(schema, limit.field, FieldType.Integer, limit.low, limit.high)


def _is_bound(limit: Limit) -> bool:
    return limit.low is not None or limit.high is not None


def _without_score(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)
