"""Which paths of a mapping match nothing in the archived records of an endpoint."""

from collections.abc import Iterable
from typing import Final

from lxml import etree
from msgspec import Struct, structs

from harvester.crosswalk.any_reading import read_any
from harvester.crosswalk.json_reading import JsonMetadataError
from harvester.crosswalk.mapping import Mapping, MappingFile, Rule, compile_rules, read_rules
from harvester.crosswalk.overlay import OwnMapping
from harvester.toml_lines import Path

PROBED: Final = "subject"
"""The target that every rule has here: no reader fills it by itself."""


class Unmatched(Struct, frozen=True):
    """A rule whose path nothing matched, and where it stands in its file."""

    place: Path
    path: str


class _Open(Struct):
    """A rule of which no match is seen yet, alone in a mapping of its own."""

    unmatched: Unmatched
    mapping: Mapping


def unmatched_paths(own: OwnMapping, found: Iterable[etree._Element | bytes]) -> tuple[int, list[Unmatched]]:
    """Give how many records were looked at, and the rules of a file that none of them has anything for.

    It looks no further than until every rule has matched.
    """
    waiting = _rules(own)
    seen = 0
    for metadata in found:
        seen += 1
        waiting = [one for one in waiting if not _matches(one.mapping, metadata)]
        if not waiting:
            break
    return seen, [one.unmatched for one in waiting]


def _rules(own: OwnMapping) -> list[_Open]:
    if isinstance(own, MappingFile):
        return [_alone(("rules", number), rule, own) for number, rule in enumerate(own.rules)]
    base = read_rules(own.extends)
    changed = [(("replace", number), rule) for number, rule in enumerate(own.replace)]
    added = [(("add", number), rule) for number, rule in enumerate(own.add)]
    return [_alone(place, rule, base) for place, rule in changed + added]


def _alone(place: tuple[str, int], rule: Rule, file: MappingFile) -> _Open:
    """Give a mapping of one rule; what the rule is for does not matter, only whether it has a text."""
    asking = structs.replace(rule, to=PROBED)
    mapping = compile_rules(file.format, structs.replace(file, rules=(asking,), own=(), wraps=()))
    return _Open(Unmatched((*place, "path"), rule.path), mapping)


def _matches(mapping: Mapping, metadata: etree._Element | bytes) -> bool:
    try:
        return PROBED in read_any(mapping, metadata).targets
    except JsonMetadataError:
        return False
