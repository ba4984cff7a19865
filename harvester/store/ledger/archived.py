"""What is kept, walked from one end to the other: the archived pages with the records that they own, and all values."""

import itertools
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, select

from harvester.store.connection import Store
from harvester.store.tables import pages, records

ROWS_AT_ONCE: Final = 2_000
WITH_PAGE: Final = records.join(pages, and_(pages.c.run == records.c.run, pages.c.number == records.c.number))


class OwnedPage(Struct, frozen=True):
    """An archived page, and the identifiers of the live records that were last read from it."""

    run: int
    number: int
    location: str
    metadata_prefix: str
    identifiers: tuple[str, ...]


def count_records(store: Store, endpoint: str) -> int:
    """Give the number of live records of an endpoint that an archived page has."""
    with store.connect() as connection:
        return connection.execute(select(func.count()).select_from(WITH_PAGE).where(_of(endpoint))).scalar_one()


def iter_owned_pages(store: Store, endpoint: str) -> Iterator[OwnedPage]:
    """Yield the pages that own a live record of an endpoint, oldest first; no more than one is held at a time."""
    columns = (records.c.run, records.c.number, pages.c.location, records.c.metadata_prefix, records.c.identifier)
    ordered = (
        select(*columns)
        .select_from(WITH_PAGE)
        .where(_of(endpoint))
        .order_by(records.c.run, records.c.number, records.c.identifier)
    )
    with store.connect() as connection:
        rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(ordered)
        for (run, number, location, prefix), owned in itertools.groupby(rows, key=lambda row: tuple(row[:4])):
            yield OwnedPage(run, number, location, prefix, tuple(row[4] for row in owned))


def iter_metadata(store: Store, endpoint: str | None = None) -> Iterator[bytes]:
    """Yield the normalised metadata (JSON) of every live record of an endpoint, or of all."""
    wanted = select(records.c.metadata).where(~records.c.deleted)
    if endpoint is not None:
        wanted = wanted.where(records.c.endpoint == endpoint)
    with store.connect() as connection:
        yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted).scalars()


def _of(endpoint: str) -> ColumnElement[bool]:
    return and_(records.c.endpoint == endpoint, ~records.c.deleted, pages.c.location.is_not(None))
