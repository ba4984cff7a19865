"""How much the records of a format say: which properties that people filter by come out of them."""

from collections.abc import Iterator
from typing import Final

from harvester.crosswalk.normalize import normalize
from harvester.item import Metadata
from harvester.parsing.record import Page, RecordError, parse_record

WANTED: Final = (
    *("title", "abstract", "creator", "contributor", "date", "volume", "issue", "pages", "container", "publisher"),
    *(
        "resource_type",
        "resource_status",
        "genre",
        "funding",
        "doi",
        "language",
        "subject",
        "rights",
        "access",
        "links",
    ),
)
MOST_RECORDS: Final = 100


def says_as_much(rich: Page, rich_prefix: str, plain: Page, plain_prefix: str) -> bool:
    """Tell whether the records that two first pages share have as many properties in the one format as in the other."""
    ours, theirs = _filled(rich, rich_prefix), _filled(plain, plain_prefix)
    shared = ours.keys() & theirs.keys()
    return sum(ours[name] for name in shared) >= sum(theirs[name] for name in shared)


def normalised(page: Page, prefix: str) -> Iterator[tuple[str, Metadata]]:
    """Yield the identifiers of live records with what they say; those that the harvest will set aside are left out."""
    for element in page.elements:
        try:
            record = parse_record(element)
            if not record.deleted:
                yield record.identifier, normalize(record, prefix)
        except RecordError:
            continue


def _filled(page: Page, prefix: str) -> dict[str, int]:
    """Give the number of wanted properties that a record has, by its identifier."""
    found: dict[str, int] = {}
    for identifier, metadata in normalised(page, prefix):
        found[identifier] = sum(1 for name in WANTED if getattr(metadata, name))
        if len(found) == MOST_RECORDS:
            break
    return found
