"""The citation of an item in APA 7 (Publication Manual of the American Psychological Association, chapter 10).

Written in plain text for articles, books and edited books, chapters, conference papers and proceedings, theses,
reports, preprints, datasets, software, and web pages or other media; what has no known type gets author, date, title,
source. Every word is the item's own or one of APA's (`n.d.`, `In`, `Eds.`, `Vol.`, `[Data set]` …).
"""

import re
from collections.abc import Callable
from typing import Final

from harvester.item import Metadata
from harvester.styles.dates import write_date
from harvester.styles.kinds import Kind, find_kind
from harvester.styles.names import editor_word, write_authors, write_straight
from harvester.styles.parts import (
    find_authors,
    find_edition,
    find_editors,
    find_event,
    find_institution,
    find_number,
    find_title,
    find_url,
    find_version,
    write_pages,
)

_WITH_DAY: Final = frozenset(["periodical", "preprint", "web"])
_ENDED: Final = re.compile(r"[.?!…][\"'”’»)\]]*$")
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th|\.)?")
_SAYS_EDITION: Final = re.compile(r"\b(?:ed|edn|edition|édition|aufl|auflage|edición|edição|rev)\b", re.IGNORECASE)
_SAYS_NUMBER: Final = re.compile(r"\b(?:no|nr|number|report|paper)\b", re.IGNORECASE)
_SAYS_VOLUME: Final = re.compile(r"[^\W\d_]{3,}|\bv\.", re.IGNORECASE)


def write_apa(metadata: Metadata) -> str:
    """Give the citation of a work; "" where it has no title. A work without author begins with its title."""
    title = find_title(metadata)
    if not title:
        return ""
    kind = find_kind(metadata)
    date = f"({write_date(metadata, with_day=kind.shape in _WITH_DAY)})."
    authors = _authors(metadata, kind)
    title = _close(" ".join([title, *_notes(metadata, kind)]))
    source = _SOURCES.get(kind.shape, _publisher)(metadata)
    sentences = [_close(authors), date, title] if authors else [title, date]
    if source:
        sentences.append(_close(source))
    if url := find_url(metadata):
        sentences.append(url)
    return " ".join(sentences)


def _close(text: str) -> str:
    """End a sentence; one that a question mark, an exclamation mark or a stop ends already stays as it is."""
    return text if text[-1] in ".?!…" or (text[-1] in "\"'”’»" and _ENDED.search(text)) else f"{text}."


def _authors(metadata: Metadata, kind: Kind) -> str:
    """Give the authors; a book or other whole work without any gives its editors."""
    authors = find_authors(metadata)
    if authors:
        return write_authors(authors)
    editors = find_editors(metadata) if kind.shape != "chapter" else []
    return f"{write_authors(editors)} {editor_word(editors)}" if editors else ""


def _notes(metadata: Metadata, kind: Kind) -> list[str]:
    """Give what stands behind the title: edition, volume, number or version in round brackets, the type in square."""
    notes = _ROUND[kind.shape](metadata) if kind.shape in _ROUND else []
    bracket = kind.bracket
    if kind.shape == "thesis" and bracket and (institution := find_institution(metadata)):
        bracket = f"{bracket}, {institution}"
    return [*([f"({', '.join(notes)})"] if notes else []), *([f"[{bracket}]"] if bracket else [])]


def _book_notes(metadata: Metadata) -> list[str]:
    """Give edition and volume, and before them the editors of a book that has authors too."""
    volume = metadata.volume if metadata.container is None else None
    details = ", ".join(_edition(metadata) + _volume(volume))
    editors = find_editors(metadata) if find_authors(metadata) else []
    by = f"{write_straight(editors)}, {editor_word(editors)[1:-1]}" if editors else ""
    return ["; ".join(note for note in (by, details) if note)] if by or details else []


