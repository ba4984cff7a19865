"""Creative Commons licences named in words, in the middle of a sentence, in any of the languages of their deeds."""

import functools
import re
from typing import Final

from harvester.values.tables import fold, load_table

PARTS: Final = ("by", "nc", "nd", "sa")
_NAMED: Final = re.compile(r"creative\s+commons|\bcc\b|common\s+creative", re.IGNORECASE)
_CODE: Final = re.compile(
    r"\b(?:cc[\s_-]*)?by((?:[\s_-]+(?:nc|nd|sa))*)\b[\s_-]*(?:v(?:ersion)?\.?\s*)?(\d(?:\.\d)?)?", re.IGNORECASE
)
_ZERO: Final = re.compile(
    r"\bcc[\s_-]*(?:0|zero)\b|creative\s+commons\W+(?:zero|public\s+domain\s+dedication)", re.IGNORECASE
)
_VERSION: Final = re.compile(r"\b([1-4]\.[05])\b")
_GLUED_VERSION: Final = re.compile(r"(?<=by)(?=\d)", re.IGNORECASE)
_NEAR: Final = 90


def find_licence(text: str) -> tuple[str, str | None] | None:
    """Give code and version ("by-nc", "4.0") of the first licence that a text names, None where it names none.

    The version is one that stands within some words behind the name; "zero" is CC0.
    """
    if _ZERO.search(text):
        return "zero", "1.0"
    named = _NAMED.search(text)
    if named is None:
        return None
    behind = _GLUED_VERSION.sub(" ", text[named.start() :])
    words = _find_words(behind)
    if words:
        return words
    code = _CODE.search(behind[:_NEAR])
    if code is None:
        return None
    parts = re.findall(r"nc|nd|sa", code[1].lower())
    version = code[2] if code[2] and "." in code[2] else f"{code[2]}.0" if code[2] else _version(behind[code.end() :])
    return "-".join(("by", *parts)), version


def _find_words(text: str) -> tuple[str, str | None] | None:
    found = _words().search(text.casefold())
    if found is None or found.start() > _NEAR:
        return None
    said = [part for part in PARTS if any(_part(word) == part for word in _one_word().findall(found[0]))]
    return "-".join(said), _version(text[found.end() :])


def _version(text: str) -> str | None:
    found = _VERSION.search(text[:_NEAR])
    return found[1] if found else None


def _part(word: str) -> str | None:
    known = load_table("licence_words").get(fold(word))
    return known.label if known else None


@functools.cache
def _patterns() -> dict[str, str]:
    """Give a pattern of the words for each part, the longest first; blanks and dashes do not count."""
    words: dict[str, list[str]] = {part: [] for part in PARTS}
    for folded, known in load_table("licence_words").items():
        words[known.label].append(r"[\W_]*".join(map(re.escape, folded)))
    return {part: "|".join(sorted(listed, key=len, reverse=True)) for part, listed in words.items()}


@functools.cache
def _words() -> re.Pattern[str]:
    """Give the pattern of a whole name: who is named, then what is asked besides, in a row."""
    patterns = _patterns()
    others = "|".join(patterns[part] for part in ("nc", "nd", "sa"))
    return re.compile(rf"(?:{patterns['by']})(?!\w)(?:[\W_]{{0,5}}(?:(?:and|et|und|y|e)\s+)?(?:{others}))*")


@functools.cache
def _one_word() -> re.Pattern[str]:
    return re.compile("|".join(_patterns()[part] for part in PARTS))
