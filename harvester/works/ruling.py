"""A curator's rules: pairs of items that are one work, or two, and whether they can all hold at once."""

from collections.abc import Mapping, Sequence

Ruling = tuple[str, str, bool]
"""Two items, and whether they are one work."""


def find_contradictions(standing: Mapping[frozenset[str], bool], added: Sequence[Ruling]) -> list[int]:
    """Give the places in `added` of rules that cannot hold with those before them and the standing ones.

    What is joined is one work with all that its parts are joined with; a pair in it cannot be kept apart. A standing
    rule on a pair of `added` gives way to it. The rules found are left out when those after them are looked at.
    """
    restated = {frozenset((one, other)) for one, other, _ in added}
    groups: dict[str, set[str]] = {}
    enemies: dict[str, set[str]] = {}
    for pair, joined in sorted(standing.items(), key=lambda rule: (not rule[1], sorted(rule[0]))):
        if pair not in restated:
            one, other = sorted(pair)
            _add(groups, enemies, one, other, joined=joined)
    return [
        place
        for place, (one, other, joined) in enumerate(added)
        if not _add(groups, enemies, one, other, joined=joined)
    ]


def _add(groups: dict[str, set[str]], enemies: dict[str, set[str]], one: str, other: str, *, joined: bool) -> bool:
    """Add a rule where it can hold, and tell whether it can."""
    ours, theirs = groups.setdefault(one, {one}), groups.setdefault(other, {other})
    if not joined:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
        return ours is not theirs
    if ours is theirs:
        return True
    if any(not enemies.get(member, set()).isdisjoint(theirs) for member in ours):
        return False
    ours |= theirs
    for member in theirs:
        groups[member] = ours
    return True
