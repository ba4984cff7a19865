"""New item ids: opaque, URL-safe, unique, and in order of time, so that they are appended to an index, not spread."""

import os
from collections.abc import Iterator
from typing import Final

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
LENGTH: Final = 26
TIME_LETTERS: Final = 10


def mint_ids(count: int, now: float) -> list[str]:
    """Give `count` ids of 26 characters in rising order: 10 of time (milliseconds), 12 random, 4 counted up.

    One draw of 60 random bits serves up to 1,048,576 ids.
    """
    return [identifier for _, identifier in zip(range(count), _ids(now), strict=False)]


def minted_at(item_id: str) -> float:
    """Give when an id was minted, in seconds since 1970, by its first 10 characters."""
    shifted = 0
    for letter in item_id[:TIME_LETTERS]:
        shifted = shifted * 32 + ALPHABET.index(letter)
    return shifted / 1000


def _ids(now: float) -> Iterator[str]:
    while True:
        prefix = _text(int(now * 1000), TIME_LETTERS) + _text(int.from_bytes(os.urandom(8)) >> 4, 12)
        for upper in PAIRS:
            for lower in PAIRS:
                yield prefix + upper + lower


def _text(number: int, length: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (length - 1), -1, -5))
