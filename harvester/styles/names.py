"""Names as APA 7 writes them (Publication Manual, 9.7 to 9.12): family name and initials, up to twenty authors."""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from harvester.item import Agent

_MOST: Final = 20
_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[\"“][^\"“”]*[\"”]")
_PIECES: Final = re.compile(r"[^\s.]+\.?")
_PARTICLES: Final = frozenset(
    [
        "af",
        "al",
        "av",
        "bin",
        "d'",
        "d’",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "les",
        "ten",
        "ter",
        "van",
        "vom",
        "von",
        "zu",
        "zum",
        "zur",
    ]
)
_STOPPED_HYPHEN: Final = re.compile(r"\.\s*[-‐‑]")
_HYPHENS: Final = re.compile(r"[-‐‑]")
_RUN_OF_INITIALS: Final = 3


def write_authors(agents: Sequence[Agent]) -> str:
    """Give the authors of a work, inverted; of 21 and more the first 19 and the last."""
    names = [_inverted(agent) for agent in agents]
    if len(names) > _MOST:
        return f"{', '.join(names[: _MOST - 1])}, … {names[-1]}"
    if len(names) == 2 and not agents[0].given:  # APA has no comma between two groups
        return f"{names[0]} & {names[1]}"
    return f"{', '.join(names[:-1])}, & {names[-1]}" if len(names) > 1 else names[0]


def write_straight(agents: Sequence[Agent]) -> str:
    """Give the editors of a book behind its title or before it: initials first."""
    names = [_straight(agent) for agent in agents]
    if len(names) > _MOST:
        return f"{', '.join(names[: _MOST - 1])}, … {names[-1]}"
    return f"{', '.join(names[:-1])}, & {names[-1]}" if len(names) > 2 else " & ".join(names)


def editor_word(agents: Sequence[Agent]) -> str:
    """Give (Ed.) for one editor, (Eds.) for more."""
    return "(Ed.)" if len(agents) == 1 else "(Eds.)"


@functools.lru_cache(maxsize=16384)
def write_initials(given: str, *, shouted: bool = False) -> str:
    """Give the initials of given names in the source's case: "Jean-Paul B." is "J.-P. B.", "Ludwig van" "L. van".

    Two or three capitals are a row of initials, but where the family name is in capitals too (`shouted`). A script
    without case is not shortened, for it has no initials.
    """
    plain = _STOPPED_HYPHEN.sub("-", _BRACKETS.sub(" ", unicodedata.normalize("NFC", given)))
    pieces = _PIECES.findall(plain)
    kept = [_shorten(piece, alone=len(pieces) == 1, shouted=shouted) for piece in pieces]
    return " ".join(piece for piece in kept if piece)


def _shorten(piece: str, *, alone: bool, shouted: bool) -> str:
    word = piece.rstrip(".")
    if not alone and not piece.endswith(".") and word in _PARTICLES:
        return word
    if word.isupper() and word.isalpha() and 1 < len(word) <= _RUN_OF_INITIALS and not shouted:
        return " ".join(f"{letter}." for letter in word)
    return "-".join(initial for part in _HYPHENS.split(word) if (initial := _initial(part)))


def _initial(part: str) -> str:
    place = next((place for place, mark in enumerate(part) if mark.isalpha()), None)
    if place is None:
        return ""
    if part[place].lower() == part[place].upper():
        return part
    end = place + 1
    while end < len(part) and unicodedata.combining(part[end]):
        end += 1
    return part[place:end] + "."


def _inverted(agent: Agent) -> str:
    if not (agent.family and agent.given):
        return agent.name
    initials = write_initials(agent.given, shouted=_is_shouted(agent.family))
    name = f"{agent.family}, {initials}" if initials else agent.family
    return name + _suffix(agent)


def _straight(agent: Agent) -> str:
    if not (agent.family and agent.given):
        return agent.name
    initials = write_initials(agent.given, shouted=_is_shouted(agent.family))
    return f"{initials} {agent.family}".strip() + _suffix(agent)


def _is_shouted(family: str) -> bool:
    return len(family) > _RUN_OF_INITIALS and family.isupper()


def _suffix(agent: Agent) -> str:
    """Give what stands behind the given names in the name as shown, such as `, Jr.`."""
    if len(agent.name) < len(agent.family or "") + len(agent.given or "") + 4:  # as most: nothing does
        return ""
    plain = f"{agent.family}, {agent.given}, "
    return agent.name[len(plain) - 2 :] if agent.name.startswith(plain) else ""
