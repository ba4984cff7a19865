"""Values of the store that no value table knows, counted once for each record."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec
from msgspec import Struct, field

from harvester.item import Metadata
from harvester.values.funding import known_funder
from harvester.values.languages import is_known_language
from harvester.values.rights import is_known_rights
from harvester.values.roles import find_role
from harvester.values.types import classify_type

MAX_CHARACTERS: Final = 200
DECODER: Final = msgspec.json.Decoder(Metadata)


class Property(Struct, frozen=True):
    """How the values of one property are read, and how it is told whether a table knows one."""

    read: Callable[[Metadata], Iterable[str]]
    knows: Callable[[str], bool]


class Unmapped(Struct):
    """Known and unknown values of one property, and how many records have each unknown one, by its words."""

    known: int = 0
    unknown: int = 0
    values: Counter[str] = field(default_factory=Counter)


def _types(metadata: Metadata) -> list[str]:
    terms = (*metadata.resource_type, *metadata.resource_status, *metadata.genre)
    return [*(term.literal or term.label for term in terms), *metadata.extra.get("type", ())]


def _rights(metadata: Metadata) -> list[str]:
    access = [metadata.access.literal or metadata.access.label] if metadata.access else []
    return [*(rights.uri or rights.literal or rights.label for rights in metadata.rights), *access]


def _roles(metadata: Metadata) -> list[str]:
    return [agent.role for agent in (*metadata.creator, *metadata.contributor) if agent.role]


PROPERTIES: Final[dict[str, Property]] = {
    "type": Property(_types, lambda text: classify_type(text).known),
    "language": Property(
        lambda metadata: [one.literal or one.tag or "" for one in metadata.language], is_known_language
    ),
    "rights": Property(_rights, is_known_rights),
    "role": Property(_roles, lambda text: find_role(text) is not None),
    "funder": Property(
        lambda metadata: [one.funder for one in metadata.funding if one.funder],
        lambda text: known_funder(text)[0] is not None,
    ),
}


def count_values(records: Iterable[bytes], names: Collection[str]) -> dict[str, Unmapped]:
    """Count what tables know and what they do not, over the metadata (JSON) of records, for some properties."""
    found = {name: Unmapped() for name in names}
    for content in records:
        metadata = DECODER.decode(content)
        for name, one in found.items():
            _count(one, PROPERTIES[name], metadata)
    return found


def _count(one: Unmapped, prop: Property, metadata: Metadata) -> None:
    for value in set(prop.read(metadata)):
        if prop.knows(value):
            one.known += 1
        else:
            one.unknown += 1
            one.values[value[:MAX_CHARACTERS]] += 1
