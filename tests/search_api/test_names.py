"""Names of properties are asked of the index, but not each time."""

from search_api.names import KEPT_S, MISSED_S, KnownNames


class CountingIndex:
    """The index of the hub, counting how often it is asked."""

    def __init__(self, index):
        self.index = index
        self.asked = 0

    def properties(self, query):
        self.asked += 1
        return self.index.properties(query)


def test_names_are_kept_and_missed_ones_asked_again(hub):
    index, now = CountingIndex(hub.index), [0.0]
    names = KnownNames(index, clock=lambda: now[0])
    assert "audience" in names
    assert "nothing" not in names
    assert index.asked == 1
    now[0] = MISSED_S
    assert "audience" in names
    assert index.asked == 1
    assert "nothing" not in names
    assert index.asked == 2
    now[0] = MISSED_S + KEPT_S
    assert "audience" in names
    assert index.asked == 3
