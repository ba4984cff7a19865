"""Which fields of an item are given: `fields=title,doi` leaves the others away."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Raw, structs

from harvester.errors import cut
from indexer.errors import BadQueryError
from search_api.params import Parameter, say_unknown
from search_api.render import Result, ShownItem

FIELDS: Final = Parameter(
    name="fields",
    meaning="Only these fields of each item, parted by commas; id is always given. JSON only.",
    schema={"type": "string"},
    example="title,doi",
)
NAMES: Final = tuple(ShownItem.__struct_fields__)
ALWAYS: Final = "id"

_DECODER: Final = msgspec.json.Decoder(dict[str, Raw])
_ENCODER: Final = msgspec.json.Encoder()


def read_fields(texts: Iterable[str]) -> frozenset[str] | None:
    """Read the names of fields; None is all of them. Raises: BadQueryError (fields) for a name that no item has."""
    names = [name.strip() for text in texts for name in text.split(",")]
    found = frozenset(name for name in names if name)
    for name in sorted(found.difference(NAMES)):
        advice = f"an item has {', '.join(NAMES)}"
        raise BadQueryError("fields", say_unknown("field", cut(name), NAMES, advice))
    return found | {ALWAYS} if found else None


def keep_fields(item: bytes, names: frozenset[str]) -> bytes:
    """Give an item's JSON with these fields only, in its own order."""
    return _ENCODER.encode({name: value for name, value in _DECODER.decode(item).items() if name in names})


def keep_in_result(result: Result, names: frozenset[str] | None) -> Result:
    """Give a page of a result whose items have these fields only; None keeps all."""
    if names is None:
        return result
    return structs.replace(result, items=[Raw(keep_fields(bytes(item), names)) for item in result.items])
