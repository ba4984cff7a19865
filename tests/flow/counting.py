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
PLAIN_DATE = re.compile(r"(\d{4})(-\d\d){0,2}")
DOI_ALONE = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/[\w./()-]*\w)", re.ASCII)


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


def plain_year(record: Recorded) -> str | None:
    """Give the year of a record that names exactly one, as YYYY, YYYY-MM or YYYY-MM-DD."""
    dates = record.values.get("date", [])
    found = PLAIN_DATE.fullmatch(dates[0]) if len(dates) == 1 else None
    return found[1] if found else None


def dois(record: Recorded) -> set[str]:
    """Give the DOIs that stand alone in identifiers."""
    found = (DOI_ALONE.fullmatch(text) for text in record.values.get("identifier", []))
    return {match[1].lower() for match in found if match}


def mentions_doi(record: Recorded) -> bool:
    """Tell whether anything that looks like a DOI stands anywhere in a record."""
    return any("10." in text for texts in record.values.values() for text in texts)


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
