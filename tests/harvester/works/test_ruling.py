"""Rules that can hold at once, and those that cannot."""

import pytest

from harvester.works.ruling import find_contradictions


def rules(*pairs):
    return {frozenset(pair.split(sign)): sign == "=" for pair in pairs for sign in "=#" if sign in pair}


@pytest.mark.parametrize(
    ("standing", "added", "places"),
    [
        ([], ["a=b", "b=c", "c#d"], []),
        ([], ["a=b", "b=c", "a#c"], [2]),
        ([], ["a#c", "a=b", "b=c"], [2]),
        ([], ["a=b", "a#b"], [1]),
        ([], ["a#b", "b=a"], [1]),
        (["a=b"], ["a#b"], []),
        (["a#b"], ["a=b"], []),
        (["a=b", "c=d", "a#c"], ["b=d"], [0]),
        (["a=b", "c=d", "b#d"], ["b#d", "a=c"], [1]),
        (["a=b", "b=c"], ["a#c", "d=e", "e#d"], [0, 2]),
        ([], ["a#c", "a=b", "b=c", "b=d"], [2]),
    ],
)
def test_what_cannot_hold_with_what_is_before_it_is_found(standing, added, places):
    ordered = [(*pair.split("=" if "=" in pair else "#"), "=" in pair) for pair in added]
    assert find_contradictions(rules(*standing), ordered) == places