def _report_notes(metadata: Metadata) -> list[str]:
    """Give the number of a report, with the series that it stands in."""
    number = find_number(metadata) or metadata.issue or metadata.volume
    series = metadata.container.title if metadata.container else None
    if not number:
        return [series] if series else []
    if series and series not in number:
        return [f"{series} {number}" if _SAYS_NUMBER.search(number) else f"{series} No. {number}"]
    return [number if _SAYS_NUMBER.search(number) else f"Report No. {number}"]


def _version_notes(metadata: Metadata) -> list[str]:
    version = find_version(metadata)
    return [f"Version {version}"] if version else []


def _edition(metadata: Metadata) -> list[str]:
    """Give the edition; a first one is not named, words for it stay as they are."""
    edition = find_edition(metadata)
    if not edition or edition == "1":
        return []
    number = _ORDINAL.fullmatch(edition)
    if number:
        return [f"{_ordinal(int(number[1]))} ed."]
    return [edition if _SAYS_EDITION.search(edition) else f"{edition} ed."]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _volume(volume: str | None) -> list[str]:
    if not volume:
        return []
    return [volume if _SAYS_VOLUME.search(volume) else f"Vol. {volume}"]


def _in_journal(metadata: Metadata) -> str:
    """Give `Container, volume(issue), pages`; without a container the publisher."""
    if metadata.container is None:
        return _publisher(metadata)
    issue = f"({metadata.issue})" if metadata.issue else ""
    pages = metadata.pages
    where = [metadata.container.title]
    if metadata.volume or issue:
        where.append(f"{metadata.volume or ''}{issue}")
    if pages is not None:
        where.append(f"Article {pages.article}" if pages.article else write_pages(pages))
    return ", ".join(where)


def _in_book(metadata: Metadata) -> str:
    """Give `In Editors (Eds.), Container (edition, volume, pages). Publisher`."""
    container = metadata.container
    if container is None:
        return _publisher(metadata)
    editors = find_editors(metadata)
    details = _edition(metadata) + _volume(metadata.volume) + _book_pages(metadata)
    by = f"{write_straight(editors)} {editor_word(editors)}, " if editors else ""
    details_text = f" ({', '.join(details)})" if details else ""
    return _and_publisher(metadata, f"In {by}{container.title}{details_text}")


def _book_pages(metadata: Metadata) -> list[str]:
    pages = metadata.pages
    if pages is None:
        return []
    if pages.article:
        return [f"Article {pages.article}"]
    text = write_pages(pages)
    return [f"pp. {text}" if "–" in text or "," in text else f"p. {text}"]


def _at_event(metadata: Metadata) -> str:
    return find_event(metadata) or _publisher(metadata)


def _of_thesis(metadata: Metadata) -> str:
    """Give the repository or database, where it is not the institution in the brackets."""
    institution = find_institution(metadata)
    return next((name for name in metadata.publisher if name != institution), "")


def _at_site(metadata: Metadata) -> str:
    """Give the site or repository of a preprint, web page or other medium."""
    return metadata.container.title if metadata.container else _publisher(metadata)


def _publisher(metadata: Metadata) -> str:
    """Give the publisher; a group that is author too is not named again (APA 7, 9.29)."""
    publisher = next(iter(metadata.publisher), "")
    folded = publisher.casefold()
    own = any(agent.name.casefold() == folded for agent in metadata.creator)
    return "" if own else publisher


def _and_publisher(metadata: Metadata, source: str) -> str:
    publisher = _publisher(metadata)
    return f"{_close(source)} {publisher}" if publisher else source


_ROUND: Final[dict[str, Callable[[Metadata], list[str]]]] = {
    "book": _book_notes,
    "report": _report_notes,
    "versioned": _version_notes,
}
_SOURCES: Final[dict[str, Callable[[Metadata], str]]] = {
    "article": _in_journal,
    "periodical": _in_journal,
    "chapter": _in_book,
    "paper": _at_event,
    "thesis": _of_thesis,
    "preprint": _at_site,
    "web": _at_site,
    "text": _at_site,
}
