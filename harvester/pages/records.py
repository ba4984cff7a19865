"""What a page brings to the store: its records normalised, and those set aside that cannot be."""

import logging
from typing import Final

import msgspec
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.item import Metadata
from harvester.parsing.archived import ArchivedPage, number_entries, parse_entry, raw_of
from harvester.parsing.headers import read_listed
from harvester.parsing.json_page import JsonPage
from harvester.parsing.record import Header, RecordError
from harvester.store.earlier import digest_of
from harvester.store.ledger.rejected import Rejected
from harvester.store.records import RecordRow

log = logging.getLogger(__name__)

NOT_WELL_FORMED: Final = "not_well_formed"
ENCODER: Final = msgspec.json.Encoder()


def read_page(
    page: ArchivedPage, verb: str, metadata_prefix: str, run: int, number: int, *, own_mapping: str = ""
) -> tuple[list[RecordRow], list[Rejected]]:
    """Give what a page brings: its records, or from a list of headers (ListIdentifiers) those that say deleted.

    `own_mapping` is the text of the endpoint's own. Raises: OverlayError.
    """
    if verb != "ListIdentifiers" or isinstance(page, JsonPage):
        return normalize_page(page, metadata_prefix, run, number, own_mapping)
    listed = read_listed(page)
    rejected = [_reject(error, element, run, number, position) for position, element, error in listed.unreadable]
    return [_row(header, None) for header in listed.deleted], rejected + _broken(page, run, number)


def normalize_page(
    page: ArchivedPage, metadata_prefix: str, run: int, number: int, own_mapping: str = ""
) -> tuple[list[RecordRow], list[Rejected]]:
    """Normalise every record of a page; those that cannot be are set aside with their reason and as they came.

    Raises: OverlayError.
    """
    rows: list[RecordRow] = []
    rejected: list[Rejected] = []
    for position, entry in number_entries(page):
        try:
            record = parse_entry(entry)
            said = None if record.deleted else normalize(record, metadata_prefix, own_mapping)
            rows.append(_row(record, said))
        except RecordError as error:
            rejected.append(_reject(error, entry, run, number, position))
    return rows, rejected + _broken(page, run, number)


def _broken(page: ArchivedPage, run: int, number: int) -> list[Rejected]:
    """Give the entries of a page that are not well-formed, as they came."""
    if page.broken:
        log.warning("entries set aside", extra={"run": run, "page": number, "count": len(page.broken)})
    return [
        Rejected(run, number, broken.position, broken.identifier, NOT_WELL_FORMED, broken.reason, broken.raw)
        for broken in page.broken
    ]


def _row(header: Header, said: Metadata | None) -> RecordRow:
    metadata, doi = (b"", None) if said is None else (ENCODER.encode(said), said.doi)
    digest = digest_of(metadata, header.datestamp, header.sets)
    return RecordRow(header.identifier, header.datestamp, header.sets, header.deleted, metadata, digest, doi)


def _reject(error: RecordError, entry: etree._Element | bytes, run: int, number: int, position: int) -> Rejected:
    log.warning("record set aside", extra={"run": run, "page": number, "cause": error.cause})
    return Rejected(run, number, position, error.identifier, error.cause, str(error), raw_of(entry))
