"""What two records of one work share: keys that bring them together, and the proof that they are the same.

Titles alone are unsafe (5,264 real titles gave 36 times "The American Naturalist"), so a title counts only with its
first author, and a pair is confirmed by all that both sides say (research of the project, doi 3.5).
"""

import functools
import hashlib
import re
from typing import Final

from msgspec import Struct
from rapidfuzz import fuzz

from harvester.item import Agent, Container, Date, Identifier, Link, Pages, Term, Text
from harvester.values.tables import fold_accents

MIN_TITLE_CHARACTERS: Final = 24
MAX_SHARED: Final = 40
MAX_YEARS_TO_PUBLISH: Final = 5
PUBLISHED: Final = frozenset(["", "article", "part", "book"])  # the kinds that a preprint becomes
PERSISTENT: Final = ("arxiv", "pmid", "handle")
WORDS: Final = re.compile(r"[^\W_]+")
DIVIDERS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}  # as above, of ASCII
DIGITS: Final = re.compile(r"\d+")
ROMAN: Final = re.compile(r"[ivx]+")
SERIAL: Final = re.compile(
    r"(?:front matter|back matter|(?:guest |invited )?editorial|preface|foreword|table of contents|contents|title page"
    r"|cover (?:image|page|picture|feature|story|and)|masthead|errat(?:um|a)|corrigend(?:um|a)|correction(?! of)"
    r"|book reviews?|reviews?|news (?:and|from|in|of)|letters? (?:to|from)|index (?:to|of)|(?:author|subject) index"
    r"|introduction|acknowledge?ments?|proceedings|annual (?:report|meeting|conference|review)|bulletin|newsletter"
    r"|obituary|in memoriam|announcements?|call for|minutes|press release|yearbook|commencement|syllabus"
    r"|(?:\w+ )?recital|photographs? of|postcard|untitled|message from|climatological data|supplementa\w+"
    r"|in this issue|from the editors?|editors? (?:s )?(?:note|page|introduction|column)|issue information"
    r"|president (?:s )?(?:message|column|address|report)|(?:about the|list of|notes on) (?:authors?|contributors?)"
    r"|vorwort|einleitung|inhaltsverzeichnis|rezension(?:en)?|buchbesprechung(?:en)?|nachruf|titelei|mitteilungen"
    r"|comptes? rendus?|avant propos|table des matieres|sommaire|necrologi[ec]|introduccion|prologo|resenas?|resenhas?"
    r"|introduzione|prefazione|recension[ei]|carta (?:al|do|del) editor)\b"
)
"""How titles begin that journals, series and archives give again and again, without accents."""

UNNAMED: Final = frozenset({"image", "video", "sound", "data"})
"""Kinds that one maker has many of by the same title, so that a title says nothing: pictures of a place, samples."""


class Work(Struct, frozen=True, kw_only=True):
    """What is read of an item to tell whether it is the same work as another."""

    title: tuple[Text, ...] = ()
    creator: tuple[Agent, ...] = ()
    date: Date | None = None
    volume: str | None = None
    issue: str | None = None
    pages: Pages | None = None
    container: Container | None = None
    resource_type: tuple[Term, ...] = ()
    doi: str | None = None
    identifier: tuple[Identifier, ...] = ()


class Version(Work, frozen=True, kw_only=True):
    """What is read of an item besides, to tell whether it is a version of another with a DOI of its own."""

    resource_status: tuple[Term, ...] = ()
    links: tuple[Link, ...] = ()


def keys_of(work: Work) -> tuple[str, ...]:
    """Give the keys of a work, the surest first: own DOI, other persistent identifiers, title with first author."""
    keys = [f"doi:{work.doi}"] if work.doi else []
    keys += [f"{one.scheme}:{one.value}" for one in work.identifier if one.scheme in PERSISTENT and one.role == "self"]
    title = title_key(work)
    if title is not None:
        keys.append(title)
    return tuple(dict.fromkeys(keys))


def title_key(work: Work) -> str | None:
    """Give the key of a work by title and first author, None where they do not tell it from others."""
    title, author = _title(work), _family(work)
    is_telling = len(title) >= MIN_TITLE_CHARACTERS and author and not SERIAL.match(title)
    if not is_telling or not UNNAMED.isdisjoint(_kinds(work)):
        return None
    digest = hashlib.blake2b(f"{title}\n{author}".encode(), digest_size=12).hexdigest()
    return f"title:{digest}"


def strength_of(key: str) -> int:
    """Give how sure a key is: 0 own DOI, 1 another persistent identifier, 2 the title."""
    return 0 if key.startswith("doi:") else 2 if key.startswith("title:") else 1


def confirm(one: Work, other: Work, key: str) -> bool:
    """Tell whether two works that share a key are the same; in doubt they are not."""
    return not find_doubt(one, other, key)


def find_doubt(one: Work, other: Work, key: str) -> str:
    """Give what speaks against two works that share a key being the same, "" where nothing does."""
    if one.doi and other.doi and one.doi != other.doi:
        return "each has a DOI of its own"
    if _differ(one, other):
        return "their types exclude each other"
    if key.startswith("title:"):
        return _doubt_title(one, other)
    if _figures(one) != _figures(other):
        return "the numbers in their titles differ"
    apart = _years_apart(one, other)
    similarity = fuzz.token_set_ratio(_title(one), _title(other)) if one.title and other.title else 0
    by_author = bool(_family(one)) and _family(one) == _family(other) and (apart is None or apart <= 1)
    return "" if similarity >= 85 or by_author else "neither their titles nor their first authors and years agree"


