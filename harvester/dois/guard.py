"""Whether what is registered for a DOI describes the work that a record describes.

A wrong DOI of its own is the worst error an item can have: a record of a chapter names its book's DOI, one of an
article its dataset's, one of a paper another paper of the same authors. So types must be compatible, and titles must be
similar or the first author and the year the same (research of the project, doi 3.4).
"""

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz

from harvester.item import Metadata
from harvester.values.tables import fold_accents

SIMILAR: Final = 85
AKIN: Final = 55
SUBSET: Final = 60
GENERIC_CHARACTERS: Final = 24
TITLES_READ: Final = 6
NOTICES: Final = frozenset(["updates"])

DATA: Final = frozenset(
    [
        "dataset",
        "aggregated data",
        "compiled data",
        "experimental data",
        "geospatial data",
        "observational data",
        "simulation data",
        "measurement and test data",
        "clinical trial data",
        "software",
        "research software",
        "computational notebook",
        "model",
        "workflow",
        "image",
        "still image",
        "moving image",
        "video",
        "sound",
        "map",
        "cartographic material",
        "interactive resource",
        "physical object",
        "collection",
    ]
)
WHOLES: Final = frozenset(
    [
        "book",
        "journal",
        "journal issue",
        "periodical",
        "magazine",
        "newspaper",
        "conference proceedings",
        "bibliography",
    ]
)
PARTS: Final = frozenset(
    [
        "journal article",
        "research article",
        "review article",
        "book part",
        "conference paper",
        "editorial",
        "letter",
        "commentary",
        "letter to the editor",
        "book review",
        "data paper",
        "software paper",
        "periodical article",
        "newspaper article",
        "contribution to journal",
        "conference abstract",
        "report part",
        "corrigendum",
    ]
)
ANY: Final = frozenset(["other", "research/scholarly media", "learning object", "annotation", "service"])

# Words before a title that make it the title of another work about the one named.
ABOUT: Final = re.compile(
    r"(?:data (?:from|for)|dataset (?:from|for)|supplement(?:ary)?(?: \w+)? (?:to|for|from)|supporting information"
    r"|additional file|correction(?: to)?|corrigendum|erratum|retraction|review of|reply to"
    r"|comments? on|response to|author correction|publisher correction|replication (?:data|code)(?: \w+)?)\b"
)
_ENGLISH: Final = frozenset(
    [
        "the",
        "of",
        "and",
        "in",
        "for",
        "on",
        "with",
        "to",
        "a",
        "an",
        "from",
        "by",
        "at",
        "is",
        "are",
        "as",
        "their",
        "its",
        "between",
    ]
)
# What publishers put before the title of a work that is no longer valid, which makes it no other work; some put it
# before the title of the notice as well, but that says which work it changes.
_INVALID: Final = re.compile(
    r"\W*(?:retracted|withdrawn|removed|temporary removal)(?: (?:article|chapter|paper))?\s*[:\])–—-]+\s*",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"[\W_]+")


def agrees(own: Metadata, registered: Metadata) -> bool:
    """Tell whether registered metadata is of the work that a record describes: else the DOI is a related one."""
    if not _types_fit(own, registered):
        return False
    ours, theirs = _titles(own), _titles(registered)
    same_author = _same_first_author(own, registered)
    years_apart = _years_apart(own, registered)
    by_author = same_author is True and years_apart is not None and years_apart <= 1
    if not ours or not theirs:
        return by_author
    if _is_about(own, ours[0]) != _is_about(registered, theirs[0]):
        return False
    best = max(((mine, other) for mine in ours for other in theirs), key=lambda pair: _similarity(*pair))
    score = _similarity(*best)
    if score >= SIMILAR:
        return _is_telling(*best) or by_author or (same_author is None and years_apart in {0, 1})
    if not by_author:
        return False
    return score >= AKIN or _is_translation(ours, theirs) or _same_place(own, registered)


def _types_fit(own: Metadata, registered: Metadata) -> bool:
    ours = {_family(term.label.lower()) for term in own.resource_type} or {"any"}
    theirs = {_family(term.label.lower()) for term in registered.resource_type} or {"any"}
    if "any" in ours or "any" in theirs:
        return True
    pairs = {frozenset((mine, other)) for mine in ours for other in theirs}
    return any(len(pair) == 1 or pair <= {"text", "whole"} or pair <= {"text", "part"} for pair in pairs)


def _family(label: str) -> str:
    if label in ANY:
        return "any"
    if label in DATA:
        return "data"
    if label in WHOLES:
        return "whole"
    return "part" if label in PARTS else "text"


def _titles(metadata: Metadata) -> list[str]:
    """Give the folded titles, the main one first; a subtitle also behind it, as sources differ in where they put it."""
    main = [folded for text in metadata.title if (folded := _fold(_valid(text.value)))]
    others = [(folded, text.kind) for text in metadata.alternative if (folded := _fold(text.value))]
    whole = [f"{main[0]} {folded}" for folded, kind in others if kind == "subtitle"] if main else []
    return [*main, *whole, *(folded for folded, kind in others if kind != "subtitle")][:TITLES_READ]


def _valid(title: str) -> str:
    found = _INVALID.match(title)
    return title[found.end() :] if found else title


def _fold(text: str) -> str:
    return _SPACES.sub(" ", fold_accents(text.casefold())).strip()


def _is_about(metadata: Metadata, title: str) -> bool:
    """Tell whether a title is that of another work about the one it names, such as a notice of its retraction."""
    is_notice = any(link.relation in NOTICES for link in metadata.links)
    named = any(_INVALID.match(text.value) for text in metadata.title[:1])
    return ABOUT.match(title) is not None or (is_notice and named)


def _similarity(mine: str, other: str) -> float:
    return fuzz.token_set_ratio(mine, other)


def _is_telling(mine: str, other: str) -> bool:
    """Tell whether two similar titles are enough: not where they are short, or the one only holds the other's words."""
    shorter = min(len(mine), len(other))
    return shorter >= GENERIC_CHARACTERS and fuzz.token_sort_ratio(mine, other) >= SUBSET


def _same_first_author(own: Metadata, registered: Metadata) -> bool | None:
    """Tell whether the first authors have one family name; None where a side names none."""
    ours, theirs = own.creator or own.contributor, registered.creator or registered.contributor
    if not ours or not theirs:
        return None
    family = _family_name(theirs[0].family or theirs[0].name)
    return bool(family) and family in {_family_name(ours[0].family or ours[0].name), _last_name(ours[0].name)}


def _family_name(name: str) -> str:
    return _fold(name.partition(",")[0])


def _last_name(name: str) -> str:
    """Give the last word of a name that the source does not separate."""
    words = _fold(name).split()
    return words[-1] if words and "," not in name else ""


def _years_apart(own: Metadata, registered: Metadata) -> int | None:
    if own.date is None or registered.date is None or own.date.year is None or registered.date.year is None:
        return None
    return abs(own.date.year - registered.date.year)


def _is_translation(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Tell whether one side's titles are English and the other's are not: the same work may stand behind both."""
    return any(map(_is_english, ours)) != any(map(_is_english, theirs))


def _is_english(title: str) -> bool:
    return not _ENGLISH.isdisjoint(title.split())


def _same_place(own: Metadata, registered: Metadata) -> bool:
    """Tell whether both appeared in one volume from one page on."""
    if own.pages is None or registered.pages is None or own.volume is None or own.volume != registered.volume:
        return False
    start = own.pages.start or own.pages.article
    return start is not None and start == (registered.pages.start or registered.pages.article)
