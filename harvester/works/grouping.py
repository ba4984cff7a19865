"""Works put together: which of those that share keys are one."""

from itertools import combinations

from harvester.works.keys import MAX_SHARED, Work, confirm, strength_of


def group(
    works: dict[str, Work], keys: dict[str, tuple[str, ...]], rules: dict[frozenset[str], bool]
) -> list[set[str]]:
    """Put works together; names of works (such as repository and identifier) alone decide between equals.

    `rules` are a curator's: pairs of names that belong together (True) or apart (False). One group never has two own
    DOIs but by a rule. A key that more than 40 works share says nothing. The result depends on the set alone.
    """
    groups = {name: {name} for name in works}
    for pair in sorted((sorted(pair) for pair, joined in rules.items() if joined and pair <= works.keys())):
        _join(groups, *pair)
    for _, one, other in _edges(works, keys):
        if groups[one] is not groups[other] and _may_join(groups[one], groups[other], works, rules):
            _join(groups, one, other)
    return list({id(members): members for members in groups.values()}.values())


def _edges(works: dict[str, Work], keys: dict[str, tuple[str, ...]]) -> list[tuple[int, str, str]]:
    """Give the pairs that share a key and are confirmed, the surest first, then by name."""
    shared: dict[str, list[str]] = {}
    for name in sorted(works):
        for key in keys[name]:
            shared.setdefault(key, []).append(name)
    return sorted(
        (strength_of(key), one, other)
        for key, names in shared.items()
        if len(names) <= MAX_SHARED
        for one, other in combinations(names, 2)
        if confirm(works[one], works[other], key)
    )


def _may_join(ours: set[str], theirs: set[str], works: dict[str, Work], rules: dict[frozenset[str], bool]) -> bool:
    dois = [{works[name].doi for name in side} - {None} for side in (ours, theirs)]
    if all(dois) and dois[0] != dois[1]:
        return False
    return all(rules.get(frozenset((one, other)), True) for one in ours for other in theirs)


def _join(groups: dict[str, set[str]], one: str, other: str) -> None:
    joined = groups[one] | groups[other]
    for name in joined:
        groups[name] = joined
