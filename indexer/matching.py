"""Filters without an index: whether a document is one that they find, by the same rules as every engine's."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from harvester.item import Item
from indexer.conditions import Limit, by_property, range_limits
from indexer.document import Document, to_document
from indexer.fields import FIELDS
from indexer.query import Condition

_CONDITIONS: Final = msgspec.json.Decoder(tuple[Condition, ...])
_ENCODER: Final = msgspec.json.Encoder()


def encode_conditions(conditions: Sequence[Condition]) -> bytes:
    """Give conditions as they are stored."""
    return _ENCODER.encode(conditions)


def find_matching(documents: Iterable[Document], conditions: bytes) -> list[str]:
    """Give the ids of the documents that stored conditions find."""
    filters = _CONDITIONS.decode(conditions)
    return [document.id for document in documents if matches(document, filters)]


def pick_matching(conditions: bytes, contents: Iterable[tuple[Item, bytes]]) -> list[str]:
    """Give the ids of the items, each with its JSON, that stored conditions find."""
    return find_matching([to_document(item, content) for item, content in contents], conditions)


def matches(document: Document, filters: Iterable[Condition]) -> bool:
    """Tell whether filters find a document; none finds a tombstone."""
    if document.deleted:
        return False
    positives, negatives = by_property(filters)
    return all(any(_holds(document, one) for one in group) for group in positives) and not any(
        _holds(document, one) for one in negatives
    )


def _holds(document: Document, condition: Condition) -> bool:
    match condition.operator:
        case "is":
            values = document.props if condition.name in FIELDS else document.extra
            return condition.value in values.get(condition.name, ())
        case "exists":
            return condition.name in document.present
        case "missing":
            return condition.name not in document.present
        case "range":
            return all(_is_within(document, limit) for limit in range_limits(condition))


def _is_within(document: Document, limit: Limit) -> bool:
    number: int | None = getattr(document, limit.field)
    if number is None:
        return False
    return (limit.low is None or number >= limit.low) and (limit.high is None or number <= limit.high)
