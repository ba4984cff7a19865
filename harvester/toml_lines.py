"""On which line of a TOML file each key stands, so that a mistake can be shown where it is.

The files are read by tomllib, which keeps no places; this only walks over a text that tomllib has accepted.
"""

import re
from typing import Final

Path = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING: Final = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'''', re.DOTALL)
_BARE: Final = re.compile(r"[^\s,=\[\]{}#.\"']+")
_SCALAR: Final = re.compile(r"[^,\[\]{}#\n]+")


def find_lines(text: str) -> dict[Path, int]:
    """Give the line (from 1) of every key, table and place in a list, such as ("rules", 3, "to"), of a valid file."""
    walk = _Walk(text)
    walk.run()
    return walk.lines


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Give the line of a path, or of the nearest place above it that the file has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)


class _Walk:
    """A place in the text, and the lines found up to it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def run(self) -> None:
        table: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip()

    def skip(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def mark(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, at) + 1)

    def header(self) -> Path:
        begun = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        path = self.placed(self.key())
        if is_list:
            number = self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, number)
        self.mark(path, begun)
        self.skip()
        self.at += 2 if is_list else 1
        return path

    def placed(self, key: Path) -> Path:
        """Give a header's path with the number of the last element of each list of tables in it."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path])
        return (*path, *key[-1:])

    def key(self) -> Path:
        parts: list[str | int] = []
        while True:
            self.skip()
            quoted = _STRING.match(self.text, self.at)
            found = quoted or _BARE.match(self.text, self.at)
            if found is None:
                return tuple(parts)
            self.at = found.end()
            parts.append(found[0][1:-1] if quoted else found[0])
            self.skip()
            if self.text[self.at : self.at + 1] != ".":
                return tuple(parts)
            self.at += 1

    def pair(self, table: Path) -> None:
        begun = self.at
        path = (*table, *self.key())
        if self.at == begun:  # no key: such a text was never valid
            self.at = len(self.text)
            return
        self.mark(path, begun)
        self.skip()
        self.at += 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.elements(path, "]")
        elif opening == "{":
            self.elements(path, "}")
        else:
            found = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def elements(self, path: Path, closing: str) -> None:
        self.at += 1
        number = 0
        self.skip()
        while self.at < len(self.text) and self.text[self.at] != closing:
            if closing == "}":
                self.pair(path)
            else:
                self.mark((*path, number), self.at)
                self.value((*path, number))
                number += 1
            self.skip()
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
                self.skip()
        self.at += 1
