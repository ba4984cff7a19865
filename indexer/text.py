r"""What a person's search text asks for, the same in every engine.

    words             all must occur, in any of the searched properties; case and accents do not matter
    "a phrase"        its words must stand one after another
    improv*           words that begin so (two letters at least)
    title:word        a word, "phrase", prefix* or (several) of one searched property; no blank after the colon
    this OR that      either; AND, which is also what stands between words without it, binds closer
    NOT this          must not occur
    ( )               what belongs together

The operators are written in capitals. A word that is a DOI, a link or another identifier finds the item that it
identifies, and those that mention it. What is left open or empty (a quote, a parenthesis, an operator without its
side) means nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

from msgspec import Struct

from harvester.values.identifiers import parse_identifier
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, normal_value
from indexer.tokens import stands_alone, tokens

MAX_TOKENS: Final = 100
MAX_DEPTH: Final = 20
MIN_PREFIX_CHARACTERS: Final = 2
_UNSURE: Final = frozenset({"other", "isbn", "issn"})
IDENTIFYING: Final = ("doi", "identifier", "record_identifier")
"""The properties in which an identifier is looked for."""

_FIELDS: Final = "|".join(field.name for field in FIELDS.values() if field.searched)
_QUOTE: Final = '"“”„«»'
# A word may have parentheses inside, as old DOIs do: 10.1016/S0140-6736(20)30183-5.
_LEXEME: Final = re.compile(
    rf"""
    (?P<field>{_FIELDS}):(?=[^\s)]) |
    [{_QUOTE}](?P<phrase>[^{_QUOTE}]*)[{_QUOTE}] |
    (?P<mark>[()]) |
    (?P<word>(?:[^\s{_QUOTE}()]|(?<=[^\s{_QUOTE}()])\([^\s{_QUOTE}()]*\))+)
    """,
    re.VERBOSE,
)
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
_ENDS: Final = frozenset({"OR", ")"})


class Words(Struct, frozen=True):
    """Tokens one after another in a searched property, "" is any; with `prefix` the last one may go on."""

    tokens: tuple[str, ...]
    field: str = ""
    prefix: bool = False


class Identified(Struct, frozen=True):
    """Items that have this value in one of these properties."""

    names: tuple[str, ...]
    value: str


class AllOf(Struct, frozen=True):
    """All parts must hold."""

    parts: tuple["Clause", ...]


class AnyOf(Struct, frozen=True):
    """One of the parts must hold."""

    parts: tuple["Clause", ...]


class NoneOf(Struct, frozen=True):
    """The part must not hold."""

    part: "Clause"


Clause = Words | Identified | AllOf | AnyOf | NoneOf


class _Lexeme(Struct, frozen=True):
    """One piece of the text; `kind` is field, phrase, word, a parenthesis, or an operator."""

    kind: str
    text: str


@lru_cache(maxsize=1_024)
def parse_text(text: str) -> Clause | None:
    """Read a search text; None where it asks for nothing.

    Raises: BadQueryError (q) over 100 tokens, over 20 parentheses in each other, and for a prefix of one letter.
    """
    reader = _Reader(list(_lexemes(text)))
    parts = []
    while not reader.at_end():  # a parenthesis too many ends one part
        part = reader.read_any("", 0)
        if part is not None:
            parts.append(part)
        reader.skip(")")
    clause = _all(parts)
    if clause is not None and sum(len(words.tokens) for words in iter_words(clause, negated=True)) > MAX_TOKENS:
        raise BadQueryError("q", f"q has more than {MAX_TOKENS} words; search for the rarest of them")
    return clause


def iter_words(clause: Clause | None, *, negated: bool = False) -> Iterator[Words]:
    """Yield the words of a clause, those under NOT only where asked for."""
    match clause:
        case Words():
            yield clause
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from iter_words(part, negated=negated)
        case NoneOf(part) if negated:
            yield from iter_words(part, negated=True)


def boosted(clause: Clause | None) -> list[tuple[Words, str]]:
    """Give the words that count more in some properties, with the name of each."""
    free = [words for words in iter_words(clause) if not words.field]
    return [(words, field.name) for words in free for field in FIELDS.values() if field.boost]


class _Reader:
    """Reads lexemes from left to right by the grammar: any = all OR all, all = part part, part = NOT part."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._place = 0

    def at_end(self) -> bool:
        return self._place == len(self._lexemes)

    def skip(self, kind: str) -> bool:
        found = not self.at_end() and self._lexemes[self._place].kind == kind
        self._place += found
        return found

    def read_any(self, field: str, depth: int) -> Clause | None:
        parts = []
        while True:
            part = self._read_all(field, depth)
            if part is not None:
                parts.append(part)
            if not self.skip("OR"):
                return _any(parts)

    def _read_all(self, field: str, depth: int) -> Clause | None:
        parts = []
        while not self.at_end() and self._lexemes[self._place].kind not in _ENDS:
            part = self._read_part(field, depth)
            if part is not None:
                parts.append(part)
        return _all(parts)

    def _read_part(self, field: str, depth: int) -> Clause | None:
        if depth > MAX_DEPTH:
            raise BadQueryError("q", f"q has more than {MAX_DEPTH} parentheses, fields and NOTs in each other")
        if self.at_end() or self._lexemes[self._place].kind in _ENDS:
            return None
        lexeme = self._lexemes[self._place]
        self._place += 1
        part: Clause | None = None  # AND says nothing more
        match lexeme.kind:
            case "NOT":
                denied = self._read_part(field, depth + 1)
                part = None if denied is None else NoneOf(denied)
            case "(":
                part = self.read_any(field, depth + 1)
                self.skip(")")
            case "field":
                part = self._read_part(lexeme.text, depth + 1)
            case "phrase":
                part = _phrase(tokens(lexeme.text), field)
            case "word":
                part = _word(lexeme.text, field)
        return part