def _doubt_title(one: Work, other: Work) -> str:
    """Give what speaks against two works of one title and one first author being the same."""
    if _numbers(one) != _numbers(other):
        return "the numbers in their titles differ"
    apart = _years_apart(one, other)
    if apart is None or apart > 1:
        return "their years are not known to be the same or next to each other"
    if not _same_initials(one, other):
        return "the given names of their first authors differ"
    if _places_differ(one, other):
        return "their volumes, issues or pages differ"
    if _containers_differ(one, other):
        return "they appeared in different places"
    return "they are of a series, at different times" if _are_of_series(one, other, apart) else ""


def is_preprint_of(one: Version, other: Version) -> bool:
    """Tell whether one work is the preprint of another; both have DOIs of their own, and share a title key.

    They are two items, each citable. A preprint has no volume and pages, or others, and may lie years before.
    """
    later = _years_later(one, other)
    return bool(
        (one.doi and other.doi and one.doi != other.doi)
        and (_is_preprint(one) and not _is_preprint(other))
        and {_kind(term.label.lower()) for term in other.resource_type} <= PUBLISHED
        and _numbers(one) == _numbers(other)
        and (later is None or -1 <= later <= MAX_YEARS_TO_PUBLISH)
        and (one.creator and other.creator and _same_initials(one, other))
    )


def _is_preprint(work: Version) -> bool:
    status = {term.label for term in work.resource_status}
    is_submitted = "submitted version" in status and not any("version of record" in label for label in status)
    return is_submitted or any(term.label == "preprint" for term in work.resource_type)


def _title(work: Work) -> str:
    return _fold(work.title[0].value) if work.title else ""


def _fold(text: str) -> str:
    """Give the words of a text, small and without accents."""
    folded = fold_accents(text.casefold())
    return " ".join(folded.translate(DIVIDERS).split() if folded.isascii() else WORDS.findall(folded))


def _family(work: Work) -> str:
    """Give the family name of the first creator, whichever way the source writes it."""
    if not work.creator:
        return ""
    first = work.creator[0]
    if first.family:
        return _fold(first.family)
    name, comma, _ = first.name.partition(",")
    words = _fold(name).split()
    return " ".join(words) if comma or first.kind == "organization" else words[-1] if words else ""


def _same_initials(one: Work, other: Work) -> bool:
    """Tell whether the first creators may be one person: their given names begin alike, where both have one."""
    ours, theirs = _initial(one.creator[0]), _initial(other.creator[0])
    return not ours or not theirs or ours == theirs


def _initial(agent: Agent) -> str:
    given = agent.given or (agent.name.partition(",")[2] if "," in agent.name else "")
    return _fold(given)[:1]


def _years_apart(one: Work, other: Work) -> int | None:
    later = _years_later(one, other)
    return None if later is None else abs(later)


def _years_later(one: Work, other: Work) -> int | None:
    """Give how many years after the first work the other appeared."""
    if one.date is None or other.date is None or one.date.year is None or other.date.year is None:
        return None
    return other.date.year - one.date.year


def _are_of_series(one: Work, other: Work, apart: int) -> bool:
    """Tell whether two works of one title may be two numbers of a series, such as a report and that of the next year.

    An organisation names its reports alike; and what names one container twice, in two years, without volume, pages or
    DOI, is hardly one article.
    """
    if "organization" in (one.creator[0].kind, other.creator[0].kind):
        ours, theirs = (work.date.edtf or "" if work.date else "" for work in (one, other))
        return not (ours.startswith(theirs) or theirs.startswith(ours))
    if not apart or one.doi or other.doi or one.container is None or other.container is None:
        return False
    return not (one.volume and other.volume) and not (one.pages and other.pages)


def _figures(work: Work) -> tuple[str, ...]:
    """Give the figures in a title alone: where a persistent identifier agrees, words may have grown together."""
    return tuple(DIGITS.findall(_title(work)))


def _numbers(work: Work) -> tuple[str, ...]:
    """Give the numbers in a title: parts, volumes, editions and years tell works apart."""
    words = _title(work).split()
    return tuple(word for word in words if any(mark.isdigit() for mark in word) or ROMAN.fullmatch(word))


def _differ(one: Work, other: Work) -> bool:
    """Tell whether the types exclude each other: data, software and pictures are no texts about them."""
    ours, theirs = _kinds(one), _kinds(other)
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _kinds(work: Work) -> set[str]:
    return {_kind(term.label.lower()) for term in work.resource_type} - {""}


@functools.lru_cache(maxsize=4_096)
def _kind(label: str) -> str:
    for word, kind in KINDS:
        if word in label:
            return kind
    return ""


def _places_differ(one: Work, other: Work) -> bool:
    ours, theirs = (work.pages.start if work.pages else None for work in (one, other))
    pairs = ((ours, theirs), (one.volume, other.volume), (one.issue, other.issue))
    return any(here and there and here != there for here, there in pairs)


def _containers_differ(one: Work, other: Work) -> bool:
    if one.container is None or other.container is None:
        return False
    ours, theirs = one.container, other.container
    if ours.issn and theirs.issn:
        return set(ours.issn).isdisjoint(theirs.issn)
    return fuzz.token_set_ratio(_fold(ours.title), _fold(theirs.title)) < 80


KINDS: Final = (
    ("review", "review"),
    ("data paper", "article"),
    ("data", "data"),
    ("software", "software"),
    ("thesis", "thesis"),
    ("dissertation", "thesis"),
    ("image", "image"),
    ("video", "video"),
    ("sound", "sound"),
    ("presentation", "talk"),
    ("lecture", "talk"),
    ("poster", "poster"),
    ("book part", "part"),
    ("chapter", "part"),
    ("book", "book"),
    ("article", "article"),
)
"""Words of resource types, and the kind that they mean; two kinds are two works, a type without one fits all."""
