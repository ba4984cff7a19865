"""Dates as APA 7 writes them (Publication Manual, 9.13 to 9.17), no more precise than the source has them."""

import re
from typing import Final

from harvester.item import Date, Metadata

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
SEASONS: Final = {"21": "Spring", "22": "Summer", "23": "Fall", "24": "Winter"}
EDTF: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?([?~%])?")
_DECADE: Final = re.compile(r"(\d{3})X[?~%]?")
_YEAR: Final = re.compile(r"(\d{4})\b")
_COMING: Final = frozenset(["in press", "preprint/forthcoming resource"])


def write_date(metadata: Metadata, *, with_day: bool) -> str:
    """Give the year, with month and day where they are wanted and known; `in press`; else `n.d.`."""
    if is_in_press(metadata):
        return "in press"
    date = metadata.date
    if date is None or not date.edtf:
        return "n.d."
    return _write(date.edtf, with_day=with_day)


def is_in_press(metadata: Metadata) -> bool:
    """Tell whether a work is accepted and not yet out: nothing says when or where it appeared."""
    if not metadata.resource_status or metadata.date is not None or metadata.volume or metadata.pages:
        return False
    return any(term.label.casefold() in _COMING for term in metadata.resource_status)


def _write(edtf: str, *, with_day: bool) -> str:
    found = EDTF.fullmatch(edtf)
    if found:
        year = f"ca. {found[1]}" if found[4] else found[1]
        return f"{year}{_month(found)}" if with_day and not found[4] else year
    if "/" in edtf:
        return _interval(edtf)
    decade = _DECADE.fullmatch(edtf)
    if decade:
        return f"{decade[1]}0s"
    known = _YEAR.match(edtf)
    return known[1] if known else "n.d."


def _month(found: re.Match[str]) -> str:
    if not found[2]:
        return ""
    if found[2] in SEASONS:
        return f", {SEASONS[found[2]]}"
    if not 1 <= int(found[2]) <= 12:
        return ""
    month = MONTHS[int(found[2]) - 1]
    return f", {month} {int(found[3])}" if found[3] else f", {month}"


def _interval(edtf: str) -> str:
    """Give the years of an interval; one whose end is open goes on to the present."""
    first, _, last = edtf.partition("/")
    start, end = _YEAR.match(first), _YEAR.match(last)
    if start and last == "..":
        return f"{start[1]}–present"
    if start and end and start[1] != end[1]:
        return f"{start[1]}–{end[1]}"
    known = start or end
    return known[1] if known else "n.d."


def date_parts(date: Date) -> list[list[int]] | None:
    """Give a date as CSL-JSON has it: lists of year, month and day; None where its year is not known."""
    found = [EDTF.fullmatch(part) for part in (date.edtf or "").split("/")]
    parts = [[int(number) for number in match.groups()[:3] if number] for match in found if match]
    return [[*part[:1], *(part[1:] if part[1:2] < [13] else [])] for part in parts] or None
