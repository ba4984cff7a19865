"""How long one search may take, looked at between its steps."""

import time

from msgspec import Struct

from indexer.errors import SearchTimeoutError


class Limit(Struct, frozen=True):
    """So many seconds, and when they are over by the monotonic clock."""

    seconds: float
    end: float


def begin_limit(seconds: float) -> Limit:
    """Give a limit that counts from now."""
    return Limit(seconds, time.monotonic() + seconds)


def check_limit(limit: Limit) -> None:
    """Raise SearchTimeoutError where the time is over."""
    if time.monotonic() > limit.end:
        raise SearchTimeoutError(limit.seconds)
