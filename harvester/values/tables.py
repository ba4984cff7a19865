"""Value tables: which words of repositories mean which term; TOML files that a librarian can edit.

A table names each term once: `["journal article"]` with `uri` and `also`, the other words for it. Words are compared
folded: case, accents' composition, white space and punctuation do not count.
"""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from importlib import resources
from typing import Final

import msgspec
from msgspec import Struct

from harvester.errors import FatalError
from harvester.toml_lines import Path, find_lines, line_of

NOT_A_WORD: Final = re.compile(r"[\W_]+")
NO_LETTERS: Final = dict.fromkeys(code for code in range(128) if not chr(code).isalnum())
_ODD_RUN: Final = re.compile(r"([^\x00-\x7f]+)")
_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)")


class TableError(FatalError):
    """A value table that says one word means two terms, or has not the form of a table; names file, line and entry."""

    def __init__(self, name: str, line: int | None, reason: str) -> None:
        super().__init__(f"table {name}{f', line {line}' if line else ''}: {reason}")
        self.line = line


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One term of a table: its URI, and the other words for it. `kind` is the table's own grouping.

    `starts` and `ends` are words that a longer name of the same thing begins or ends with; `within` are phrases that
    say it in the middle of a sentence.
    """

    uri: str | None = None
    also: tuple[str, ...] = ()
    kind: str | None = None
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


class Known(Struct, frozen=True):
    """A term as a look-up gives it."""

    label: str
    uri: str | None
    kind: str | None


class Phrases(Struct, frozen=True):
    """Words that need not be the whole of a value: how names begin and end, and what sentences say."""

    starts: tuple[tuple[str, Known], ...]
    ends: tuple[tuple[str, Known], ...]
    within: tuple[tuple[str, Known], ...]


def fold(text: str) -> str:
    """Give the form in which words are compared: "Journal-Article" and "journal_article" become "journalarticle"."""
    if text.isascii():
        return text.lower().translate(NO_LETTERS)
    return NOT_A_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())


def fold_accents(text: str) -> str:
    """Give a folded text without its accents, as it is typed where a keyboard has none."""
    if text.isascii():
        return text
    parts = _ODD_RUN.split(text)  # each run beyond ASCII by itself: few are met, and again and again
    parts[1::2] = map(_without_accents, parts[1::2])
    return "".join(parts)


@functools.lru_cache(maxsize=16384)
def _without_accents(run: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", run) if not unicodedata.combining(mark))


def space_words(text: str) -> str:
    """Give a text as its words, small, with one blank before, between and behind them: a phrase is searched in it."""
    return f" {NOT_A_WORD.sub(' ', unicodedata.normalize('NFKC', text).casefold()).strip()} "


def read_table(name: str, content: str) -> dict[str, Known]:
    """Give a table's terms by every folded word for them, its label and its URI.

    Raises: TableError for a word that means two terms, stands there twice, or can never be met.
    """
    index: dict[str, Known] = {}
    places: dict[str, Path] = {}
    for path, word, known in _words(name, content):
        folded = fold(word)
        if not folded:
            raise TableError(name, _line(content, path), f"{word!r} of {known.label!r} has no letter: nothing meets it")
        before = index.setdefault(folded, known)
        if before is not known:
            raise TableError(
                name, _line(content, path), f"{word!r} means both {before.label!r} and {known.label!r}: leave out one"
            )
        first = places.setdefault(folded, path)
        if first != path and "also" in path:
            raise TableError(
                name,
                _line(content, path),
                f"{word!r} of {known.label!r} is on line {_line(content, first)} already (case, blanks and dashes do "
                "not count): leave it out",
            )
    return index


def read_phrases(name: str, content: str) -> Phrases:
    """Give a table's beginnings and ends of names, and what sentences say, the longest first. Raises: TableError."""
    found: dict[str, dict[str, Known]] = {"starts": {}, "ends": {}, "within": {}}
    for label, entry in _entries(name, content).items():
        known = Known(label, entry.uri, entry.kind)
        for kind, phrases in found.items():
            for number, phrase in enumerate(getattr(entry, kind)):
                spaced, path = space_words(phrase), (label, kind, number)
                if not spaced.strip():
                    raise TableError(name, _line(content, path), f"{phrase!r} of {label!r} has no letter")
                if phrases.setdefault(spaced, known) is not known or list(getattr(entry, kind)).index(phrase) != number:
                    raise TableError(name, _line(content, path), f"{phrase!r} of {label!r} is there already")
    longest = {kind: tuple(sorted(one.items(), key=lambda pair: -len(pair[0]))) for kind, one in found.items()}
    return Phrases(longest["starts"], longest["ends"], longest["within"])


@functools.cache
def load_table(name: str) -> dict[str, Known]:
    """Load one of our tables by its name. Raises: TableError."""
    return read_table(name, _content(name))


@functools.cache
def load_phrases(name: str) -> Phrases:
    """Load the phrases of one of our tables. Raises: TableError."""
    return read_phrases(name, _content(name))


@functools.cache
def load_unaccented(name: str) -> dict[str, Known]:
    """Give one of our tables by its words without accents, less those that then mean two things. Raises: TableError."""
    found: dict[str, Known | None] = {}
    for folded, known in load_table(name).items():
        word = fold_accents(folded)
        found[word] = known if found.get(word, known) is known else None
    return {word: known for word, known in found.items() if known is not None}


def _content(name: str) -> str:
    return resources.files("harvester").joinpath("tables", f"{name}.toml").read_text(encoding="utf-8")


def _entries(name: str, content: str) -> dict[str, Entry]:
    try:
        raw = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        raise TableError(name, int(place[1]) if place else content.count("\n") + 1, str(error)) from error
    entries = {}
    for label, entry in raw.items():
        try:
            entries[label] = msgspec.convert(entry, Entry)
        except msgspec.ValidationError as error:
            raise TableError(name, _line(content, (label,)), f"{label!r}: {error}") from error
    return entries


def _words(name: str, content: str) -> Iterator[tuple[Path, str, Known]]:
    """Yield every word of a table with its place: labels, URIs, other words."""
    for label, entry in _entries(name, content).items():
        known = Known(label, entry.uri, entry.kind)
        yield (label,), label, known
        if entry.uri:
            yield (label, "uri"), entry.uri, known
        for number, word in enumerate(entry.also):
            yield (label, "also", number), word, known


def _line(content: str, path: Path) -> int | None:
    return line_of(find_lines(content), path)
