"""Lists of people in one text, as arXiv has them: "A. Roe, B. Doe (Inst. X, City), C. Poe and D. Moe"."""

import re
import unicodedata
from typing import Final

_AND: Final = re.compile(r"\s*(?:,\s*(?:and|&)\s+|\s+(?:and|&)\s+|,)\s*")
# Names of more than one word keep what follows: "Foo Jr.", "Bar III".
_SUFFIX: Final = re.compile(r"(?:jr|sr|i{2,3}|iv)\.?", re.IGNORECASE)
# TeX's accents before one letter, braced or not: \\'a, {\\'a}, \\'{a}, \\c{c}, \\v s; the letters i and j without dot.
_ACCENT: Final = re.compile(r"\{?\\(?:([`'^\"~=.])\s*|([uvHcdbkr])(?:\s+|(?=\{)))\{?\\?([A-Za-z])\}?\}?")
_LETTER: Final = re.compile(r"\{?\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j)(?![A-Za-z])\s?(?:\{\})?\}?")
_MARKS: Final = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331",
    "k": "\u0328", "r": "\u030a",
}  # fmt: skip
_LETTERS: Final = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł",
    "i": "i", "j": "j",
}  # fmt: skip


def split_people(text: str) -> list[str]:
    """Give the names of a list, in its order, without the places of work that stand in brackets."""
    names: list[str] = []
    for piece in _AND.split(untex(_without_brackets(text))):
        name = " ".join(piece.split()).strip(" ,;:")
        if names and _SUFFIX.fullmatch(name):
            names[-1] = f"{names[-1]}, {name}"
        elif name:
            names.append(name.removeprefix("and "))
    return names


def untex(text: str) -> str:
    """Give a text with TeX's accents and letters as Unicode; anything else of TeX stays as it is."""
    if "\\" not in text:
        return text
    text = _ACCENT.sub(lambda found: found[3] + _MARKS[found[1] or found[2]], text)
    text = _LETTER.sub(lambda found: _LETTERS[found[1]], text)
    return unicodedata.normalize("NFC", text)


def _without_brackets(text: str) -> str:
    depth, kept = 0, []
    for mark in text:
        depth += mark == "("
        if not depth:
            kept.append(mark)
        depth -= mark == ")" and depth > 0
    return "".join(kept)
