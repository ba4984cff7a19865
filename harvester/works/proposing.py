"""What somebody proposes to change in an item, value by value, and what becomes of it where the item has changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from harvester.item import Metadata
from harvester.works.editing import SINGLE, EditError, check_edit, is_editable
from harvester.works.wording import words_of

MOST_CHANGES: Final = 200
LONGEST_VALUE: Final = 20_000
LONGEST_MESSAGE: Final = 2_000

Conflict = Literal["gone", "taken", "there"]
"""What the item says meanwhile: it has no such value any more, has another where one may be, or has it already."""


class Change(Struct, frozen=True):
    """One value as proposed: in place of `original` (None: it is new), or no more (`proposed` is None)."""

    property: str
    original: str | None
    proposed: str | None


class Fault(Struct, frozen=True):
    """Why a change cannot be taken: its place in the list, what kind of fault, and that in a sentence for programs."""

    place: int
    kind: Literal["not_offered", "not_understood", "one_value", "too_long"]
    text: str


def difference(name: str, rows: Iterable[tuple[str, str]]) -> list[Change]:
    """Give the changes of a property from what its values were and are now, pair by pair; "" is no value."""
    return [Change(name, was or None, now or None) for was, now in rows if was != now]


def apply_changes(values: Sequence[str], changes: Iterable[Change], *, is_single: bool) -> list[str]:
    """Give the values of a property after changes, in their order.

    What is to replace a value that is not there any more is added, so that no accepted word is lost; a property of one
    value has the last one proposed.
    """
    kept = list(values)
    for change in changes:
        _apply(kept, change, is_single=is_single)
    return kept


def find_conflict(item: Metadata, change: Change) -> Conflict | None:
    """Tell in what way an item does not fit a change that was proposed to it."""
    values = words_of(item, change.property)
    if change.proposed is not None and change.proposed in values:
        return "there"
    if change.original is not None:
        return None if change.original in values else "gone"
    return "taken" if values and change.property in SINGLE else None


def changed_properties(item: Metadata, changes: Iterable[Change]) -> dict[str, list[str]]:
    """Give the properties that changes make otherwise, each with all the values that it has after them."""
    found = {}
    for name, own in group_changes(changes).items():
        before = list(words_of(item, name))
        after = apply_changes(before, own, is_single=name in SINGLE)
        if after != before:
            found[name] = after
    return found


def group_changes(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    """Give changes by their property, in their order."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.property, []).append(change)
    return found


def find_faults(item: Metadata, changes: Sequence[Change], offered: Collection[str]) -> list[Fault]:
    """Give what is wrong with changes, none where they can be handed in; `offered` are the properties that may be."""
    return [fault for place, change in enumerate(changes) if (fault := _fault(item, place, changes, offered))]


def reversed_change(change: Change) -> Change:
    """Give the change that takes one back."""
    return Change(change.property, change.proposed, change.original)


def _apply(kept: list[str], change: Change, *, is_single: bool) -> None:
    if change.proposed is None:
        if change.original in kept:
            kept.remove(change.original)
    elif is_single:
        kept[:] = [change.proposed]
    elif change.original in kept:
        kept[kept.index(change.original)] = change.proposed
    elif change.proposed not in kept:
        kept.append(change.proposed)


def _fault(item: Metadata, place: int, changes: Sequence[Change], offered: Collection[str]) -> Fault | None:
    change = changes[place]
    name, value = change.property, change.proposed
    if name not in offered or not is_editable(item, name):
        return Fault(place, "not_offered", f"{name} is not among what may be proposed here: {', '.join(offered)}")
    if value is None:
        return None
    if len(value) > LONGEST_VALUE:
        return Fault(place, "too_long", f"a value has at most {LONGEST_VALUE:,} characters; this has {len(value):,}")
    if name in SINGLE and any(one.property == name and one.proposed is not None for one in changes[:place]):
        return Fault(place, "one_value", f"{name} has one value; propose one")
    try:
        check_edit(item, name, [value])
    except EditError as error:
        return Fault(place, "not_understood", str(error))
    return None
