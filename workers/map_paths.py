"""Which paths of a mapping match nothing in the archived records of an endpoint."""

from collections.abc import Iterable

from lxml import etree
from msgspec import Struct

from harvester.crosswalk.mapping import Mapping, MappingFile, Rule, compile_rules, read_rules
from harvester.crosswalk.overlay import OwnMapping
from harvester.crosswalk.reading import read_metadata
from harvester.toml_lines import Path


class Unmatched(Struct, frozen=True):
    """A rule whose path nothing matched, and where it stands in its file."""

    place: Path
    path: str


class _Open(Struct):
    """A rule of which no match is seen yet, alone in a mapping of its own."""

    unmatched: Unmatched
    mapping: Mapping


def unmatched_paths(own: OwnMapping, elements: Iterable[etree._Element]) -> tuple[int, list[Unmatched]]:
    """Give how many records were looked at, and the rules of a file that none of them has anything for.

    It looks no further than until every rule has matched.
    """
    waiting = _rules(own)
    seen = 0
    for element in elements:
        seen += 1
        waiting = [one for one in waiting if not read_metadata(one.mapping, element).targets]
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
    mapping = compile_rules(file.format, MappingFile(file.format, file.root, (rule,), named=file.named))
    return _Open(Unmatched((*place, "path"), rule.path), mapping)
