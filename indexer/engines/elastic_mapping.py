"""The mapping of the Elasticsearch index, made from the field table.

Typed keyword per declared property and one flattened field for all others (measured against four other designs,
research of the project, index 1). Token fields hold ready tokens, so only blanks divide them. `item` is kept, not
indexed.
"""

from typing import Any, Final

from indexer.engines.options import NodeOptions
from indexer.fields import FIELDS, table_digest

REFRESH_INTERVAL: Final = "5s"
_NUMBERS: Final = ("date_from", "date_to", "year", "harvested")
_SORT_KEYS: Final = ("date", "date_desc", "title", "harvested", "random")


def index_body(options: NodeOptions) -> dict[str, Any]:
    """Give the body that creates a generation of the index."""
    return {
        "settings": {
            "number_of_shards": options.shards,
            "number_of_replicas": options.replicas,
            "refresh_interval": REFRESH_INTERVAL,
            "analysis": {
                "analyzer": {"tokens": {"tokenizer": "blanks"}},
                "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": 255}},
            },
        },
        "mappings": {"dynamic": False, "_meta": {"digest": table_digest()}, "properties": _properties()},
    }


def _properties() -> dict[str, Any]:
    keyword = {"type": "keyword"}
    tokens = {"type": "text", "analyzer": "tokens"}
    number = {"type": "long"}
    declared = {field.name: keyword for field in FIELDS.values() if field.facet}
    searched = {field.name: tokens for field in FIELDS.values() if field.searched}
    return {
        "id": keyword,
        "version": {"type": "long", "index": False},
        "deleted": {"type": "boolean"},
        "words": {"type": "object", "dynamic": False, "properties": searched},
        "text": tokens,
        "choices": keyword,
        "work": keyword,
        "props": {"type": "object", "dynamic": False, "properties": declared},
        "extra": {"type": "flattened"},
        "present": keyword,
        **dict.fromkeys(_NUMBERS, number),
        "order": {
            "type": "object",
            "dynamic": False,
            "properties": {key: {"type": "keyword", "index": False} for key in _SORT_KEYS},
        },
        "item": {"type": "object", "enabled": False},
    }
