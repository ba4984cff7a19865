"""Parts of metadata that two readings of one record share: composed once, taken over where the targets are the same."""

from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from msgspec import Struct

from harvester.crosswalk.reading import Reading

Targets = dict[str, list[Reading]]
PartT = TypeVar("PartT")
MoreP = ParamSpec("MoreP")
LOOKS_AT: Final = {
    name: frozenset(targets.split())
    for name, targets in {
        "cite": "citation source identifier description relation link related_item type creator "
        "publisher volume issue pages issn",
        "_dating": "date",
        "name_work": "doi identifier isbn relation",
        "_funding_and_descriptions": "funding funder grant_number relation rights identifier description",
        "_titles": "title alternative",
        "_types": "type type_general status genre",
        "_rights": "rights",
        "_agents": "creator contributor",
        "_publishers": "publisher publisher_coded",
        "_languages": "language language_coded",
        "_subjects": "subject",
        "link_work": "link relation related_item",
    }.items()
}
"""The targets that the function for each part looks at; the tests see to it that it looks at no others."""


class Parts(Struct):
    """The parts of a record's metadata by one reading, and the targets that another reads otherwise."""

    targets: Targets | None = None
    known: dict[object, object] = {}
    otherwise: set[str] = set()


def compare_targets(parts: Parts, targets: Targets) -> None:
    """Take note of the targets of the first reading, and of where those of the second differ."""
    if parts.targets is None:
        parts.targets = targets
    else:
        before = parts.targets
        otherwise = {name for name, readings in targets.items() if before.get(name) != readings}
        parts.otherwise = otherwise.union(before.keys() - targets.keys())


def take_part(
    parts: Parts | None,
    section: Callable[Concatenate[Targets, MoreP], PartT],
    targets: Targets,
    *more: MoreP.args,
    **named: MoreP.kwargs,
) -> PartT:
    """Give what `section` makes of the targets: what it made before, where both readings have the same for it.

    What it gives must not be changed afterwards.
    """
    if parts is None:
        return section(targets, *more, **named)
    key = (section, more) if more else section
    if key in parts.known and LOOKS_AT[section.__name__].isdisjoint(parts.otherwise):
        return parts.known[key]  # type: ignore[return-value]  # it is what this very section gave
    composed = parts.known[key] = section(targets, *more, **named)
    return composed
