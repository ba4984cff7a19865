"""What the archive holds, by its kind: an OAI-PMH answer (XML), or a saved answer of a REST API (JSON).

The bytes themselves tell: no OAI-PMH answer begins as JSON does. An entry of a page is an element of an OAI-PMH list,
or a JSON object as it came.
"""

from collections.abc import Iterator

from lxml import etree

from harvester.parsing.json_page import JsonPage, is_json, parse_json_page, parse_json_record
from harvester.parsing.record import Page, Record, parse_page, parse_record

ArchivedPage = Page | JsonPage


def parse_archived(body: bytes) -> ArchivedPage:
    """Parse an archived page of either kind. Raises: what parse_page and parse_json_page raise."""
    return parse_json_page(body) if is_json(body) else parse_page(body)


def number_entries(page: ArchivedPage) -> Iterator[tuple[int, etree._Element | bytes]]:
    """Yield the entries of a page that can be parsed, each with its place among all of the page (0 is the first)."""
    entries: list[etree._Element] | list[bytes] = page.objects if isinstance(page, JsonPage) else page.elements
    taken = {broken.position for broken in page.broken}
    places = (place for place in range(page.received) if place not in taken)
    return zip(places, entries, strict=True)


def parse_entry(entry: etree._Element | bytes) -> Record:
    """Parse one entry of a page as a record. Raises: RecordError."""
    return parse_json_record(entry) if isinstance(entry, bytes) else parse_record(entry)


def raw_of(entry: etree._Element | bytes) -> bytes:
    """Give the bytes of an entry, in UTF-8: a JSON object's as they came."""
    return entry if isinstance(entry, bytes) else etree.tostring(entry, encoding="utf-8", with_tail=False)
