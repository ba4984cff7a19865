"""Where something came from: the records, items, pages and refusals that a name stands for."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.ledger.rejected import Rejected
from harvester.store.membership import among
from harvester.store.tables import endpoints, items, joining, outbox, pages, records, rejected
from harvester.values.dois import read_doi

DECODER = msgspec.json.Decoder(Endpoint)
SHOWN = 50


class TracedRecord(Struct, frozen=True, kw_only=True):
    """A record as the store has it, and the page it was read from; `location` is where the archive has that page.

    `fetched` is when that page was stored, `seen_run` the last run that the repository showed it in, `plan` the
    deletion plan that deleted it.
    """

    endpoint: str
    metadata_prefix: str
    identifier: str
    datestamp: str
    deleted: bool
    plan: int | None
    run: int
    number: int
    seen_run: int
    location: str | None
    fetched: float | None
    doi: str | None
    item_id: str | None


class TracedItem(Struct, frozen=True, kw_only=True):
    """An item: since when the outbox has it (None: the index has taken it), and why the index refused it.

    `joining` is whether it waits for the items of its work to be looked for.
    """

    id: str
    version: int
    deleted: bool
    changed: float
    merged_into: str | None
    queued: float | None
    refused: str | None
    joining: bool


def find_records(store: Store, name: str) -> list[TracedRecord]:
    """Give the records that a name stands for, deleted ones too, at most 50.

    A name is an item's id (then also those of items merged into it), a DOI, an OAI identifier, or an endpoint's key and
    an OAI identifier with a blank between them.
    """
    with store.connect() as connection:
        chosen = _items_named(connection, name)
        mine = [records.c.item_id.in_(chosen)] if chosen else []
        exact = _of_identifier(connection, name)
        doi = read_doi(name)
        having = [] if doi is None else [records.c.doi == doi]
        found: dict[tuple[str, str, str], TracedRecord] = {}
        for condition in (*mine, *exact, *having):  # one by one: each by an index of its own
            for row in connection.execute(_records().where(condition).limit(SHOWN)):
                found[row.endpoint, row.metadata_prefix, row.identifier] = TracedRecord(**row._mapping)  # noqa: SLF001
    return [found[key] for key in sorted(found)][:SHOWN]


def find_items_of(store: Store, name: str, of_records: Sequence[TracedRecord]) -> list[TracedItem]:
    """Give the items of some records and of a name, with those that lead their works."""
    with store.connect() as connection:
        wanted = {record.item_id for record in of_records if record.item_id} | set(_items_named(connection, name))
        leads = select(items.c.merged_into).where(
            among(connection, items.c.id, sorted(wanted)), items.c.merged_into.is_not(None)
        )
        wanted |= {lead for lead in connection.execute(leads).scalars() if lead}
        rows = connection.execute(_items().where(among(connection, items.c.id, sorted(wanted))).order_by(items.c.id))
        return [TracedItem(**row._mapping) for row in rows]  # noqa: SLF001


def find_refusals(store: Store, identifier: str) -> list[Rejected]:
    """Give the records of an OAI identifier that were set aside, the newest first."""
    columns = (rejected.c[name] for name in Rejected.__struct_fields__)
    mine = select(*columns).where(rejected.c.identifier == identifier)
    with store.connect() as connection:
        rows = connection.execute(mine.order_by(rejected.c.run.desc(), rejected.c.number).limit(SHOWN))
        return [Rejected(*row) for row in rows]


def _records() -> Select[Any]:
    own = [records.c[name] for name in TracedRecord.__struct_fields__ if name not in {"location", "fetched"}]
    page = (pages.c.run == records.c.run) & (pages.c.number == records.c.number)
    return select(*own, pages.c.location, pages.c.leased_until.label("fetched")).outerjoin(pages, page)


def _items() -> Select[Any]:
    return (
        select(
            *(items.c[name] for name in ("id", "version", "deleted", "changed", "merged_into")),
            outbox.c.queued,
            outbox.c.reason.label("refused"),
            joining.c.item_id.is_not(None).label("joining"),
        )
        .outerjoin(outbox, outbox.c.item_id == items.c.id)
        .outerjoin(joining, joining.c.item_id == items.c.id)
    )


def _items_named(connection: Connection, name: str) -> list[str]:
    """Give the items of this id or OAI identifier, and those that were merged into them."""
    own = (
        connection.execute(select(items.c.id).where(or_(items.c.id == name, items.c.identifier == name)))
        .scalars()
        .all()
    )
    if not own:
        return []
    parts = connection.execute(select(items.c.id).where(items.c.merged_into.in_(own))).scalars()
    return sorted({*own, *parts})


def _of_identifier(connection: Connection, name: str) -> list[ColumnElement[bool]]:
    """Give the conditions of the records of this identifier: at any endpoint, or at the one that is named.

    All three parts of the key are named, so that its index is used: there is none of the identifier alone.
    """
    key, _, identifier = name.partition(" ")
    defined = [DECODER.decode(row) for row in connection.execute(select(endpoints.c.definition)).scalars()]
    keys, prefixes = [one.key for one in defined], sorted({one.metadata_prefix for one in defined})
    wanted = [(keys, name)] if keys else []
    if key in keys and identifier.strip():
        wanted.append(([key], identifier.strip()))
    return [
        and_(
            among(connection, records.c.endpoint, places),
            among(connection, records.c.metadata_prefix, prefixes),
            records.c.identifier == wanted_identifier,
        )
        for places, wanted_identifier in wanted
    ]
