"""The two fields of a range of years, which come as parameters of their own, as a filter."""

from collections.abc import Sequence

from harvester.errors import cut
from indexer.errors import BadQueryError
from search_api.histogram import PROPERTY
from search_api.hub import Hub
from search_api.pages.search.asked import Pair, read_asked
from search_api.pages.search.years import FROM, TO, YEAR


def chosen_address(hub: Hub, pairs: Sequence[Pair]) -> str | None:
    """Give the address that says the same by a filter; None where nothing came from the fields.

    Raises: BadQueryError naming the field, and as `read_asked`.
    """
    ends = {name: value.strip() for name, value in pairs if name in {FROM, TO}}
    if not ends:
        return None
    asked = read_asked(hub, [pair for pair in pairs if pair[1] and pair[0] not in ends])
    for name, value in ends.items():
        if value and not YEAR.fullmatch(value):
            raise BadQueryError(name, f"{name} {cut(value)!r} is no year; write it as 2015")
    low, high = ends.get(FROM, ""), ends.get(TO, "")
    if low and high and int(low) > int(high):
        low, high = high, low
    others = asked.without_positives(PROPERTY)
    return asked.with_filters([*others, f"{PROPERTY}:{low}..{high}"] if low or high else others)
