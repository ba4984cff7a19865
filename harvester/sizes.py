"""Sizes as people read them."""

from typing import Final

UNITS: Final = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3), ("bytes", 1))
ROUNDED: Final = 0.9995
"""So much of a unit is shown as a whole one, where three digits are shown."""


def size(size_bytes: float) -> str:
    """Give a number of bytes in three digits, such as `12.3 GB`."""
    unit, least = next((unit, least) for unit, least in UNITS if size_bytes >= ROUNDED * least or least == 1)
    return f"{size_bytes / least:.3g} {unit}"
