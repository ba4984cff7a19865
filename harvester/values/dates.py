"""Dates to EDTF (ISO 8601-2:2019, levels 0 and 1), with no more precision than the source has."""

import functools
import re
import sys
from typing import Final

from harvester.item import Date
from harvester.values.tables import fold, load_table

MAX_YEAR: Final = 2999  # repositories write 9999 and 10000-01-01 for "never"
OPEN_START: Final = 0
OPEN_END: Final = 99991231
_MONTH_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# The zero of computer clocks, written where a program had no date.
_NULLS: Final = re.compile(r"(?:1970-01-01|0001-01-01)[T ]00:00:00.*")
_TIME: Final = r"[Tt ]\s*\d{1,2}(?::?\d\d){0,2}(?:[.,]\d+)?\s*(?:[Zz]|UTC|GMT|[+-]\d\d:?\d{0,2})?"
_ISO: Final = re.compile(rf"(-?\d{{4}})(?:([-/.])(\d\d?)(?:\2(\d\d?)(?:{_TIME})?)?)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?\d{6}(?:\.\d+)?Z?)?")
_CJK: Final = re.compile(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?")
_NUMBERS: Final = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}})(?:{_TIME})?")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[-/.](\d{4})")
_UNSPECIFIED: Final = re.compile(r"(\d{3}[Xx]|\d\d[Xx]{2})|(\d{4})-(?:XX(?:-XX)?|(\d\d)-XX)")
_DECADE: Final = re.compile(r"(\d{3})(?:0['’]?s|[u-])(\?)?", re.IGNORECASE)
_CENTURY: Final = re.compile(r"(\d\d)(?:--|uu)|(\d{1,2})(?:st|nd|rd|th) century", re.IGNORECASE)
_ABOUT: Final = re.compile(r"(?:circa|ca\.?|c\.|c |approximately|approx\.?|about|um|vers|~)\s*(?=\d)", re.IGNORECASE)
_COPYRIGHT: Final = re.compile(r"(?:copyright|cop\.?|©|\(c\)|c)\s*(?=\d{4}\b)", re.IGNORECASE)
_YEARS: Final = re.compile(r"(\d{4}[?~]?)\s*[-–—]\s*(\d{4}[?~]?)")
_SHORT_YEARS: Final = re.compile(r"(\d{4})[-–](\d\d)?")
_CLOCK: Final = re.compile(r"\s+\d{1,2}:\d\d(?::\d\d)?(?:\s*(?:GMT|UTC|Z|[A-Z]{3}|[+-]\d{4}))?$")
_WORDS: Final = re.compile(r"[^\W\d_]+|\d+(?:st|nd|rd|th)?|[-–—/]")
_SKIPPED: Final = frozenset(
    [
        "d",
        "de",
        "del",
        "di",
        "of",
        "the",
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thur",
        "thurs",
        "fri",
        "sat",
        "sun",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
)
_SHAPES: Final = {
    "my": (None, 0, 1), "ym": (None, 1, 0), "dmy": (0, 1, 2), "mdy": (1, 0, 2), "ymd": (2, 1, 0),
}  # fmt: skip
_EMBARGO: Final = re.compile(r"info:eu-repo/date/embargoEnd/", re.IGNORECASE)
_EDTF_PART: Final = re.compile(r"(Y?-?\d{4,9}|-?\d{2,3}X{1,2})(?:-(\d\d|XX)(?:-(\d\d|XX))?)?[?~%]?")


@functools.lru_cache(maxsize=16384)
def parse_date(text: str, kind: str = "issued") -> Date:
    """Give a date in EDTF; `edtf` is None where the text names no certain date, and the literal is always kept.

    A timestamp gives its day. A numeric day and month that can be read two ways give the year only. An embargo URI
    (info:eu-repo/date/embargoEnd/) gives the kind `embargo_end`.
    """
    said = text.strip() if text.isascii() else _ascii_digits(text.strip())
    embargo = _EMBARGO.match(said)
    if embargo:
        kind = "embargo_end"
    kind = sys.intern(kind)  # JSON leaves a default out by its identity; a mapping's "issued" is another object
    edtf = _read(said[embargo.end() if embargo else 0 :])
    if edtf is None:
        return Date(kind=kind, literal=text)
    first = edtf.partition("/")[0]
    year = None if first == ".." else int(first.rstrip("?~%").replace("X", "0")[: 5 if first[0] == "-" else 4])
    return Date(edtf, year, _precision(edtf), kind, text)


@functools.lru_cache(maxsize=16384)
def date_bounds(edtf: str) -> tuple[int, int] | None:
    """Give the first and last day of an EDTF date as year * 10000 + month * 100 + day, None where it is no date.

    An open end of an interval is 0 or 99991231. A season is its whole year: its months differ by hemisphere.
    """
    start, slash, end = edtf.partition("/")
    if not slash:
        return _span(start)
    first = (OPEN_START, OPEN_START) if start in {"", ".."} else _span(start)
    last = (OPEN_END, OPEN_END) if end in {"", ".."} else _span(end)
    return None if first is None or last is None or first[0] > last[1] else (first[0], last[1])


def _ascii_digits(text: str) -> str:
    """Write the digits of every script as 0 to 9."""
    return "".join(str(int(mark)) if mark.isdecimal() else mark for mark in text)


def _read(text: str) -> str | None:
    iso = _ISO.fullmatch(text)
    if iso:
        return None if _NULLS.fullmatch(text) else _iso(iso) or _two_years(text)
    text = text.strip(" \t\r\n.,;:")
    if text.startswith(("[", "(")) and text.endswith(("]", ")")):
        text = text[1:-1].strip()
    return _marked(text) or _interval(text) or _numbers(text) or _words(text)


def _iso(match: re.Match[str]) -> str | None:
    year, separator, month, day = match.groups()
    if separator in {"/", "."} and day is None and month is not None and len(month) == 1:
        return None
    return _date(year, month, day)


def _date(year: str, month: str | None = None, day: str | None = None) -> str | None:
    """Put a date together if it exists; a month or day of 00 is one that the source does not know."""
    if not 0 < abs(int(year)) <= MAX_YEAR:
        return None
    if not month or int(month) == 0:
        return year if not day or int(day) == 0 else None
    if not 1 <= int(month) <= 12:
        return None
    if not day or int(day) == 0:
        return f"{year}-{int(month):02}"
    return f"{year}-{int(month):02}-{int(day):02}" if int(day) <= _days_of(int(year), int(month)) else None


def _days_of(year: int, month: int) -> int:
    if month == 2 and (year % 4 or (year % 100 == 0 and year % 400)):
        return 28
    return _MONTH_DAYS[month - 1]


def _marked(text: str) -> str | None:
    """Read a date with a mark of doubt or of missing digits: `1945?`, `ca. 1950`, `c1998`, `1980s`, `19--`, `201X`."""
    doubt = ""
    if text.endswith(("?", "~", "%")):
        text, doubt = text[:-1].strip(), text[-1]
    about = _ABOUT.match(text)
    if about:
        text, doubt = text[about.end() :], doubt or "~"
    copyright_mark = _COPYRIGHT.match(text)
    if copyright_mark:
        text = text[copyright_mark.end() :]
    whole = _unspecified(text)
    if whole is None:
        iso = _ISO.fullmatch(text)
        whole = _iso(iso) if iso else None
    return f"{whole}{doubt}" if whole else None


def _unspecified(text: str) -> str | None:
    found = _UNSPECIFIED.fullmatch(text)
    if found:
        return text.upper() if found[1] or not found[3] or 1 <= int(found[3]) <= 12 else None
    decade = _DECADE.fullmatch(text)
    if decade:
        return f"{decade[1]}X"
    century = _CENTURY.fullmatch(text)
    if century:
        return f"{century[1] or int(century[2]) - 1:02}XX" if century[1] or 2 <= int(century[2]) <= 30 else None
    return None


def _interval(text: str) -> str | None:
    if text.count("/") == 1:
        start, _, end = text.partition("/")
        return _join(_end(start), _end(end))
    years = _YEARS.fullmatch(text)
    return _join(_end(years[1]), _end(years[2])) if years else _two_years(text)


def _two_years(text: str) -> str | None:
    """Read `1998-99` and `1998-` (still going on); `1920-21` are two years, `2001-24` could be more than one thing."""
    years = _SHORT_YEARS.fullmatch(text)
    if not years:
        return None
    first, last = years[1], years[2]
    if last and not (int(last) == int(first[2:]) + 1 or int(last) > 24):
        return None
    return _join(_end(first), f"{first[:2]}{last}" if last else "..")


def _end(text: str) -> str | None:
    text = text.strip()
    if text in {"", ".."}:
        return ".."
    iso = _ISO.fullmatch(text)
    return _iso(iso) if iso else _marked(text)


def _join(start: str | None, end: str | None) -> str | None:
    if start is None or end is None or start == end == "..":
        return None
    if start == end:
        return start
    both = f"{start}/{end}"
    return both if date_bounds(both) and "X" not in both else None


def _numbers(text: str) -> str | None:
    found = _COMPACT.fullmatch(text) or _CJK.fullmatch(text)
    if found:
        return _date(*found.groups())
    found = _MONTH_YEAR.fullmatch(text)
    if found:
        return _date(found[2], found[1])
    found = _NUMBERS.fullmatch(text)
    if not found:
        return None
    first, _, second, year = found.groups()
    as_day_first, as_month_first = _date(year, second, first), _date(year, first, second)
    if as_day_first and as_month_first and as_day_first != as_month_first:
        return year
    return as_day_first or as_month_first


def _words(text: str) -> str | None:
    """Read `12 May 2015`, `May 12, 2015`, `2015 May`, `Spring 2015`, `May-June 2010`."""
    if len(text) > 60:
        return None
    text = _CLOCK.sub("", text)
    months = load_table("months")
    shape, values = "", list[str]()
    for word in _WORDS.findall(text):
        folded = fold(word)
        if word[0].isdigit():
            number = word.rstrip("stndrh")
            shape, values = shape + ("y" if len(number) == 4 else "d"), [*values, number]
        elif folded in months:
            shape, values = shape + "m", [*values, months[folded].label]
        elif word in "-–—/":
            shape += "-"
        elif folded not in _SKIPPED:
            return None
    if shape == "m-my":
        return _join(_in_words("my", values[::2]), _in_words("my", values[1:]))
    return _in_words(shape.replace("-", ""), values)


def _in_words(shape: str, values: list[str]) -> str | None:
    places = _SHAPES.get(shape)
    if places is None:
        return None
    day, month, year = (None if place is None else values[place] for place in places)
    if year is None or month is None or (day is not None and len(day) > 2):
        return None
    if int(month) > 12:
        return f"{year}-{month}" if day is None and _date(year) else None
    return _date(year, month, day)


def _precision(edtf: str) -> str:
    plain = edtf.rstrip("?~%")
    if "/" in plain or "X" in plain or re.fullmatch(r"-?\d{4}-2[1-4]", plain):
        return "interval"
    return ("year", "month", "day")[plain.count("-", 1)]


def _span(text: str) -> tuple[int, int] | None:
    match = _EDTF_PART.fullmatch(text)
    if not match:
        return None
    year, month, day = match.groups()
    low, high = (int(year.removeprefix("Y").replace("X", digit)) for digit in "09")
    first, last = min(low, high), max(low, high)
    if month in {None, "XX", "21", "22", "23", "24"}:
        return first * 10000 + 101, last * 10000 + 1231
    if not 1 <= int(month) <= 12:
        return None
    days = _days_of(first, int(month))
    if day in {None, "XX"}:
        return first * 10000 + int(month) * 100 + 1, last * 10000 + int(month) * 100 + days
    if not 1 <= int(day) <= days:
        return None
    return (first * 10000 + int(month) * 100 + int(day),) * 2
