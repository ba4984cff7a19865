"""Items as rows of a table: one column for each declared property, several values in one cell."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from harvester.item import Item
from indexer.fields import FIELDS, LINKED

BETWEEN: Final = " | "
MAX_CELL_CHARACTERS: Final = 32_767  # what a spreadsheet's cell holds
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Final = ("id", "url", *(name for name in FIELDS if name not in LINKED), "links", "other")
"""The names of the columns: the properties', then `links` (relation: target) and `other` (name: value)."""

_READ: Final = tuple(field.read for name, field in FIELDS.items() if name not in LINKED)


def row_of(item: Item, url: str) -> list[str]:
    """Give the cells of an item in the order of the columns; several values are parted by " | "."""
    declared = [_cell(read(item)) for read in _READ]
    links = [f"{link.relation}: {link.doi or link.url or link.title}" for link in item.links]
    others = [f"{name}: {value}" for name, values in item.extra.items() for value in values if value]
    return [item.id, url, *declared, BETWEEN.join(links), BETWEEN.join(others)]


def _cell(values: Sequence[str]) -> str:
    """Join values, each once; most properties of an item have none or one."""
    if len(values) > 1:
        return BETWEEN.join(dict.fromkeys(filter(None, values)))
    return values[0] if values else ""


def write_row(cells: Iterable[str], delimiter: str) -> str:
    """Give a row as CSV (RFC 4180), or with another delimiter.

    What a spreadsheet would run as a formula gets an apostrophe before it, as OWASP advises; numbers stay as they are.
    """
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\r\n").writerow(
        [_harmless(cell) if cell.startswith(FORMULA) else cell for cell in cells]
    )
    return written.getvalue()


def _harmless(cell: str) -> str:
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
