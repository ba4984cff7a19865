"""The DOIs that records say are their own, and what their agencies have registered for them.

A row says what is known (`waiting` for the first answer, `found`, `absent`, `dead` where asking was given up) and when
it is to be asked for next. How rows are taken and settled is in doi_batches.py.
"""

from collections.abc import Collection, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from harvester.dois.notices import Notice, add_notices
from harvester.item import Metadata
from harvester.store.connection import Store
from harvester.store.many import execute_many
from harvester.store.membership import among
from harvester.store.tables import doi_inbox, doi_notices, dois, registry_budgets

DoiState = Literal["waiting", "found", "absent", "dead"]

UNSORTED: Final = "unsorted"
"""The route of a DOI whose agency is not known; the others are named in harvester.dois.limits."""

INSERT_NEW: Final = insert(doi_inbox)
METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)


class DoiRow(Struct, frozen=True):
    """A DOI as the store has it; times in seconds since 1970.

    `due` is when it is asked for next, None where that was given up; `fetched` is 0 where it was never answered.
    `omitted_by` is the route whose list left it out; `location` is the last answer in the archive.
    """

    doi: str
    state: DoiState
    route: str
    agency: str | None
    due: float | None
    fetched: float
    tries: int
    omitted_by: str | None
    error: str | None
    location: str | None


class DoiCount(Struct, frozen=True):
    """How many DOIs are in a state, by agency; `agency` is None where it is not known."""

    state: DoiState
    agency: str | None
    count: int


NOTICE_COLUMNS: Final = tuple(doi_notices.c[name] for name in Notice.__struct_fields__)
COLUMNS: Final = tuple(dois.c[name] for name in DoiRow.__struct_fields__)


def enqueue_dois(connection: Connection, found: Collection[str], now: float) -> None:
    """Have DOIs asked for, as a part of the transaction that stores the records which have them."""
    execute_many(connection, INSERT_NEW, ("doi", "queued"), [(doi, now) for doi in found])


def read_registered(connection: Connection, wanted: Sequence[str]) -> dict[str, Metadata]:
    """Give what agencies have registered for DOIs, for those that are known, with the notices that name them.

    Whether it fits is the caller's to see.
    """
    if not wanted:
        return {}
    known = select(dois.c.doi, dois.c.metadata).where(
        among(connection, dois.c.doi, wanted), dois.c.metadata.is_not(None)
    )
    found = {row.doi: METADATA_DECODER.decode(row.metadata) for row in connection.execute(known)}
    told = read_notices(connection, list(found)) if found else {}
    return found | {doi: add_notices(found[doi], notices) for doi, notices in told.items()}


def read_notices(connection: Connection, wanted: Sequence[str]) -> dict[str, list[Notice]]:
    """Give the notices that name works, by the works' DOIs."""
    found: dict[str, list[Notice]] = {}
    for row in connection.execute(select(*NOTICE_COLUMNS).where(among(connection, doi_notices.c.doi, wanted))):
        found.setdefault(row[0], []).append(Notice(*row))
    return found


def get_doi(store: Store, doi: str) -> DoiRow | None:
    """Give what is known of a DOI (in lower case), None where no record has ever had it."""
    with store.connect() as connection:
        row = connection.execute(select(*COLUMNS).where(dois.c.doi == doi)).one_or_none()
    return None if row is None else DoiRow(*row)


def list_dois(store: Store, *, states: Sequence[DoiState] = (), agency: str | None = None, limit: int) -> list[DoiRow]:
    """Give DOIs in order, all or those in some states or of one agency."""
    with store.connect() as connection:
        chosen = select(*COLUMNS).where(*_chosen(states, agency)).order_by(dois.c.doi).limit(limit)
        return [DoiRow(*row) for row in connection.execute(chosen)]


def count_dois(store: Store) -> list[DoiCount]:
    """Count the DOIs by state and agency."""
    counted = select(dois.c.state, dois.c.agency, func.count()).group_by(dois.c.state, dois.c.agency)
    with store.connect() as connection:
        found = [DoiCount(*row) for row in connection.execute(counted)]
    return sorted(found, key=lambda row: (row.state, row.agency or ""))


def count_due(store: Store, now: float) -> tuple[int, float | None]:
    """Count the DOIs that are to be asked for now, held ones too, and give since when the first of them waits."""
    with store.connect() as connection:
        row = connection.execute(select(func.count(), func.min(dois.c.due)).where(dois.c.due <= now)).one()
    return row[0], row[1]


def open_routes(store: Store, now: float) -> list[str]:
    """Give the routes on which a DOI is due that nobody holds."""
    with store.connect() as connection:
        due = select(dois.c.route).where(dois.c.due <= now, dois.c.leased_until < now).distinct()
        return sorted(connection.execute(due).scalars())


def retry_dois(
    store: Store, now: float, *, doi: str | None = None, states: Sequence[DoiState] = (), agency: str | None = None
) -> int:
    """Have DOIs asked for again at once, as if they were new; what is known stays until the answer. Give their number.

    One that is held is left alone: it is being asked for.
    """
    only = () if doi is None else (dois.c.doi == doi,)
    again = {"route": UNSORTED, "due": now, "tries": 0, "omitted_by": None, "error": None}
    with store.begin() as connection:
        chosen = update(dois).where(dois.c.leased_until < now, *only, *_chosen(states, agency))
        return connection.execute(chosen.values(again)).rowcount


def blocked_lanes(store: Store, now: float) -> dict[str, float]:
    """Give the lanes on which nothing may be asked now, and until when that is."""
    with store.connect() as connection:
        blocked = select(registry_budgets.c.lane, registry_budgets.c.blocked_until)
        rows = connection.execute(blocked.where(registry_budgets.c.blocked_until > now)).all()
    return {row[0]: row[1] for row in rows}


def _chosen(states: Sequence[DoiState], agency: str | None) -> list[ColumnElement[bool]]:
    conditions = [dois.c.state.in_(states)] if states else []
    return [*conditions, *([func.lower(dois.c.agency) == agency.lower()] if agency is not None else [])]
