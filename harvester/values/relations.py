"""How resources are related: DCMI terms, DataCite's and Crossref's types in one set of names, each with its inverse."""

import functools
import re
import tomllib
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from harvester.item import RESERVED_NAMES
from harvester.values.tables import TableError, fold

BEFORE: Final = re.compile(r"[/#:]")  # the word, as in dcterms:isPartOf
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Relation(Struct, frozen=True, forbid_unknown_fields=True):
    """A way in which one resource is related to another.

    `alternate` is a label that a hub may prefer; `inverse` is the name of what the other resource is to this one, ""
    where nobody says it so; `iri` is empty where DCMI has no term; `also` are other vocabularies' words for it.
    """

    label: str
    alternate: str = ""
    inverse: str = ""
    iri: str = ""
    also: tuple[str, ...] = ()


def read_relations(content: str) -> dict[str, Relation]:
    """Read a table of relations, by name. Raises: TableError for an inverse that is not there or leads elsewhere."""
    try:
        table = msgspec.convert(tomllib.loads(content), dict[str, Relation])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TableError("relations", None, str(error)) from error
    for name, relation in table.items():
        if relation.inverse and table.get(relation.inverse, relation).inverse != name:
            reason = f"{relation.inverse!r}, the inverse of {name!r}, is not there or has another inverse"
            raise TableError("relations", None, reason)
    return table


RELATIONS: Final = read_relations(
    resources.files("harvester").joinpath("tables", "relations.toml").read_text(encoding="utf-8")
)
"""All relations that have a property of their own, by its name, in the order of the properties."""

_NAMES: Final = {fold(word): name for name, one in RELATIONS.items() for word in (name, *one.also)}


@functools.lru_cache(maxsize=1024)
def normal_relation(text: str) -> str:
    """Give the name of a relation for any vocabulary's word: IsCitedBy and isReferencedBy are is_referenced_by.

    A word that no table knows becomes a name of its own (isFoo is is_foo); none at all, or one that names another
    property, is `relation`.
    """
    word = BEFORE.split(text.strip())[-1]
    name = _NAMES.get(fold(word)) or CAMEL.sub("_", word).replace("-", "_").replace(" ", "_").lower()
    return "relation" if not name or name in RESERVED_NAMES else name
