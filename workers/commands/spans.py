"""Lengths of time in arguments."""

import re
from typing import Final

from harvester.errors import cut
from workers.errors import UsageError

UNITS_S: Final = {"h": 3_600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_536_000.0}
SPAN: Final = re.compile(r"([1-9]\d{0,4})([hdwy])")


def read_life(span: str, *, may_be_never: bool = True) -> float:
    """Give how long something is good, in seconds, 0 for never ending. Raises: UsageError."""
    if span == "never" and may_be_never:
        return 0.0
    found = SPAN.fullmatch(span)
    if found is None:
        also = ", or never" if may_be_never else ""
        raise UsageError(f"{cut(span)!r} is no length of time: write 12h, 90d, 4w, 1y{also}")
    return int(found[1]) * UNITS_S[found[2]]
