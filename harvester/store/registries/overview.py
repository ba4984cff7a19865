"""What an operator wants to know of DOIs: what waits where, what went wrong how often, and which records have one."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import case, func, or_, select

from harvester.dois.guard import agrees
from harvester.dois.notices import Notice
from harvester.item import Metadata
from harvester.store.connection import Store
from harvester.store.dois import NOTICE_COLUMNS, read_registered
from harvester.store.tables import doi_notices, dois, items, records

METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)


class Waiting(Struct, frozen=True):
    """How many DOIs are to be asked for on a route: now, held ones among them, and later because a try failed.

    `oldest` is since when the first waits (seconds since 1970), None where none waits now.
    """

    route: str
    due: int
    held: int
    later: int
    oldest: float | None


class ErrorCount(Struct, frozen=True):
    """How many DOIs have an error, and one of them."""

    error: str
    count: int
    example: str


class Holder(Struct, frozen=True):
    """A record that says a DOI is its own, and the item it is shown in.

    `agrees` tells whether what is registered is of the same work, and so used; None where nothing is registered.
    """

    item: str
    endpoint: str
    metadata_prefix: str
    identifier: str
    agrees: bool | None


def count_waiting(store: Store, now: float) -> list[Waiting]:
    """Count the DOIs that are to be asked for, by route: those due now, and those that wait after a failure."""
    due, waits = dois.c.due <= now, dois.c.state == "waiting"
    counted = (
        select(
            dois.c.route,
            func.sum(case((due, 1), else_=0)),
            func.sum(case((due & (dois.c.leased_until >= now), 1), else_=0)),
            func.sum(case((due, 0), else_=1)),
            func.min(case((due, dois.c.due))),
        )
        .where(dois.c.due.is_not(None), or_(due, waits))
        .group_by(dois.c.route)
        .order_by(dois.c.route)
    )
    with store.connect() as connection:
        return [Waiting(*row) for row in connection.execute(counted)]


def next_due(store: Store, now: float) -> float | None:
    """Give when the next DOI is to be asked for that is not due yet, None where there is none."""
    with store.connect() as connection:
        return connection.execute(select(func.min(dois.c.due)).where(dois.c.due > now)).scalar()


def count_errors(store: Store, limit: int) -> list[ErrorCount]:
    """Count the errors that DOIs have now, the most frequent first."""
    number = func.count().label("number")
    counted = (
        select(dois.c.error, number, func.min(dois.c.doi))
        .where(dois.c.error.is_not(None))
        .group_by(dois.c.error)
        .order_by(number.desc(), dois.c.error)
        .limit(limit)
    )
    with store.connect() as connection:
        return [ErrorCount(*row) for row in connection.execute(counted)]


def find_holders(store: Store, doi: str) -> list[Holder]:
    """Give the live records that say a DOI (in lower case) is their own, in order."""
    shown = func.coalesce(items.c.merged_into, items.c.id)
    having = (
        select(shown, records.c.endpoint, records.c.metadata_prefix, records.c.identifier, records.c.metadata)
        .join(items, items.c.id == records.c.item_id)
        .where(records.c.doi == doi, ~records.c.deleted)
        .order_by(records.c.endpoint, records.c.identifier, records.c.metadata_prefix)
    )
    with store.connect() as connection:
        registered = read_registered(connection, [doi]).get(doi)
        rows = connection.execute(having).all()
    return [
        Holder(*row[:4], None if registered is None else agrees(METADATA_DECODER.decode(row[4]), registered))
        for row in rows
    ]


def find_notices(store: Store, doi: str) -> list[Notice]:
    """Give what notices say of a work, and what it says itself of others as a notice, in order."""
    either = or_(doi_notices.c.doi == doi, doi_notices.c.notice == doi)
    with store.connect() as connection:
        return sorted(Notice(*row) for row in connection.execute(select(*NOTICE_COLUMNS).where(either)))
