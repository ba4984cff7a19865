"""How fast a registry may be asked: one budget for each kind of request, that follows what the answers say.

Defaults are those of the research of the project (doi 1.2): Crossref's polite pool, DataCite with a mail address. A
share of a rate is left unused, so that what the network delays does not fall into the next second.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

SHARE: Final = 0.88
RAISE_EVERY_S: Final = 60.0
STEPS: Final = 10
SLOWEST: Final = 1 / 32
PAUSE_S: Final = 5.0
BREAK_AFTER: Final = 5
SHORTEST_BREAK_S: Final = 30.0
LONGEST_BREAK_S: Final = 3600.0
LONGEST_RATE: Final = 150.0
_INTERVAL: Final = re.compile(r"(\d+)\s*(s|m|h)?")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}

Route = Literal["crossref", "crossref_single", "datacite", "doubt", "negotiation", "respelled"]


class Lane(Struct, frozen=True):
    """A kind of request: its service counts those under way, and `rate` (a second) and `concurrent` are the defaults.

    `batch` is how many DOIs one request asks for.
    """

    name: Route
    service: str
    rate: float
    concurrent: int
    batch: int


LANES: Final[dict[str, Lane]] = {
    lane.name: lane
    for lane in (
        Lane("crossref", "crossref", 3.0, 3, 50),
        Lane("datacite", "datacite", 1000 / 300, 3, 50),
        Lane("crossref_single", "crossref", 10.0, 3, 1),
        Lane("doubt", "doi.org", 5.0, 3, 1),
        Lane("negotiation", "doi.org", 5.0, 3, 1),
        Lane("respelled", "doi.org", 5.0, 3, 1),
    )
}


class Budget(Struct, frozen=True):
    """The budget of a lane: requests a second now and at most, how many at once, and when the next may be made.

    `changed_at` is when the rate last changed, `failures` counts requests in a row without a usable answer.
    """

    rate: float
    ceiling: float
    concurrent: int
    next_at: float = 0.0
    blocked_until: float = 0.0
    changed_at: float = 0.0
    failures: int = 0


class Limits(Struct, frozen=True):
    """What an answer's headers say: requests a second, requests at once, seconds until one may be made again."""

    rate: float | None = None
    concurrent: int | None = None
    pause_s: float | None = None


class Report(Struct, frozen=True):
    """How a request went: answered (whatever it says), told to slow down, or failed."""

    outcome: Literal["answered", "throttled", "failed"]
    limits: Limits = Limits()


def route_of(agency: str, doi: str) -> Route:
    """Give how a DOI of an agency is asked for: Crossref's lists cannot hold a comma, the others have no lists."""
    if agency == "Crossref":
        return "crossref_single" if "," in doi else "crossref"
    return "datacite" if agency == "DataCite" else "negotiation"


def new_budget(lane: Lane) -> Budget:
    """Give the budget that a lane begins with."""
    return Budget(lane.rate, lane.rate, lane.concurrent)


def pace_s(budget: Budget) -> float:
    """Give the seconds between two requests."""
    return 1 / (budget.rate * SHARE)


def adjust(budget: Budget, report: Report, *, started: float, now: float) -> Budget:
    """Give a budget after a request that was made at `started`.

    Told to slow down, the rate is halved, once for all requests that were under way; it rises by a tenth of the ceiling
    a minute. After five failures in a row nothing is asked for 30 s, then longer each time, at most 1 h.
    """
    limits = report.limits
    if limits.rate is not None:
        budget = replace(budget, ceiling=limits.rate, rate=min(budget.rate, limits.rate))
    if limits.concurrent is not None:
        budget = replace(budget, concurrent=limits.concurrent)
    if limits.pause_s is not None:
        budget = replace(budget, blocked_until=max(budget.blocked_until, now + limits.pause_s))
    if report.outcome == "throttled":
        pause = now + (PAUSE_S if limits.pause_s is None else limits.pause_s)
        budget = replace(budget, blocked_until=max(budget.blocked_until, pause))
        if started < budget.changed_at:
            return budget
        return replace(budget, rate=max(budget.rate / 2, budget.ceiling * SLOWEST), changed_at=now)
    if report.outcome == "failed":
        failures = budget.failures + 1
        if failures < BREAK_AFTER:
            return replace(budget, failures=failures)
        rest = min(LONGEST_BREAK_S, SHORTEST_BREAK_S * 2.0 ** min(20, failures - BREAK_AFTER))
        return replace(budget, failures=failures, blocked_until=max(budget.blocked_until, now + rest))
    budget = replace(budget, failures=0)
    if budget.rate < budget.ceiling and now - budget.changed_at >= RAISE_EVERY_S:
        return replace(budget, rate=min(budget.ceiling, budget.rate + budget.ceiling / STEPS), changed_at=now)
    return budget


def read_limits(headers: Mapping[str, str], now: float) -> Limits:
    """Read what the headers of an answer (names in lower case) say of limits; what is no number says nothing."""
    limit = _number(headers.get("x-rate-limit-limit"))
    interval = _INTERVAL.fullmatch(headers.get("x-rate-limit-interval", "").strip())
    seconds = int(interval[1]) * _UNITS[interval[2] or "s"] if interval else 0
    concurrent = _number(headers.get("x-concurrency-limit"))
    pause = None
    left = _number(headers.get("x-ratelimit-remaining") or headers.get("ratelimit-remaining"))
    reset = _number(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"))
    if left == 0 and reset is not None:
        pause = max(0.0, min(LONGEST_BREAK_S, reset - now if reset > LONGEST_BREAK_S else reset))
    return Limits(
        min(LONGEST_RATE, limit / seconds) if limit and seconds else None,
        int(concurrent) if concurrent and concurrent >= 1 else None,
        pause,
    )


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\d{1,12}(?:\.\d{1,6})?", text.strip()) else None
