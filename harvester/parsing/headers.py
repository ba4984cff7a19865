"""The headers of a page: read fast to look at a list as a whole, or with care where they are all that there is."""

import hashlib
from collections.abc import Iterator
from itertools import islice

from lxml import etree
from msgspec import Struct

from harvester.parsing.record import Header, Page, RecordError, number_elements, parse_header


class Listed(Struct, frozen=True):
    """The headers of a ListIdentifiers page: live, deleted, unreadable with their place, and how many are broken."""

    live: list[Header]
    deleted: list[Header]
    unreadable: list[tuple[int, etree._Element, RecordError]]
    broken: int

    @property
    def received(self) -> int:
        """How many records the page itself brings; a live one comes by its own page."""
        return len(self.deleted) + len(self.unreadable) + self.broken


def iter_headers(page: Page) -> Iterator[tuple[str, str]]:
    """Yield identifier and datestamp of each entry of a list, fast and without complaint; "" where one is missing."""
    for element in page.elements:
        header = element if etree.QName(element).localname == "header" else next(iter(element), element)
        texts = [child.text or "" for child in islice(header, 2)]
        yield (texts[0], texts[1]) if len(texts) == 2 else ("", "")


def read_listed(page: Page) -> Listed:
    """Read a ListIdentifiers page."""
    listed = Listed([], [], [], len(page.broken))
    for position, element in number_elements(page):
        try:
            header = parse_header(element)
        except RecordError as error:
            listed.unreadable.append((position, element, error))
        else:
            (listed.deleted if header.deleted else listed.live).append(header)
    return listed


def page_digest(page: Page) -> bytes | None:
    """Give what tells a page of a list from all others: its identifiers and datestamps, or its token where it is empty.

    None for the last page, which cannot begin a circle.
    """
    if page.token is None:
        return None
    told = [text for header in iter_headers(page) for text in header] or [page.token]
    return hashlib.blake2b("\n".join(told).encode(), digest_size=12).digest()
