"""What recorded pages hold, read by the standard library alone: the other opinion that our answers are held against."""

import html
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z")
DOI = re.compile(r".*?\b(10\.\d{4,9}/\S*\w)", re.ASCII)
TYPES = {  # COAR Resource Types 3.1
    "Article": "journal article",
    "Book Section": "book part",
    "Conference or Workshop Item": "conference output",
    "Dataset": "dataset",
    "Journal": "journal",
    "Other": "other",
    "PhD": "doctoral thesis",
    "Photograph": "still image",
    "Poster": "conference poster",
    "Presentation": "conference presentation",
    "Proceedings": "conference proceedings",
    "Report": "report",
    "Report or Paper": "report",
    "Thesis": "thesis",
    "article": "journal article",
    "book": "book",
    "conferencePaper": "conference paper",
    "conferenceProceedings": "conference proceedings",
    "doctoral": "doctoral thesis",
    "lecture": "lecture",
    "other": "other",
    "preprint": "preprint",
    "technicalDocumentation": "technical documentation",
    "text": "text",
}
STATUSES = {  # COAR Version Types 1.0, and the words for peer review
    "NonPeerReviewed": "Not Peer Reviewed",
    "PeerReviewed": "Peer Reviewed",
    "accepted version": "accepted version",
    "published version": "version of record",
}
LANGUAGES = {  # ISO 639: the shortest code
    word: tag
    for tag, words in {
        "ang": "ang",
        "de": "German ger",
        "el": "Greek gre",
        "en": "English eng en",
        "fr": "fra fr",
        "ja": "Japanese jpn",
        "la": "Latin lat",
        "oty": "oty",
        "pt": "por",
        "ru": "Russian rus ru",
        "sk": "slk",
        "es": "spa",
        "ta": "tam",
        "uk": "ukr",
        "uz": "uzb",
        "zh": "Chinese chi",
    }.items()
    for word in words.split()
}


class Recorded(Struct, frozen=True):
    """A record of a page; `values` are its Dublin Core elements by name, entities read and white space collapsed."""

    identifier: str
    deleted: bool
    sets: list[str]
    values: dict[str, list[str]]


def read_page(page: bytes) -> list[Recorded]:
    """Read a ListRecords page."""
    return [_record(element) for element in ET.fromstring(page).iter(f"{OAI}record")]


def live(records: Iterable[Recorded]) -> list[Recorded]:
    """Give those that are not deleted, each identifier once."""
    return list({record.identifier: record for record in records if not record.deleted}.values())


def count(records: Iterable[Recorded], values: Callable[[Recorded], Iterable[str]]) -> dict[str, int]:
    """Count the records that have a value, for each value."""
    return dict(Counter(value for record in records for value in set(values(record))))


def years(record: Recorded) -> list[str]:
    """Give the year that the first date of a record begins with.

    Timestamps are those of the deposit (DSpace): they count where no other date says a year or that there is none.
    """
    if "undated" in record.values.get("date", []):
        return []
    dates = sorted(record.values.get("date", []), key=lambda text: TIMESTAMP.fullmatch(text) is not None)
    return [text[:4] for text in dates if text[:4].isdigit()][:1]


def dois(record: Recorded) -> set[str]:
    """Give the DOIs that stand at the end of an identifier, alone or behind a citation."""
    found = (DOI.fullmatch(text) for text in record.values.get("identifier", []))
    return {match[1].lower() for match in found if match}


def said(name: str, words: dict[str, str]) -> Callable[[Recorded], Iterable[str]]:
    """Give the rule for an element of which a table says what its words mean; other words are of another property."""

    def rule(record: Recorded) -> list[str]:
        texts = [text.removeprefix("info:eu-repo/semantics/") for text in record.values.get(name, [])]
        return [words[text] for text in texts if text in words]

    return rule


def kinds(record: Recorded) -> list[str]:
    """Give what a record is a work of; a thesis of a kind is not said to be a thesis again."""
    found = list(said("type", TYPES)(record))
    return [one for one in found if one != "thesis" or not any(other.endswith(" thesis") for other in found)]


RULES: dict[str, Callable[[Recorded], Iterable[str]]] = {  # what each property of a record is, without oaihub
    "title": lambda record: record.values["title"][:1],
    "set": lambda record: record.sets,
    "year": years,
    "doi": dois,
    "resource_type": kinds,
    "resource_status": said("type", STATUSES),
    "language": said("language", LANGUAGES),
    "subject": lambda record: record.values.get("subject", []),
    "coverage": lambda record: record.values.get("coverage", []),  # oaihub has no such property of its own
}


def _record(element: ET.Element) -> Recorded:
    header = element.find(f"{OAI}header")
    assert header is not None
    values: dict[str, list[str]] = {}
    for part in element.iter():
        text = _read("".join(part.itertext()))
        if part.tag.startswith(DC) and text:
            values.setdefault(part.tag.removeprefix(DC), []).append(text)
    return Recorded(
        identifier=_read(header.findtext(f"{OAI}identifier", "")),
        deleted=header.get("status") == "deleted",
        sets=[_read(part.text or "") for part in header.iter(f"{OAI}setSpec")],
        values=values,
    )


def _read(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(html.unescape(text).split()))
