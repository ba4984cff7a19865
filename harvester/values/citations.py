"""Citation sentences, read only where their form leaves no doubt; free text, titles and addresses give nothing.

The forms are those counted in recorded identifier, source and bibliographicCitation values: APA, Chicago, EPrints,
Vancouver, arXiv's journal-ref, Zenodo's and LibreCat's journal lines.
"""

import re
from typing import Final

from msgspec import Struct

from harvester.item import Agent, Pages
from harvester.values.dois import find_doi
from harvester.values.pages import parse_pages

_MAX_CHARACTERS: Final = 1500
_FIRST_YEAR: Final = 1600
_LAST_YEAR: Final = 2100
_LINK: Final = re.compile(
    r"[\s.,;]*(?:UC [A-Z][\w ]{2,20}:\s*)?(?:\(?(?:doi|available (?:at|from|online)|retrieved from|url)\b[:\s]*)?(?:https?://|10\.\d{4})\S*\s*$",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(r"\s*(?:(?:ISSN|ISBN)\b.*|©.*|\(?In press\)?\.?)$")
_TWO_DIGITS: Final = re.compile(r"[0-9][^0-9]*[0-9]")
_DASH: Final = r"\s*[-‐‑‒–—−]+\s*"
_PAGES: Final = rf"(?:pp?\.?\s*)?(?P<pages>[A-Za-z]{{0,2}}\d+[A-Za-z]?(?:{_DASH}[A-Za-z]{{0,2}}\d+[A-Za-z]?)?)"
_RANGE: Final = rf"(?P<pages>[A-Za-z]{{0,2}}\d+[A-Za-z]?{_DASH}[A-Za-z]{{0,2}}\d+[A-Za-z]?)"
_VOLUME: Final = r"(?P<volume>\d{1,4}(?:[-/]\d{1,3})?[A-Z]?|[A-Z]?\d{1,3})"
_ISSUE: Final = r"\s*\((?P<issue>(?!(?:1[6-9]|20)\d\d\))[\w/–-]{1,10})\)"  # a year is none
_YEAR: Final = r"(?P<year>1[6-9]\d\d|20\d\d)"
_VOLUME_WORD: Final = r"(?:[Vv]ol(?:ume|\.)?|[Vv]\.|Bd\.?|Band|[Tt]om[eo]?|T\.|Jg\.?|Cilt)"
_ISSUE_WORD: Final = r"(?:[Nn]o\.?|[Nn]r\.?|[Nn][úu]m\.?|[Nn]\.?\s?[º°]?|Heft|Iss(?:ue|\.)?|Say[ıi])\s*:?"
_CAPITAL: Final = r"[^\W\d_a-zß-öø-ÿ]"  # a letter of any script but a small Latin one
_NAME: Final = rf"(?P<container>{_CAPITAL}[^\d()“”\"]{{1,148}}?)"
_DATE: Final = rf"(?:[A-Z][a-z]{{2,8}}\.?(?: \d{{1,2}})?,? )?{_YEAR}"
_HEAD: Final = rf"(?P<authors>[^“”\"]{{3,900}}?)\s*\({_YEAR}[a-z]?(?:, [^()]{{1,30}})?\)\.?:?\s+(?P<rest>.+)"

_APA_OR_LIKE: Final = re.compile(_HEAD, re.DOTALL)
# What follows "Title. Container": APA `, 92(5), 569–588`, EPrints `, 54 (5). pp. 1466-1470`, Vancouver ` 4:95`.
_TAILS: Final = (
    re.compile(rf",\s*{_VOLUME}(?:{_ISSUE})?,\s*{_PAGES}\.?$"),
    re.compile(rf",\s*{_VOLUME}{_ISSUE}\.?$"),
    re.compile(r",\s*(?P<volume>\d{1,3})\.?$"),
    re.compile(rf",\s*{_VOLUME}\s*(?:{_ISSUE})?\.\s+pp?\.\s*{_PAGES}\.?$"),
    re.compile(rf",?\s+{_VOLUME}(?:{_ISSUE})?\s*:\s*{_PAGES}\.?$"),
)
_CHICAGO: Final = re.compile(
    rf"(?P<authors>[^“\"\d]{{3,900}}?)\s*[“\"](?P<title>[^”\"]{{3,400}}?)[.,]?[”\"][.,]?\s+{_NAME},?\s+{_VOLUME}"
    rf"(?:, no\. (?P<issue>[\w/–-]{{1,10}}))?\s*\({_DATE}\)(?::\s*{_PAGES})?\.?"
)
# Adv Mater, 2015, 27 (40), pp. 6176 - 6180
_YEAR_FIRST: Final = re.compile(rf"{_NAME},\s*{_YEAR},\s*{_VOLUME}(?:{_ISSUE})?,\s*pp?\.\s*{_PAGES}\.?")
# Journal of Physical Oceanography, Vol. 19, No. 5A, 1637-1654
_ISSUE_AND_RANGE: Final = rf"{_VOLUME},?\s*(?:[Nn]o\.?|[Ii]ssue|[Nn]r\.?)\s*(?P<issue>[\w/-]{{1,10}}),?\s*{_RANGE}"
_IN_WORDS: Final = re.compile(rf"{_NAME},?\s+[Vv]ol(?:ume|\.)?\s*{_ISSUE_AND_RANGE}(?:,?\s*\(?{_DATE}\)?)?\.?")
_IN_WORDS_REST: Final = re.compile(_ISSUE_AND_RANGE)
# Fundamenta Mathematicae, vol. 226, 2014, pp. 1-16
_VOLUME_THEN_YEAR: Final = re.compile(
    rf"{_NAME},\s*{_VOLUME_WORD}\s*{_VOLUME}(?:,\s*{_ISSUE_WORD}\s*(?P<issue>[\w/-]{{1,10}}))?,\s*{_YEAR},\s*pp?\.\s*{_PAGES}\.?"
)
# DataCite's SeriesInformation: Meyniana; 57; 101-115; ISSN 0076-7689. Journal; 12(3):Doc17
_SERIES_INFORMATION: Final = re.compile(
    rf"{_NAME};\s*{_VOLUME}(?:{_ISSUE})?\s*[;:]\s*(?P<pages>[A-Za-z]{{0,3}}\d+(?:{_DASH}[A-Za-z]{{0,3}}\d+)?);?"
)
# Zenodo without pages: Journal, 5(9), (2025-09-23)
_DATED: Final = re.compile(rf"{_NAME},\s*{_VOLUME}(?:{_ISSUE})?,\s*\({_YEAR}-\d\d(?:-\d\d)?\)")
_LINES: Final = (
    # Zenodo: Journal, 5(9), 16-23, (2025-09-23); Journal, 113-121, (2025-02)
    re.compile(rf"{_NAME},\s*(?:{_VOLUME}(?:{_ISSUE})?,\s*|(?=[^,]*-)){_PAGES},\s*\({_YEAR}-\d\d(?:-\d\d)?\)\.?"),
    # PLoS ONE 8 (2013): e59284
    re.compile(rf"{_NAME},?\s+{_VOLUME}\s*\({_YEAR}\)\s*:\s*{_PAGES}\.?"),
    # Journal of the American Ceramic Society 2015, 98(9), 2760-2766.
    re.compile(rf"{_NAME},?\s+{_YEAR},\s*{_VOLUME}{_ISSUE}[,:]\s*{_PAGES}\.?"),
    # Lett. Math. Phys. 108 (2018), no. 2, 359-376
    re.compile(
        rf"{_NAME},?\s*{_VOLUME}\s*\({_YEAR}\),\s*[Nn]o\.?\s*(?P<issue>[\w/-]{{1,10}}),\s*(?:pp?\.?\s*)?{_PAGES}\.?"
    ),
    # OJS: Journal; Vol. 3 No. 2 (2015): Title of the issue; 12-34. Érudit: Revue ; vol. 68 no. 3-4 (2015)
    re.compile(
        rf"{_NAME}\s*;\s*(?:{_VOLUME_WORD}\s*(?P<volume>[\w/-]{{1,10}}))?"
        rf"(?:[,.]?\s*{_ISSUE_WORD}\s*(?P<issue>[\w/–-]{{1,12}}))?\s*\({_YEAR}\)(?::[^;]{{0,150}})?(?:;\s*{_PAGES})?\.?"
    ),
    # ACM Transactions on Graphics, 24(3):1082-1089, August 2005.
    re.compile(rf"{_NAME},?\s+{_VOLUME}{_ISSUE}\s*:\s*{_PAGES}(?:,\s*{_DATE})?\.?"),
    # Journal, 92(5), 569-588 (2017).
    re.compile(rf"{_NAME},\s*{_VOLUME}{_ISSUE},\s*{_RANGE}(?:\s*\({_YEAR}\))?\.?"),
    _YEAR_FIRST,
    # Angewandte Chemie, 130 (16). pp. 4567-4570.
    re.compile(rf"{_NAME},\s*{_VOLUME}{_ISSUE}\.(?:\s*pp?\.\s*{_PAGES}\.?)?"),
    # Combinatorics, Probability and Computing 14 (2005) 439 - 465
    re.compile(rf"{_NAME},?\s*{_VOLUME}\s*\({_YEAR}\),?\s*(?:pp?\.?\s*)?{_PAGES}\.?"),
    # Phys. Rev. D 90, 124041 (2014); New J. Phys. 16 113050 (2014)
    re.compile(rf"{_NAME},?\s+{_VOLUME}(?:{_ISSUE})?[,:]?\s+{_PAGES}\s*\({_YEAR}\)\.?"),
    # Annales de la Société: 56 (1912) no. 4, pp. 339-342
    re.compile(rf"{_NAME}:\s*{_VOLUME}\s*\({_YEAR}\)\s*(?:no\.\s*(?P<issue>[\w/-]{{1,10}}),\s*)?pp?\.\s*{_PAGES}\.?"),
)
_LINE_START: Final = re.compile(rf"{_CAPITAL}[^\d()“”\"]+(?=\d(\d{{3}})?)")  # a name before the first figure, as in all
_AUTHOR: Final = re.compile(r"([^\W\d_][^,;&\d.]{0,60}), ((?:[^\W\d_]\.(?:[ -](?=[^\W\d_]\.))?)+)")
_BETWEEN: Final = re.compile(r",? & |, (?:…|\.\.\.) (?:& )?|, ")
# Lu, Chensheng, and Leo Andres. 2012. Title. Container 2012:131854.
_AUTHOR_DATE: Final = re.compile(rf"(?P<authors>[^“”\"\d()]{{3,600}}?)\.\s+{_YEAR}[a-z]?\.\s+(?P<rest>.+)", re.DOTALL)
# Authors. Title. Container (2021) 5, 1, pages 10-12.
_PAGES_IN_WORDS: Final = re.compile(
    rf"(?P<title>.+?[.?!])\s+{_NAME}\s*\({_YEAR}\)\s*{_VOLUME},\s*(?P<issue>\w{{1,6}}),\s*(?:pages|pp?\.)\s*{_PAGES}\.?"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+(?=[^\W\d_a-z])")
_AROUND_CONTAINER: Final = re.compile(r"^Edited by (?:[^.]|(?<=\b[A-Z])\.)+\.\s+|,?\s+[Vv]ol(?:ume|\.)?,?$")
# `B.G. Searle, Computer Physics Communications` begins with its author.
_NO_CONTAINER: Final = re.compile(
    r"^(?:[A-Z]\.[ -]?)+[A-Z][\w-]+(?:,| and )|^comment:|https?:|doi|www\.|isbn|\bpp?\.$"
    r"|\b(?:fig|table|chapter|section|appendix)\b",
    re.IGNORECASE,
)
# NLM: Authors. Title. Container. 2015;3(1):e31.
_NLM: Final = re.compile(
    rf"(?P<head>.+?)\.?\s+{_YEAR}(?:\s[A-Z][a-z]{{2}}(?:\s\d{{1,2}})?)?;\s*{_VOLUME}(?:{_ISSUE})?:\s*{_PAGES}\.?"
)


class CitationFacts(Struct, frozen=True, gc=False):
    """What a citation sentence says; `text` is the sentence itself."""

    text: str
    year: int | None = None
    title: str | None = None
    container: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: Pages | None = None
    doi: str | None = None
    authors: tuple[Agent, ...] = ()


def parse_citation(text: str) -> CitationFacts | None:
    """Give the parts of a citation sentence, None for any text that is not clearly one. Text is cleaned already."""
    text = text.strip()
    if not 12 <= len(text) <= _MAX_CHARACTERS or text.startswith(("http", "doi:")) or not _has_numbers(text):
        return None
    core = _core(text)
    found = _chicago(core) or _with_authors(core) or _line(core) or _pages_in_words(core) or _nlm(core)
    if found is None:
        return None
    groups, authors = found
    container = _AROUND_CONTAINER.sub("", groups.get("container") or "").strip(" ,:")
    year = int(said) if (said := groups.get("year")) else None
    if not _is_container(container) or (year is not None and not _FIRST_YEAR <= year <= _LAST_YEAR):
        return None
    return CitationFacts(
        text,
        year,
        (groups.get("title") or "").strip(" .") or None,
        container,
        groups.get("volume"),
        groups.get("issue"),
        parse_pages(groups.get("pages") or ""),
        find_doi(text),
        authors,
    )


Parts = tuple[dict[str, str | None], tuple[Agent, ...]]


def _has_numbers(text: str) -> bool:
    if " " not in text:
        return False
    if _TWO_DIGITS.search(text):
        return True
    return not text.isascii() and sum(mark.isdigit() for mark in text) >= 2


def _core(text: str) -> str:
    """Give a sentence without a link and notes at its end."""
    noted = "ISSN" in text or "ISBN" in text or "©" in text or "In press" in text  # cheaper than a pattern
    if noted:
        text = _NOTE.sub("", text)
    if "://" in text or "10." in text:
        text = _LINK.sub("", text)
    if noted:
        text = _NOTE.sub("", text)
    return text.rstrip()


def _chicago(core: str) -> Parts | None:
    if "”" not in core and '"' not in core:
        return None
    found = _CHICAGO.fullmatch(core)
    return (found.groupdict(), ()) if found else None


def _with_authors(core: str) -> Parts | None:
    """Read `Authors (Year). Title. Container, volume(issue), pages` and its kin."""
    head = _APA_OR_LIKE.fullmatch(core) if "(" in core else None
    head = head or _AUTHOR_DATE.fullmatch(core)
    if not head:
        return None
    tail = next((found for form in _TAILS if (found := form.search(head["rest"]))), None)
    if tail is None:
        return None
    title, container = _split_title(head["rest"][: tail.start()])
    if not title:
        return None
    said = {"year": head["year"], "title": title, "container": container}
    return said | tail.groupdict(), _authors(head["authors"])


def _split_title(text: str) -> tuple[str, str]:
    """Split at the last sentence end; abbreviated words before it ("Proc. Natl. Acad. Sci.") are the container's."""
    pieces = _SENTENCE_END.split(text)
    first = len(pieces) - 1
    while first > 1 and pieces[first - 1].endswith(".") and " " not in pieces[first - 1]:
        first -= 1
    return " ".join(pieces[:first]), " ".join(pieces[first:])


def _line(core: str) -> Parts | None:
    start = _LINE_START.match(core) if len(core) <= 250 else None
    if start is None:
        return None
    forms = _LINES if "(" in core else (_YEAR_FIRST,) if start[1] else ()
    found = next((found for form in forms if (found := form.fullmatch(core))), None)
    place = start.end()  # the volume begins there, or with the letter before it
    if found is None and (_IN_WORDS_REST.match(core, place) or _IN_WORDS_REST.match(core, place - 1)):
        found = _IN_WORDS.fullmatch(core)
    found = found or _rarer_line(core)
    return (found.groupdict(), ()) if found else None


def _rarer_line(core: str) -> re.Match[str] | None:
    """Read a line of a form that its marks give away."""
    if ";" in core:
        return _SERIES_INFORMATION.fullmatch(core)
    if core.endswith(")"):
        return _DATED.fullmatch(core)
    return _VOLUME_THEN_YEAR.fullmatch(core) if "p." in core else None


def _pages_in_words(core: str) -> Parts | None:
    found = _PAGES_IN_WORDS.fullmatch(core) if "(" in core and ("pages " in core or "pp" in core) else None
    if not found:
        return None
    container = _split_title(found["container"])[1]
    return found.groupdict() | {"title": None, "container": container}, ()


def _nlm(core: str) -> Parts | None:
    found = _NLM.fullmatch(core) if ";" in core else None
    if not found:
        return None
    container = _split_title(found["head"])[1]
    if not container[:1].isupper() or any(mark.isdigit() or mark == "," for mark in container):
        return None
    return found.groupdict() | {"container": container}, ()


def _authors(text: str) -> tuple[Agent, ...]:
    """Give the authors of an APA list ("Cannata, M., & Sorum, M."); an unclear list gives none."""
    text, place, authors = text.strip().rstrip(","), 0, list[Agent]()
    while found := _AUTHOR.match(text, place):
        authors.append(Agent(f"{found[1]}, {found[2]}", found[1], found[2], "person"))
        if found.end() == len(text):
            return tuple(authors)
        between = _BETWEEN.match(text, found.end())
        if not between:
            break
        place = between.end()
    return ()


def _is_container(name: str) -> bool:
    letters = sum(mark.isalpha() for mark in name)
    return letters >= 2 and len(name) <= 150 and not _NO_CONTAINER.search(name)
