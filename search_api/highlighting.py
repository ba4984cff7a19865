"""Where the words of a search stand in title and abstract, marked on request.

The token rule of `indexer.tokens` is applied to the texts as they are written, so both engines mark alike.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from msgspec import Struct

from harvester.item import Item
from indexer.text import Words, iter_words, parse_text
from indexer.tokens import tokens
from search_api.params import Parameter

PROPERTIES: Final = ("title", "abstract")
MARKS: Final = frozenset({"Mn", "Mc", "Cf"})
"""Unicode's categories of what stands on or in a word: accents, vowel signs, soft hyphens."""

AROUND: Final = 120
"""Characters of a long text that are shown on either side of its first mark."""

KEPT_CHARACTERS: Final = 40
"""Of words whose tokens are remembered."""

HIGHLIGHT: Final = Parameter(
    name="highlight",
    meaning="true gives each item a `highlight`: its title and a part of its abstract that have words of q, as HTML "
    "with <mark>. JSON only.",
    schema={"type": "string", "enum": ["true", "false"], "default": "false"},
    example="true",
)


class _Token(Struct, frozen=True):
    """A token and the characters it was made of."""

    text: str
    start: int
    end: int


def highlight(item: Item, text: str) -> dict[str, list[str]]:
    """Give the texts of an item that have words of a search, by property, as HTML in which these are marked."""
    asked = asked_words(text)
    found: dict[str, list[str]] = {}
    for name in PROPERTIES:
        marked = [mark(value.value, asked, name) for value in getattr(item, name)]
        if shown := [part for part in marked if part]:
            found[name] = shown
    return found


def asked_words(text: str) -> list[Words]:
    """Give the words of a search."""
    return list(iter_words(parse_text(text)))


def mark(text: str, asked: Sequence[Words], name: str) -> str:
    """Give a text of a property as HTML with its marks, cut around the first of them; nothing where it has none."""
    wanted = [words for words in asked if words.field in {"", name}]
    found = list(_tokens(text)) if wanted else []
    spans = sorted(span for words in wanted for span in _spans(found, words))
    if not spans:
        return ""
    start, end = max(0, spans[0][0] - AROUND), min(len(text), spans[0][1] + AROUND)
    start = text.rfind(" ", 0, start) + 1 if start else 0
    following = text.find(" ", end)
    end = following if end < len(text) and following >= 0 else len(text)
    parts = ["…"] if start else []
    place = start
    for first, last in spans:
        if first < place or last > end:  # inside the mark before, or cut away
            continue
        parts += [escape(text[place:first]), f"<mark>{escape(text[first:last])}</mark>"]
        place = last
    parts.append(escape(text[place:end]))
    return "".join(parts) + ("…" if end < len(text) else "")


def _spans(found: Sequence[_Token], words: Words) -> Iterator[tuple[int, int]]:
    """Yield the characters from the first to the last word of each place where words stand."""
    if words.prefix:
        yield from ((token.start, token.end) for token in found if token.text.startswith(words.tokens[0]))
        return
    length = len(words.tokens)
    for place in range(len(found) - length + 1):
        part = found[place : place + length]
        if tuple(token.text for token in part) == words.tokens:
            yield part[0].start, part[-1].end


def _tokens(text: str) -> Iterator[_Token]:
    marks = "".join(sorted(character for character in set(text) if unicodedata.category(character) in MARKS))
    for match in _word(marks).finditer(text):
        word = match[0]
        made = _kept_tokens(word) if len(word) <= KEPT_CHARACTERS else tokens(word)
        if len(made) == 1:
            yield _Token(made[0], match.start(), match.end())
            continue
        for place, character in enumerate(word, match.start()):  # ideographs and kana stand alone
            for token in tokens(character):
                yield _Token(token, place, place + 1)


@lru_cache(maxsize=16_384)
def _kept_tokens(word: str) -> tuple[str, ...]:
    """Give the tokens of a word; texts share most of theirs, and folding them anew took half the time of a page."""
    return tuple(tokens(word))


@lru_cache(maxsize=256)
def _word(marks: str) -> re.Pattern[str]:
    """Give the pattern of letters and digits with those marks on them, which Python's own class of letters leaves out.

    They are those that a text has: a class of all 2,500 would cost the first search 0.2 s.
    """
    return re.compile(rf"[^\W_](?:[^\W_]|[{re.escape(marks)}])*" if marks else r"[^\W_]+")
