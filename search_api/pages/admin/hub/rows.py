"""Lists of properties as rows of a form: each with a number that says its place, those without one are left out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from indexer.fields import FIELDS
from search_api.languages import _
from search_api.pages.fields import ON

MOST_ROWS: Final = 400
SPARE: Final = 2
"""Rows at the end for properties that are not declared."""


class Row(Struct, frozen=True):
    """A row of the form by its number, and the property that it is for."""

    number: int
    name: str

    def field(self, part: str) -> str:
        """Give the name of one of its fields."""
        return f"row.{self.number}.{part}"


def row_values(chosen: Sequence[str], others: Iterable[str]) -> dict[str, str]:
    """Give what the fields of all rows hold: the chosen ones with their places, then the others, then spare ones."""
    names = [*chosen, *(name for name in others if name not in chosen), *[""] * SPARE]
    values = {}
    for number, name in enumerate(names):
        row = Row(number, name)
        values[row.field("name")] = name
        values[row.field("order")] = str(number + 1) if number < len(chosen) else ""
    return values


def rows_of(values: Mapping[str, str]) -> list[Row]:
    """Give the rows of a form, shown or sent."""
    found = []
    for number in range(MOST_ROWS):
        name = values.get(f"row.{number}.name")
        if name is None:
            break
        found.append(Row(number, name.strip()))
    return found


def order_rows(values: Mapping[str, str]) -> tuple[list[Row], dict[str, str]]:
    """Give the rows with a place in its order, and what is wrong with those whose place is no number."""
    wrong, placed = {}, []
    for row in rows_of(values):
        order = values.get(row.field("order"), "").strip()
        if not order:
            continue
        if not order.isdecimal() or len(order) > 6:
            wrong[row.field("order")] = _("give a number, or nothing to leave it out")
        elif not row.name:
            wrong[row.field("name")] = _("name the property")
        else:
            placed.append((int(order), row))
    return [row for _order, row in sorted(placed, key=lambda pair: (pair[0], pair[1].number))], wrong


def is_on(values: Mapping[str, str], name: str) -> bool:
    """Tell whether a field that is on or off was on."""
    return values.get(name) == ON


def other_names(*, counted: bool) -> list[str]:
    """Give the declared properties in the order of their labels; where asked, only those that can be counted."""
    names = [name for name, field in FIELDS.items() if field.facet or not counted]
    return sorted(names, key=lambda name: FIELDS[name].label)
