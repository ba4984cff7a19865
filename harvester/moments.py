"""Moments as people read them."""

from datetime import UTC, datetime


def utc(time_s: float) -> str:
    """Give a time (seconds since 1970) in words, to the second, such as `2026-11-23 10:00:00Z`."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
