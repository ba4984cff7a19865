"""A page cut into its entries without parsing it, so that what is wrong in one entry stays in that entry.

Nothing is left out: head, entries and tail, one after the other, are the document.
"""

import html
import re
from typing import Final

from msgspec import Struct

from harvester.parsing.repair import PREFIX

ENTRIES: Final = {b"ListRecords": b"record", b"GetRecord": b"record", b"ListIdentifiers": b"header"}
LIST: Final = re.compile(rb"<(%s(%s))(?=[\s/>])[^>]*>" % (PREFIX, b"|".join(ENTRIES)))
TOKEN: Final = re.compile(rb"<%sresumptionToken(?=[\s/>])" % PREFIX)


def _opening(name: bytes) -> bytes:
    return rb"<%s%s(?=[\s>])[^<>]*>\s*" % (PREFIX, name)


def _beginning(entry: bytes) -> re.Pattern[bytes]:
    """Give how an entry begins: its tag and header, else header and identifier, else identifier and datestamp.

    A header alone does not tell, formats have elements of that name; identifier and datestamp are also in the
    provenance of a record, but behind a baseURL there.
    """
    header, identifier, datestamp = _opening(b"header"), _opening(b"identifier"), _opening(b"datestamp")
    own = header if entry == b"header" else _opening(entry) + header
    base = rb"%s[^<]*</%sbaseURL\s*>\s*" % (_opening(b"baseURL"), PREFIX)
    return re.compile(
        rb"(?P<own>%s)(?:%s(?P<first>[^<]*))?" % (own, identifier)
        + rb"|%s%s(?P<second>[^<]*)" % (header, identifier)
        + rb"|(?P<origin>%s)%s" % (base, identifier)
        + rb"|%s(?P<third>[^<]*)</%sidentifier\s*>\s*%s" % (identifier, PREFIX, datestamp)
    )


BEGINNINGS: Final = {entry: _beginning(entry) for entry in (b"record", b"header")}


class Entry(Struct, frozen=True):
    """The bytes of one entry and what follows it up to the next; its identifier where one was found."""

    text: bytes
    identifier: str | None
    closed: bool


class Pieces(Struct, frozen=True):
    """A page in pieces: `head` ends with the opening tag of its list, `tail` begins behind its last entry.

    `closing` closes what is open where an entry begins.
    """

    head: bytes
    entries: list[Entry] = []
    tail: bytes = b""
    closing: bytes = b""


class _Place(Struct):
    start: int
    end: int
    identifier: str | None


def split_document(document: bytes) -> Pieces:
    """Cut a document at its entries; one that is no list of records or headers, or an empty one, is all head."""
    opening = LIST.search(document)
    if opening is None:
        return Pieces(document)
    entry = ENTRIES[opening[2]]
    closing = re.compile(rb"</%s%s\s*>" % (PREFIX, entry))
    places = _find_places(document, opening, BEGINNINGS[entry], closing)
    if not places:
        return Pieces(document)
    end = _tail(document, places[-1].end, opening[1])
    starts = [place.start for place in places]
    texts = [document[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]
    entries = [
        Entry(text, place.identifier, closed=closing.search(text) is not None)
        for text, place in zip(texts, places, strict=True)
    ]
    root = re.split(rb"[\s>]", document[1 : opening.start()], maxsplit=1)[0]
    return Pieces(document[: opening.end()], entries, document[end:], b"</%s></%s>" % (opening[1], root))


def _find_places(
    document: bytes, opening: re.Match[bytes], beginning: re.Pattern[bytes], closing: re.Pattern[bytes]
) -> list[_Place]:
    places: list[_Place] = []
    for found in beginning.finditer(document, opening.end()):
        groups = found.groupdict()
        if groups["origin"]:
            continue
        identifier = _text(groups["first"] or groups["second"] or groups["third"] or b"")
        if not places:
            places.append(_Place(opening.end(), found.end(), identifier))
            continue
        before = places[-1]
        ends = [end.end() for end in closing.finditer(document, before.end, found.start())]
        if before.identifier is None and not ends and not groups["own"]:
            before.identifier = identifier  # of the same entry: something stands between its header and identifier
            before.end = found.end()
            continue
        start = found.start() if groups["own"] or not ends else ends[-1]
        places.append(_Place(start, found.end(), identifier))
    return places


def _tail(document: bytes, last: int, name: bytes) -> int:
    """Give where the tail begins: with the token behind the last entry, or else with the list's closing tag."""
    tokens = [found.start() for found in TOKEN.finditer(document, last)]
    if tokens:
        return tokens[-1]
    closing = document.rfind(b"</" + name, last)
    return closing if closing >= 0 else len(document)


def _text(content: bytes) -> str | None:
    return html.unescape(content.decode("utf-8", "replace")).strip() or None
