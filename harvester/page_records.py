"""What a page brings to the store: its records normalised, and those set aside that cannot be."""

import hashlib
import logging
from typing import Final

import msgspec
from lxml import etree

from harvester.headers import read_listed
from harvester.normalize import normalize
from harvester.record import Header, Page, RecordError, parse_record
from harvester.store.records import RecordRow
from harvester.store.rejected import Rejected

log = logging.getLogger(__name__)

ENCODER: Final = msgspec.json.Encoder()


def read_page(
    page: Page, verb: str, metadata_prefix: str, run: int, number: int
) -> tuple[list[RecordRow], list[Rejected]]:
    """Give what a page brings: its records, or from a list of headers (ListIdentifiers) those that say deleted."""
    if verb != "ListIdentifiers":
        return normalize_page(page, metadata_prefix, run, number)
    listed = read_listed(page)
    rejected = [_reject(error, page.elements[position], run, number, position) for position, error in listed.unreadable]
    return [_row(header, b"") for header in listed.deleted], rejected


def normalize_page(page: Page, metadata_prefix: str, run: int, number: int) -> tuple[list[RecordRow], list[Rejected]]:
    """Normalise every record of a page; those that cannot be are set aside with their reason and their XML."""
    rows: list[RecordRow] = []
    rejected: list[Rejected] = []
    for position, element in enumerate(page.elements):
        try:
            record = parse_record(element)
            metadata = b"" if record.deleted else ENCODER.encode(normalize(record, metadata_prefix))
            rows.append(_row(record, metadata))
        except RecordError as error:
            rejected.append(_reject(error, element, run, number, position))
    return rows, rejected


def _row(header: Header, metadata: bytes) -> RecordRow:
    digest = hashlib.blake2b(metadata, digest_size=16)
    digest.update("\n".join((header.datestamp, *header.sets)).encode())
    return RecordRow(header.identifier, header.datestamp, header.sets, header.deleted, metadata, digest.digest())


def _reject(error: RecordError, element: etree._Element, run: int, number: int, position: int) -> Rejected:
    log.warning("record set aside", extra={"run": run, "page": number, "cause": error.cause})
    raw = etree.tostring(element, encoding="utf-8", with_tail=False)
    return Rejected(run, number, position, error.identifier, error.cause, str(error), raw)
