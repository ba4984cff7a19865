"""When a schedule is due: a rule in the time of a zone, to the moments that it means.

    hourly [:15]      daily [03:00]      weekly [mon] [03:00]      five fields of cron
    at :15 of each hour; without a time at :00 or 00:00, without a day on Mondays

Where clocks change, cronsim does as Debian's cron: of a time that does not exist the run is made at the end of the gap,
a time that comes twice gets one run, and rules that name no hour go on by the hour. (Of the two kept libraries croniter
7.0 makes two runs of 02:30 on the day on which it comes twice.)
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from harvester.errors import FatalError, cut

DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
HOURLY: Final = re.compile(r"hourly(?: :(?P<minute>[0-5]\d))?")
DAILY: Final = re.compile(r"daily(?: (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))?")
WEEKLY: Final = re.compile(rf"weekly(?: (?P<day>{'|'.join(DAYS)}))?(?: (?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))?")
SPAN: Final = re.compile(r"(\d{1,6})(s|m|h|d)")
SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DAY_S: Final = 86_400.0
LOOKED_AHEAD_S: Final = 8 * DAY_S
LEAST_TIMES: Final = 9
MOST_TIMES: Final = 6_000


class BadScheduleError(FatalError):
    """A rule, zone or jitter that cannot be meant."""


def cron_of(rule: str) -> str:
    """Give the five fields of cron for a rule. Raises: BadScheduleError."""
    rule = " ".join(rule.lower().split())
    if found := HOURLY.fullmatch(rule):
        return f"{int(found['minute'] or 0)} * * * *"
    if found := DAILY.fullmatch(rule):
        return f"{int(found['minute'] or 0)} {int(found['hour'] or 0)} * * *"
    if found := WEEKLY.fullmatch(rule):
        return f"{int(found['minute'] or 0)} {int(found['hour'] or 0)} * * {DAYS.index(found['day'] or 'mon')}"
    try:
        if len(rule.split()) == 5:
            CronSim(rule, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
            return rule
    except CronSimError as error:
        raise BadScheduleError(f"schedule {cut(rule)!r}: {error} (five fields as cron has them)") from error
    raise BadScheduleError(
        f"schedule {cut(rule)!r}: give hourly, daily 03:00, weekly mon 03:00, or the five fields of cron"
    )


def check_zone(zone: str) -> str:
    """Give the name of a time zone back if there is one. Raises: BadScheduleError."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadScheduleError(
            f"time zone {cut(zone)!r} is not in the time zone database: give a name such as Europe/Berlin or UTC"
        ) from error
    return zone


def parse_span(text: str) -> float:
    """Read a length of time such as 90s, 30m, 2h or 1d, in seconds. Raises: BadScheduleError."""
    found = SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise BadScheduleError(f"{cut(text)!r} is no length of time: give a number with s, m, h or d, such as 30m")
    return float(int(found[1]) * SECONDS[found[2]])


def told_span(seconds: float) -> str:
    """Give a length of time as `parse_span` reads it, in the greatest unit that has it whole."""
    whole = round(seconds)
    unit = next(name for name, length in reversed(SECONDS.items()) if whole % length == 0 and (whole or name == "s"))
    return f"{whole // SECONDS[unit]}{unit}"


def jitter_of(endpoint: str, jitter_s: float) -> float:
    """Give how long after its time an endpoint's runs begin: from 0 to `jitter_s`, always the same for one endpoint."""
    share = int.from_bytes(hashlib.sha256(endpoint.encode()).digest()[:8], "big") / 2**64
    return share * jitter_s


def iter_times(rule: str, zone: str, after: float) -> Iterator[float]:
    """Yield the times (seconds since 1970) that a rule means, from the first after a moment on.

    Ends where cron's fields have no time in the next 50 years. Raises: BadScheduleError.
    """
    start = dt.datetime.fromtimestamp(after, ZoneInfo(check_zone(zone)))
    for moment in CronSim(cron_of(rule), start):
        yield moment.timestamp()


def longest_gap(rule: str, zone: str, now: float) -> float | None:
    """Give the longest gap between two coming times of a rule, in seconds; None where it comes but once.

    Those of eight days are looked at, for a night or a week-end may be the longest; of a rarer rule the next nine.
    Raises: BadScheduleError.
    """
    return _longest_gap(rule, zone, now - now % DAY_S)


@lru_cache(maxsize=1_000)  # a rule of every minute takes a quarter of a second, once a day
def _longest_gap(rule: str, zone: str, after: float) -> float | None:
    coming: list[float] = []
    for moment in islice(iter_times(rule, zone, after), MOST_TIMES):
        coming.append(moment)
        if len(coming) >= LEAST_TIMES and moment > after + LOOKED_AHEAD_S:
            break
    return max((later - earlier for earlier, later in pairwise(coming)), default=None)


def longest_gaps(rules: Iterable[tuple[str, str]], now: float) -> dict[tuple[str, str], float]:
    """Give the longest gap of each rule and time zone; those that cannot be read, or come but once, have none."""
    found: dict[tuple[str, str], float] = {}
    for rule, zone in rules:
        try:
            gap_s = longest_gap(rule, zone, now)
        except BadScheduleError:
            continue
        if gap_s is not None:
            found[rule, zone] = gap_s
    return found
