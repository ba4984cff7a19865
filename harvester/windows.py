"""Windows: parts of a list, cut by from and until, that can be fetched side by side and started again by themselves.

Bounds are full datestamps in UTC with seconds, both inclusive (OAI-PMH 2.0, 2.7.1), None where a window is open to that
side: the first one stays open to the left, because earliestDatestamp is often wrong, the last one to the right.
"""

import datetime as dt
import math
import re
from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from harvester.errors import FatalError, cut

Bounds = tuple[str | None, str | None]
Reason = Literal["whole", "slice", "restart", "short", "dig", "import"]

DAY_S: Final = 86_400
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FEWEST_PAGES: Final = 4
MOST_PAGES: Final = 25
MOST_SLICES: Final = 64
LONG_SLICE_PAGES: Final = 2 * MOST_PAGES
TOLERANCE: Final = dt.timedelta(days=1)  # servers move a bound by a second, take local time, or a day's begin


class Window(Struct, frozen=True, kw_only=True):
    """A part of one set's list ("" is the whole repository), and why it is fetched by itself.

    whole: as asked for; slice: cut to be fetched side by side; restart: once more, because the token was refused;
    short: because the list ended before its own count; dig: to get around records that the repository fails at.
    `restarts` counts how often these bounds were begun again.
    """

    number: int
    set_spec: str
    since: str | None
    until: str | None
    reason: Reason
    restarts: int = 0


class BadDatestampError(FatalError):
    """A date that somebody typed and that is none."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{cut(text)!r} is no date: write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ (UTC)")


def full_datestamp(text: str, *, end: bool = False) -> str:
    """Give a date or datestamp that somebody typed with its seconds: the first of a day, or its last (`end`).

    Raises: BadDatestampError.
    """
    moment = parse_datestamp(text)
    if moment is None:
        raise BadDatestampError(text)
    if end and DAY.fullmatch(text.strip()):
        moment += dt.timedelta(seconds=DAY_S - 1)
    return _text(moment)


def parse_datestamp(text: str) -> dt.datetime | None:
    """Read a datestamp as repositories write it: with or without time, fraction and zone (none is UTC); or None."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def shift(datestamp: str, seconds: int) -> str:
    """Give the full datestamp that is some seconds later."""
    return _text(dt.datetime.fromisoformat(datestamp) + dt.timedelta(seconds=seconds))


def slices_wanted(*, size: int | None, page_size: int, parallel: int, sliced: bool) -> int:
    """Give into how many slices a list is to be cut whose first page is here; 1 is not at all.

    `size` is its completeListSize. A list without one is cut only to be fetched side by side. A slice has 4 to 25
    pages: then one that must be begun again costs little, and the page that is fetched twice for the cut does, too. A
    slice is cut anew only where it is far longer than that (datestamps come in clusters).
    """
    if size is None or page_size == 0:
        return 2 * parallel if parallel > 1 and not sliced else 1
    pages = math.ceil(size / page_size)
    wanted = min(MOST_PAGES, max(FEWEST_PAGES, pages / (2 * parallel)))
    if pages <= (LONG_SLICE_PAGES if sliced or parallel == 1 else 2 * FEWEST_PAGES):
        return 1
    return min(MOST_SLICES, math.ceil(pages / wanted))


def cut_window(window: Bounds, span: tuple[str, str], count: int, *, granule_s: int, disjoint: bool) -> list[Bounds]:
    """Cut a window into at most `count` slices of equal time; one slice where it is too narrow to be cut.

    `span` stands for the sides that are open. `granule_s` is the least step of datestamps (1 or 86400). Neighbours
    share their edge, because some repositories leave out what is at `until`; `disjoint` where it is known what this
    one does.
    """
    first, last = (parse_datestamp(bound or side) for bound, side in zip(window, span, strict=True))
    if first is None or last is None:
        return [window]
    steps = int((last - first).total_seconds()) // granule_s
    count = min(count, steps + 1 if disjoint else steps)
    if count < 2:
        return [window]
    span_steps = steps + 1 if disjoint else steps
    edges = [_granule(first, granule_s, span_steps * place // count) for place in range(1, count)]
    before = [edge - dt.timedelta(seconds=1) if disjoint else _end(edge, granule_s) for edge in edges]
    return list(zip([window[0], *map(_text, edges)], [*map(_text, before), window[1]], strict=True))


def lies_outside(datestamps: Iterable[str], bounds: Bounds) -> bool:
    """Tell whether one of some datestamps is more than a day outside of a window; those not understood are not."""
    since, until = (None if bound is None else parse_datestamp(bound) for bound in bounds)
    for text in datestamps:
        moment = parse_datestamp(text)
        if moment is None:
            continue
        if (since and moment < since - TOLERANCE) or (until and moment > until + TOLERANCE):
            return True
    return False


def _granule(first: dt.datetime, granule_s: int, place: int) -> dt.datetime:
    """Give the begin of the granule that comes `place` after the first one."""
    begin = first.replace(hour=0, minute=0, second=0) if granule_s == DAY_S else first
    return begin + dt.timedelta(seconds=granule_s * place)


def _end(edge: dt.datetime, granule_s: int) -> dt.datetime:
    """Give the last second of the granule that begins at an edge."""
    return edge + dt.timedelta(seconds=granule_s - 1)


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