def _lexemes(text: str) -> Iterator[_Lexeme]:
    for match in _LEXEME.finditer(text):
        kind = match.lastgroup or ""
        found = match[kind]
        yield _Lexeme(found if kind == "mark" or found in _OPERATORS else kind, found)


def _word(text: str, field: str) -> Clause | None:
    identified = _identified(text, field)
    if identified is not None:
        return identified
    parts = list(_bare(tokens(text), field))
    if text.endswith("*") and parts:
        parts[-1] = _with_prefix(parts[-1])
    return _all(parts)


def _with_prefix(words: Words) -> Words:
    """Let a word go on; ideographs and kana stand alone, so they do not."""
    (*_, last) = words.tokens
    if stands_alone(last):
        return words
    if len(last) < MIN_PREFIX_CHARACTERS:
        raise BadQueryError("q", f"q has {last}*: write at least {MIN_PREFIX_CHARACTERS} letters before the *")
    return Words(words.tokens, words.field, prefix=True)


def _identified(text: str, field: str) -> Clause | None:
    """Give what finds an identifier: items that have it, and where no property is named, those that mention it."""
    if field:
        is_identifier = field in IDENTIFYING and not text.endswith("*")
        return Identified((field,), normal_value(field, text)) if is_identifier else None
    found = parse_identifier(text) if ":" in text or "/" in text else None
    if found is None or (found.scheme in _UNSURE and not text.startswith("oai:")):
        return None
    exact = [Identified(IDENTIFYING, value) for value in dict.fromkeys((found.value, text))]
    mentioned = _phrase(tokens(found.value), "")
    return AnyOf((*exact, mentioned)) if mentioned else AnyOf(tuple(exact))


def _phrase(found: list[str], field: str) -> Words | None:
    return Words(tuple(found), field) if found else None


def _bare(found: list[str], field: str) -> Iterator[Words]:
    """Yield one part per token (O'Brien: `o` and `brien`); ideographs and kana that stand together are a phrase."""
    phrase: list[str] = []
    for token in found:
        if stands_alone(token):
            phrase.append(token)
            continue
        if phrase:
            yield Words(tuple(phrase), field)
            phrase = []
        yield Words((token,), field)
    if phrase:
        yield Words(tuple(phrase), field)


def _all(parts: Sequence[Clause]) -> Clause | None:
    """Give what all parts ask for together, each once."""
    inner = ((part.parts if isinstance(part, AllOf) else (part,)) for part in parts)
    kept = tuple(dict.fromkeys(chain.from_iterable(inner)))
    return AllOf(kept) if len(kept) > 1 else kept[0] if kept else None


def _any(parts: Sequence[Clause]) -> Clause | None:
    kept = tuple(dict.fromkeys(parts))
    return AnyOf(kept) if len(kept) > 1 else kept[0] if kept else None
