"""A query as tantivy searches."""

from collections.abc import Iterable

import tantivy
from tantivy import FieldType, Occur

from indexer.conditions import Limit, by_property, range_limits
from indexer.engines.embedded_schema import extra_value, property_field, words_field
from indexer.fields import FIELDS
from indexer.query import Condition
from indexer.spelling import MAX_EDITS
from indexer.text import AllOf, AnyOf, Clause, Identified, NoneOf, Words, boosted, parse_text


def compile_query(
    schema: tantivy.Schema, text: str, filters: Iterable[Condition], *, scored: bool = False
) -> tantivy.Query:
    """Give what finds the items of a query; only its text adds to the score."""
    positives, negatives = by_property(filters)
    clause = parse_text(text)
    parts = [(Occur.Must, _everything() if clause is None else _text(schema, clause))]
    if scored:
        parts += [(Occur.Should, _boost(schema, words, name)) for words, name in boosted(clause)]
    parts += [(Occur.Must, _without_score(_alternatives(schema, conditions))) for conditions in positives]
    parts += [(Occur.MustNot, _clause(schema, condition)) for condition in negatives]
    parts.append((Occur.MustNot, tantivy.Query.term_query(schema, "deleted", True)))
    return tantivy.Query.boolean_query(parts)


def compile_near(schema: tantivy.Schema, word: str) -> tantivy.Query:
    """Give what finds items with tokens that are spelled nearly as one."""
    near = tantivy.Query.fuzzy_term_query(schema, "text", word, distance=MAX_EDITS)
    gone = tantivy.Query.term_query(schema, "deleted", True)
    return tantivy.Query.boolean_query([(Occur.Must, near), (Occur.MustNot, gone)])


def _text(schema: tantivy.Schema, clause: Clause) -> tantivy.Query:
    match clause:
        case Words():
            return _words(schema, clause, clause.field)
        case Identified():
            return _any([tantivy.Query.term_query(schema, property_field(n), clause.value) for n in clause.names])
        case AllOf():
            return tantivy.Query.boolean_query([(Occur.Must, _text(schema, part)) for part in clause.parts])
        case AnyOf():
            return _any([_text(schema, part) for part in clause.parts])
        case NoneOf():
            parts = [(Occur.Must, _everything()), (Occur.MustNot, _text(schema, clause.part))]
            return tantivy.Query.boolean_query(parts)


def _words(schema: tantivy.Schema, words: Words, name: str) -> tantivy.Query:
    field = words_field(name)
    if words.prefix:  # tokens are letters, digits and marks: nothing that a pattern takes otherwise
        return tantivy.Query.regex_query(schema, field, f"{words.tokens[0]}.*")
    if len(words.tokens) == 1:
        return tantivy.Query.term_query(schema, field, words.tokens[0])
    return tantivy.Query.phrase_query(schema, field, list(words.tokens))


def _boost(schema: tantivy.Schema, words: Words, name: str) -> tantivy.Query:
    return tantivy.Query.boost_query(_words(schema, words, name), FIELDS[name].boost)


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def _everything() -> tantivy.Query:
    return _without_score(tantivy.Query.all_query())


def _alternatives(schema: tantivy.Schema, conditions: list[Condition]) -> tantivy.Query:
    if len(conditions) == 1:
        return _clause(schema, conditions[0])
    return _any([_clause(schema, condition) for condition in conditions])


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
