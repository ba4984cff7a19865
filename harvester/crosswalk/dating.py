"""Which of a record's dates is the date of the work.

Counted over 18,945 dc:date values: 35 % of records name several years; in DSpace a plain date is the date of issue and
timestamps are those of deposit, so the form decides and not the order (research of the project, data 3).
"""

import re
from typing import Final

from msgspec import Struct, structs

from harvester.crosswalk.reading import Reading
from harvester.item import Date
from harvester.values.dates import parse_date
from harvester.values.tables import fold

TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d")
PACIFIC_NEW_YEAR: Final = re.compile(
    r"\d{4}-01-01T0[78]:00:00Z"
)  # bepress writes a year alone as midnight of its own zone
PACIFIC_HOUR: Final = ":00:00Z"
MONTHS: Final = 12
SEASONS: Final = range(21, 25)
PREFERRED_KINDS: Final = ("issued", "available", "created", "submitted", "accepted", "updated", "collected", "other")
UNDATED: Final = frozenset({"undated", "nd", "nodate", "sd", "sinefecha", "sinedato", "ohnejahr", "oj", "dateunknown"})
UNAVAILABLE: Final = re.compile(
    r"\(?:(?:unac|unal|unap|unas|unav|unkn|none|null|tba)\)?", re.IGNORECASE
)  # DataCite 4.6, appendix 3


class Dating(Struct, frozen=True, gc=False):
    """The date of the work, the other dates with their kinds, and what was noticed."""

    date: Date | None = None
    others: tuple[Date, ...] = ()
    quality: tuple[str, ...] = ()


NO_DATING: Final = Dating()


def choose_date(readings: list[Reading]) -> Dating:
    """Choose the date of the work from all that a record names; the others are kept with their kinds."""
    if not readings:
        return NO_DATING
    if len(readings) == 1 and not readings[0].parts and readings[0].kind in {"", "issued"}:  # as most
        date = _date(readings[0])
        if date.edtf is not None and date.kind == "issued":
            return Dating(date)
    told = _told_apart(readings)
    dates = [_date(reading) for reading in told]
    understood = [date for date in dates if date.edtf is not None]
    chosen = None if _is_undated(told) else _choose(_coarsest_first(told, dates))
    quality = [] if len(understood) == len(dates) else ["date_not_understood"]
    if chosen is not None and len(understood) > 1 and _disagrees(chosen, understood):
        quality.append("date_disagrees")
    return Dating(chosen, tuple(date for date in dates if date is not chosen), tuple(quality))


def _is_undated(told: list[Reading]) -> bool:
    """Tell whether the source says that there is no date, and all others are of its deposit."""
    plain = [reading.text for reading in told if not reading.kind]
    return bool(plain) and all(not text[:1].isdecimal() and fold(text) in UNDATED for text in plain)


def _coarsest_first(told: list[Reading], dates: list[Date]) -> list[Date]:
    """Give the dates that were understood, in the order in which they are to be believed.

    Of several plain ones without a kind the least precise stands first, then the earliest: days beside a mere year or
    month are those of a deposit or a crawl (CiteSeerX, DSpace). Of those of a kind the earliest stands first (online or
    in print), but DataCite's year of publication before all others.
    """
    understood = [(reading.kind, date) for reading, date in zip(told, dates, strict=True) if date.edtf is not None]
    plain = [date for kind, date in understood if not kind]
    alike = len(plain) == len(understood)  # beside timestamps DSpace gives the date of issue before that of submission
    if len(plain) > 1:
        plain.sort(key=lambda date: (len((date.edtf or "").partition("/")[0]), date.edtf if alike else ""))
    told_apart = [pair for pair in understood if pair[0]]
    told_apart.sort(key=lambda pair: (pair[0] != "publication_year", pair[1].year or 0, pair[1].edtf))
    return plain + [date for _, date in told_apart]


def is_unavailable(text: str) -> bool:
    """Tell whether a text is a code for a value that is not there, such as (:unav)."""
    return text.startswith((":", "(:")) and UNAVAILABLE.fullmatch(text) is not None


def _told_apart(readings: list[Reading]) -> list[Reading]:
    """Give readings without a kind theirs: plain dates are of issue, timestamps beside them of availability."""
    told = [_spelled(reading) for reading in readings if not is_unavailable(reading.text) and not _is_half(reading)]
    if any(reading.kind == "issued_coded" for reading in told):
        told = _uncoded(told)
    stamped = [not reading.kind and TIMESTAMP.match(reading.text) is not None for reading in told]
    if not any(stamped) or len(told) == 1:
        return told
    return [
        structs.replace(reading, kind="available") if is_stamp else reading
        for reading, is_stamp in zip(told, stamped, strict=True)
    ]


def _is_half(reading: Reading) -> bool:
    """Tell whether a reading is one end of a span alone, which is a date of its own."""
    return ("start" in reading.parts) != ("end" in reading.parts)


def _spelled(reading: Reading) -> Reading:
    """Give a date of parts as one text, as precise as the parts that are there."""
    if not reading.parts:
        return reading
    year, month, day, season = (
        next(iter(reading.parts.get(name, ())), "") for name in ("year", "month", "day", "season")
    )
    if not year:
        span = [text for name in ("start", "end") for text in reading.parts.get(name, ())[:1]]
        return structs.replace(reading, text="/".join(span), parts={}) if span else reading
    if month.isdigit():
        is_whole = day.isdigit() and 1 <= int(month) <= MONTHS
        known = 1 <= int(month) <= MONTHS or int(month) in SEASONS
        text = f"{year}-{int(month):02d}-{int(day):02d}" if is_whole else f"{year}-{int(month):02d}" if known else year
    else:
        word = month or season
        text = f"{day} {word} {year}".strip() if month else f"{word} {year}".strip()
    return structs.replace(reading, text=text, parts={})


def _uncoded(readings: list[Reading]) -> list[Reading]:
    """Take a coded year (MARC 008) only where no date in words of the same kind is understood."""
    said = [reading for reading in readings if reading.kind != "issued_coded"]
    if any(reading.kind == "issued" and parse_date(reading.text).edtf for reading in said):
        return said
    coded = [
        structs.replace(reading, kind="issued", text=reading.text.replace("u", "X"))
        for reading in readings
        if reading.kind == "issued_coded"
    ]
    return [*coded, *said]


def _date(reading: Reading) -> Date:
    text = reading.text
    kind = "issued" if reading.kind in {"", "publication_year"} else reading.kind
    if text.endswith(PACIFIC_HOUR) and PACIFIC_NEW_YEAR.fullmatch(text):
        return structs.replace(parse_date(text[:4], kind), literal=text)
    return parse_date(text, kind)


def _choose(dates: list[Date]) -> Date | None:
    """Take the first of the best kind, and of two that agree the more precise one."""
    for kind in PREFERRED_KINDS:
        of_kind = [date for date in dates if date.kind == kind]
        if len(of_kind) == 1:
            return of_kind[0]
        if of_kind:
            first = of_kind[0]
            finer = [date for date in of_kind if date.edtf and first.edtf and date.edtf.startswith(first.edtf)]
            return max(finer, key=lambda date: len(date.edtf or ""), default=first)
    return None


def _disagrees(chosen: Date, dates: list[Date]) -> bool:
    """Tell whether another date of the kind is more than a year away."""
    years = [date.year for date in dates if date.kind == chosen.kind and date.year is not None]
    return chosen.year is not None and any(abs(year - chosen.year) > 1 for year in years)
