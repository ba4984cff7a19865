"""Names of people and organisations: only what a source separates is separated; no name is guessed apart."""

import functools
import re
from typing import Final

from harvester.item import Affiliation, Agent
from harvester.values.orcids import NUMBER
from harvester.values.tables import fold, load_table

_PLAIN: Final = re.compile(r"([^\W\d_][^,;()\[\]\d&:@/]*), ?([^\W\d_][^,;()\[\]\d&:@/]*)")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LIFE: Final = re.compile(
    r"[,\s]+\(?(?:(?:b|d|ca|fl|active|approximately|born|died)\.?\s*)*\d{3,4}\??\s*(?:[-–]\s*(?:(?:d|ca)\.?\s*)*(?:\d{3,4}\??)?)?\)?\.?$"
)
_BRACKET: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]$")
_ORCID: Final = re.compile(
    rf"[\s,;(\[]*(?:https?://)?(?:(?:www\.)?orcid\.org/|orcid(?:\s*id)?:?\s*)?({NUMBER})[)\]]*", re.IGNORECASE
)
_START: Final = 3  # characters that tell most names from a placeholder
_OTHERS: Final = re.compile(r"[\s,;]+et al\.?$")
_LIST: Final = re.compile(r";|\s(?:and|&|und|et|y)\s", re.IGNORECASE)


def parse_agent(text: str) -> Agent:
    """Give a person or organisation from one name; `name` is "Family, Given" where the source has that order.

    A name without a comma is kept as it is. Life dates and degrees are taken off, a role in brackets or after the name
    goes into `role`, a place of work in brackets behind a role into `affiliation`. A suffix stays in `name` only.
    """
    if text.endswith(("et al.", "et al")):
        text = _OTHERS.sub("", text)
    plain = _PLAIN.fullmatch(text)
    if plain and not _is_list(text) and not _is_organization(text):
        return _person(plain[1].strip(), plain[2].strip())
    return _parse_rest(text)


def is_placeholder(text: str) -> bool:
    """Tell whether a text stands where a name is missing: `(:Unav)`, `Anonymous`, `Super Admin`, or nothing."""
    start = text[:_START]  # no accent may follow it
    usual = text[: _START + 1].isascii() and start.isalpha() and len(start) == _START
    if usual and start.lower() not in _placeholder_starts():
        return False  # as most, without folding all of it
    folded = fold(text)
    return not folded or folded in _words_of_kind("placeholder")


def _parse_rest(text: str) -> Agent:
    name, orcid = _take_orcid(" ".join(text.split()).strip(" ,;"))
    role: str | None = None
    affiliation: str | None = None
    firm = False
    if not name[-1:].isalpha():  # dates and brackets stand last
        name, role, affiliation, firm = _take_brackets(name)
        name = _LIFE.sub("", name).strip(" ,") or name
    parts = [part.strip() for part in name.split(",") if part.strip()]
    suffix = ""
    while len(parts) > 2 and _is_special(parts[-1]):
        last = parts.pop()
        kind = _kind(fold(last))
        suffix = f", {last}" if kind == "suffix" else suffix
        role = role or (last.lower() if kind == "role" else None)
    if len(parts) == 3 and " " not in parts[0] and _is_organization(parts[2]) and not _is_organization(parts[1]):
        affiliation = affiliation or parts.pop()
        name = ", ".join(parts)
    affiliations = (Affiliation(affiliation),) if affiliation else ()
    if firm or _is_organization(name):
        shown = name if firm else ", ".join(parts)
        return Agent(shown + suffix, None, None, "organization", role, orcid, affiliations)
    if len(parts) == 2 and not _is_list(name) and not any(mark.isdigit() for mark in parts[1]):
        family, given = parts
        return Agent(f"{family}, {given}{suffix}", family, given, "person", role, orcid, affiliations)
    return Agent(", ".join(parts) + suffix, None, None, None, role, orcid, affiliations)


def _is_list(name: str) -> bool:
    may_be = ";" in name or name.count(" ") > 1 or not name.isprintable()  # only names of three words and more
    return may_be and _LIST.search(name) is not None


def _person(family: str, given: str) -> Agent:
    return Agent(f"{family}, {given}", family, given, "person")


def _take_orcid(name: str) -> tuple[str, str | None]:
    found = _ORCID.search(name) if "-" in name else None
    if not found or not name[: found.start()].strip():
        return name, None
    return (name[: found.start()] + name[found.end() :]).strip(" ,;"), found[1].upper()


def _take_brackets(name: str) -> tuple[str, str | None, str | None, bool]:
    """Take the last bracket off a name where it says a role, a firm or a place of work behind a role."""
    found = _BRACKET.search(name)
    if not found:
        return name, None, None, False
    inside, before = found[1].strip(), name[: found.start()].rstrip(" ,")
    kind = _kind(fold(inside))
    if not before or kind is None:
        said = before.rpartition(",")[2].strip()
        if before.count(",") > 1 and _kind(fold(said)) == "role":
            return before.rpartition(",")[0], said.lower(), inside, False
        return name, None, None, False
    if kind == "firm":
        return before, None, None, True
    if kind == "degree":
        return before, None, None, False
    return (before, inside.lower(), None, False) if kind == "role" else (name, None, None, False)


def _is_special(part: str) -> bool:
    return len(part) <= 30 and _kind(fold(part)) in {"suffix", "degree", "role"}


def _is_organization(name: str) -> bool:
    """Tell by its words; a lone word before a comma is a family name ("Church, Alonzo", "Service, Robert")."""
    head, comma, tail = name.partition(",")
    words = _WORD.findall(tail if comma and " " not in head.strip() else name)
    return not _words_of_kind("organization").isdisjoint(map(str.casefold, words))


@functools.cache
def _words_of_kind(kind: str) -> frozenset[str]:
    return frozenset(word for word, known in load_table("names").items() if known.kind == kind)


@functools.cache
def _placeholder_starts() -> frozenset[str]:
    return frozenset(word[:_START] for word in _words_of_kind("placeholder"))


def _kind(folded: str) -> str | None:
    known = load_table("names").get(folded)
    return known.kind if known else None
