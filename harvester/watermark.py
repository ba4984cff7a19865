"""Watermarks: how far a set has been harvested by the server's clock, and from where the next run asks.

A datestamp is `YYYY-MM-DDThh:mm:ssZ` here, so that texts compare as the moments do.
"""

import datetime as dt
import logging
import math
from collections.abc import Mapping
from typing import Final

from harvester.endpoint import Endpoint
from harvester.errors import cut
from harvester.oai import DAY_GRANULARITY
from harvester.windows import parse_datestamp

log = logging.getLogger(__name__)

OVERLAP_S: Final = 3_600.0
OVERLAP_OF_DAYS_S: Final = 86_400.0
UNSURE_S: Final = 86_400.0


def since_last(watermarks: Mapping[str, str], endpoint: Endpoint, server_now: str) -> str | None:
    """Give the datestamp that an incremental run of an endpoint begins at; None where all must be asked for.

    The set that was harvested longest ago decides. All is asked for where a set has no watermark yet, and where the
    server's clock (`server_now`, the responseDate of its last answer) stands before what would be asked: it was put
    back, and what changed meanwhile may carry either time.
    """
    wanted = endpoint.sets or ("",)
    if not all(name in watermarks for name in wanted):
        return None
    since = reach_back(min(watermarks[name] for name in wanted), endpoint)
    now = read_datestamp(server_now)
    if now is not None and now < since:
        extra = {"endpoint": endpoint.key, "since": since, "server": now}
        log.warning("the server's clock was put back, all is harvested", extra=extra)
        return None
    return since


def reach_back(watermark: str, endpoint: Endpoint) -> str:
    """Give the datestamp so far before a watermark as the endpoint's overlap is.

    The overlap finds what a server dated by another clock, or put into its index late; what comes twice changes
    nothing.
    """
    overlap_s = endpoint.overlap_s
    if overlap_s is None:
        overlap_s = OVERLAP_OF_DAYS_S if endpoint.granularity.strip().upper() == DAY_GRANULARITY else OVERLAP_S
    try:
        return _text(dt.datetime.fromisoformat(watermark) - dt.timedelta(seconds=math.ceil(max(0.0, overlap_s))))
    except OverflowError:  # 0001-01-01, which servers give that have no time
        return watermark


def watermark_of(response_date: str | None, started: float) -> tuple[str, str | None]:
    """Give the watermark for the first answer's responseDate, and what the operator should know of it.

    A date that cannot be read, or that lies more than a day after our own clock, cannot be asked from without loss: our
    own clock at the run's begin (`started`, seconds since 1970), less a day, stands for it.
    """
    date = read_datestamp(response_date or "")
    latest = _text(dt.datetime.fromtimestamp(started + UNSURE_S, dt.UTC))
    if date is not None and date <= latest:
        return date, None
    instead = _text(dt.datetime.fromtimestamp(started - UNSURE_S, dt.UTC))
    fault = "lies in the future" if date else "cannot be read"
    return instead, f"the repository's responseDate {cut(response_date or '')!r} {fault}: {instead} stands for it"


def read_datestamp(text: str) -> str | None:
    """Give a datestamp or date of a server in UTC with seconds; None where it is none. Without a zone it is UTC."""
    moment = parse_datestamp(text)
    return None if moment is None else _text(moment)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat()[:19] + "Z"
