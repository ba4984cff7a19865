"""Texts, numbers and times in the language of the request.

Outside of a request all is English, so that logs and commands read alike everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Final

from babel.dates import format_datetime
from babel.numbers import get_group_symbol

from search_api.languages.catalogue import ENGLISH, catalogue

LANGUAGE: Final[ContextVar[str]] = ContextVar("language", default=ENGLISH)


def _(text: str) -> str:
    """Give a text of the code in the language of the request."""
    return catalogue(LANGUAGE.get()).gettext(text) if text else ""


def _n(one: str, more: str, count: int) -> str:
    """Give a text for a number of things, likewise; neither form has the number in it yet."""
    return catalogue(LANGUAGE.get()).ngettext(one, more, count)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools know
    """Mark a constant as a text of the catalogues; it is translated where it is used."""
    return text


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have all within the block be in another language than that of the request, such as a mail to somebody else."""
    before = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(before)


def show_number(number: int) -> str:
    """Give a number with its groups of thousands."""
    return f"{number:,}".replace(",", _group(LANGUAGE.get()))


def show_date(time_s: float) -> str:
    """Give the day of a time in seconds since 1970, in UTC."""
    return format_datetime(datetime.fromtimestamp(time_s, UTC), _DAYS[LANGUAGE.get()], locale=LANGUAGE.get())


def show_time(time_s: float) -> str:
    """Give a time in seconds since 1970 to the minute, in UTC."""
    return f"{show_date(time_s)} {datetime.fromtimestamp(time_s, UTC):%H:%M} UTC"


@cache
def _group(language: str) -> str:
    return get_group_symbol(language)


_DAYS: Final = {"en": "d MMMM y", "de": "d. MMMM y"}
