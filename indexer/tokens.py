"""The token rule: what counts as a word, for documents and for queries, the same in every engine.

1. Fold: compatibility forms are taken apart (NFKD), accents and invisible format characters dropped, case folded.
   Vowel signs of Indic and South-East Asian scripts and the sound marks of kana are no accents: they stay.
2. A token is a maximal run of letters, digits and such signs; everything else divides.
3. Ideographs and kana stand alone, one token each. Hangul is written with blanks, so its runs stay words.
4. A token is cut at 100 characters.

Engines index the tokens that `token_text` joins by blanks and analyse nothing themselves but these blanks.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

MAX_TOKEN_CHARACTERS: Final = 100

SEPARATOR: Final = "\x02"
"""Stands between two values, so that no phrase matches across them; a query cannot produce it."""

_ODD_RUN: Final = re.compile(r"([^\x00-\x7f]+)")
_DIVIDERS: Final = {chr(code) for code in range(128) if not chr(code).isalnum()} - {SEPARATOR}
# Each byte of UTF-8 as it stands in words: small letters, a blank for dividers; beyond ASCII all stay as they are.
_WORD_BYTES: Final = bytes(ord(" " if chr(code) in _DIVIDERS else chr(code).lower()) for code in range(128)) + bytes(
    range(128, 256)
)
_ASCII_BYTES: Final = bytes(range(128))
_ALONE: Final = (
    ("\x80", "\u058f"),
    ("\u1e00", "\u22ff"),
)  # Latin, Greek, Cyrillic, Armenian; punctuation to mathematics
_STANDING_ALONE: Final = re.compile(r"CJK (UNIFIED|COMPATIBILITY) IDEOGRAPH|HIRAGANA|KATAKANA|BOPOMOFO")


def fold(text: str) -> str:
    """Give text without accents and case (rule 1), with its punctuation."""
    if text.isascii():
        return text.lower()
    return _change_runs(text, _fold_run).lower()


def tokens(text: str) -> list[str]:
    """Give the tokens of one text, in order."""
    return _join_words(text.replace(SEPARATOR, " ")).split()


def token_text(values: Iterable[str]) -> str:
    """Give the tokens of several values as engines index them: joined by blanks, a separator between two values."""
    return _join_words(f" {SEPARATOR} ".join(values))


def _join_words(text: str) -> str:
    """Give the tokens of a text joined by blanks; whole texts are worked on, for there are hundreds of words in one."""
    words = (text if text.isascii() else _fold_odd(text)).encode().translate(_WORD_BYTES)
    while b"  " in words:
        words = words.replace(b"  ", b" ")
    words = words.strip()
    if _has_long_word(words):
        return " ".join(word[:MAX_TOKEN_CHARACTERS] for word in words.decode().split(" "))
    return words.decode()


def _fold_odd(text: str) -> str:
    """Fold the characters beyond ASCII: each kind of them at once where they do not change their neighbours."""
    folded = text
    odd = text.encode().translate(None, _ASCII_BYTES).decode()
    while odd:
        character = odd[0]
        change = _change_of(character)
        if change is None:
            return _change_runs(text, _words_of_run)
        folded = folded.replace(character, change)
        odd = odd.replace(character, "")
    return folded


@lru_cache(maxsize=4096)
def _change_of(character: str) -> str | None:
    """Give what stands for a character in words, None where that may depend on those beside it.

    Nothing is put together in European scripts and signs once accents are dropped, as it is in Hangul, kana and Indic.
    """
    return _words_of_run(character) if any(first <= character <= last for first, last in _ALONE) else None


def _has_long_word(words: bytes) -> bool:
    """Tell whether a word may have more characters than a token, for it has more bytes."""
    start = 0
    while len(words) - start > MAX_TOKEN_CHARACTERS:
        start = words.rfind(b" ", start, start + MAX_TOKEN_CHARACTERS + 1) + 1
        if start == 0:
            return True
    return False


def _change_runs(text: str, change: Callable[[str], str]) -> str:
    """Give a text with each run of characters beyond ASCII changed."""
    parts = _ODD_RUN.split(text)
    parts[1::2] = map(change, parts[1::2])
    return "".join(parts)


@lru_cache(maxsize=65536)
def _fold_run(run: str) -> str:
    bare = "".join(character for character in unicodedata.normalize("NFKD", run) if not _is_dropped(character))
    return unicodedata.normalize("NFC", bare.casefold())


@lru_cache(maxsize=65536)
def _words_of_run(run: str) -> str:
    return "".join(_word_character(character) for character in _fold_run(run)).lower()


def _is_dropped(character: str) -> bool:
    """Say whether a character is an accent (by its combining class) or an invisible one (soft hyphen, joiners)."""
    accent = unicodedata.combining(character)
    return accent == 1 or 10 <= accent <= 36 or accent >= 200 or unicodedata.category(character) == "Cf"


def _word_character(character: str) -> str:
    if stands_alone(character):
        return f" {character} "
    return character if unicodedata.category(character)[0] in "LNM" or character.isascii() else " "


@lru_cache(maxsize=65536)
def stands_alone(token: str) -> bool:
    """Tell whether a token is a single ideograph or kana (rule 3)."""
    return len(token) == 1 and _STANDING_ALONE.match(unicodedata.name(token, "")) is not None
