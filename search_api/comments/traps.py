"""What keeps programs that fill in forms out: a field that people do not see, and how long a form was open.

Neither refuses anybody for good: what stands in the field makes a comment spam, which moderators can see, and a form
that came back too quickly or too late is given again with what was typed.
"""

import hmac
import math
from typing import Final

HIDDEN_FIELD: Final = "website"
STAMP_FIELD: Final = "opened"
PURPOSE: Final = b"oaihub comment forms"
QUICKEST_S: Final = 3.0
LONGEST_S: Final = 12 * 3_600.0


def form_stamp(secret: bytes, place: str, now: float) -> str:
    """Give the field that says when a form of a place (its path) was opened."""
    opened = str(math.floor(now * 10))
    return f"{opened}.{_signature(secret, place, opened)}"


def is_too_quick(secret: bytes, place: str, stamp: str, now: float) -> bool:
    """Tell whether a form came back sooner than a person can fill it in."""
    age_s = _age_s(secret, place, stamp, now)
    return age_s is not None and age_s < QUICKEST_S


def is_too_old(secret: bytes, place: str, stamp: str, now: float) -> bool:
    """Tell whether a form was open for too long, or is none of ours."""
    age_s = _age_s(secret, place, stamp, now)
    return age_s is None or age_s > LONGEST_S


def _age_s(secret: bytes, place: str, stamp: str, now: float) -> float | None:
    opened, _, signature = stamp.partition(".")
    if not (opened.isascii() and opened.isdigit() and len(opened) < 18):
        return None
    if not hmac.compare_digest(signature.encode(), _signature(secret, place, opened).encode()):
        return None
    return now - int(opened) / 10


def _signature(secret: bytes, place: str, opened: str) -> str:
    key = hmac.digest(secret, PURPOSE, "sha256")
    return hmac.digest(key, f"{place} {opened}".encode(), "sha256").hex()[:32]
