"""Value tables: which words of repositories mean which term; TOML files that a librarian can edit.

A table names each term once: `["journal article"]` with `uri` and `also`, the other words for it. Words are compared
folded: case, accents' composition, white space and punctuation do not count.
"""

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from harvester.errors import FatalError

NOT_A_WORD: Final = re.compile(r"[\W_]+")
NO_LETTERS: Final = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())


class TableError(FatalError):
    """A value table that says one word means two terms, or has not the form of a table; names the file."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One term of a table: its URI, and the other words for it. `kind` is the table's own grouping."""

    uri: str | None = None
    also: tuple[str, ...] = ()
    kind: str | None = None


class Known(Struct, frozen=True):
    """A term as a look-up gives it."""

    label: str
    uri: str | None
    kind: str | None


def fold(text: str) -> str:
    """Give the form in which words are compared: "Journal-Article" and "journal_article" become "journalarticle"."""
    if text.isascii():
        return text.lower().translate(NO_LETTERS)
    return NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


def read_table(name: str, content: str) -> dict[str, Known]:
    """Give a table's terms by every folded word for them, its label and its URI. Raises: TableError."""
    try:
        entries = msgspec.convert(tomllib.loads(content), dict[str, Entry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TableError(f"table {name}: {error}") from error
    index: dict[str, Known] = {}
    for label, entry in entries.items():
        known = Known(label, entry.uri, entry.kind)
        for word in (label, *entry.also, *([entry.uri] if entry.uri else [])):
            if index.setdefault(fold(word), known) is not known:
                raise TableError(f"table {name}: {word!r} means both {index[fold(word)].label!r} and {label!r}")
    return index


@functools.cache
def load_table(name: str) -> dict[str, Known]:
    """Load one of our tables by its name. Raises: TableError."""
    content = resources.files("harvester").joinpath("tables", f"{name}.toml").read_text(encoding="utf-8")
    return read_table(name, content)
