"""What a filter says, in words."""

from indexer.query import Condition
from search_api.labels import Labels, name_value
from search_api.languages import _

MOST_CHARACTERS = 120
"""Of a value or a text in a line of its own; the whole stands where it is asked for."""


def say_condition(label: Labels, one: Condition) -> str:
    """Give a filter in words, such as `Year: 2015–2017`."""
    name = label(one.name)
    if one.operator in {"exists", "missing"}:
        has = (one.operator == "exists") != one.negative
        return (_("with {property}") if has else _("without {property}")).format(property=name)
    value = say_range(one.low, one.high) if one.operator == "range" else shorten(name_value(one.name, one.value))
    return (_("{property}: not {value}") if one.negative else _("{property}: {value}")).format(
        property=name, value=value
    )


def say_range(low: str | None, high: str | None) -> str:
    """Give a range of years or dates; at least one end is there."""
    if low and high:
        return low if low == high else f"{low}–{high}"
    return _("from {low}").format(low=low) if low else _("until {high}").format(high=high)


def shorten(text: str) -> str:
    """Give a text that fits a line."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rstrip()}…"
