"""A curator's file: pairs of names, each on its line, that are one work or two."""

import re
import tomllib
from typing import Final

from msgspec import Struct

from harvester.errors import cut
from harvester.toml_lines import find_lines, line_of

SECTIONS: Final = {"join": True, "apart": False}
FORM: Final = 'write `join = [["NAME", "NAME"]]` or `apart = [["NAME", "NAME"]]`'
_PLACE: Final = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")


class Pair(Struct, frozen=True):
    """Two names and whether they are one work; `line` is where that stands, 0 where it was not read from a file."""

    names: tuple[str, str]
    joined: bool
    line: int = 0


class WrongLine(Struct, frozen=True):
    """What is wrong on a line (from 1) of a file, and what would do."""

    line: int
    reason: str


def read_pairs(text: str) -> tuple[list[Pair], list[WrongLine]]:
    """Give the pairs of a file, and what is wrong in it."""
    try:
        keys: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        return [], [WrongLine(line, f"is no TOML: {_PLACE.sub('', str(error))}; {FORM}")]
    lines = find_lines(text)
    pairs: list[Pair] = []
    wrong: list[WrongLine] = []
    for section, value in keys.items():
        if section not in SECTIONS or not isinstance(value, list):
            wrong.append(WrongLine(line_of(lines, (section,)) or 1, f"{cut(section)} is no list of pairs; {FORM}"))
            continue
        for number, entry in enumerate(value):
            line = line_of(lines, (section, number)) or 1
            names = _names(entry)
            if names is None:
                wrong.append(WrongLine(line, f"{cut(entry)} is no pair of names; {FORM}"))
            else:
                pairs.append(Pair(names, SECTIONS[section], line))
    return pairs, wrong


def _names(entry: object) -> tuple[str, str] | None:
    match entry:
        case [str(one), str(other)] if one.strip() and other.strip():
            return one, other
    return None
