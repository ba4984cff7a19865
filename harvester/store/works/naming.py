"""Items by the names that people have for them, which hold in any store: DOIs, and records of endpoints."""

from sqlalchemy import Connection, func, or_, select

from harvester.errors import RejectedError, cut
from harvester.store.connection import Store
from harvester.store.membership import among
from harvester.store.tables import items, records
from harvester.values.dois import read_doi

FORMS = "an item's id, a DOI, an OAI identifier, or ENDPOINT IDENTIFIER"
SHOWN = 5


class UnclearNameError(RejectedError):
    """A name that stands for no item, or for several works."""


def find_named(store: Store, name: str) -> tuple[str, ...]:
    """Give the ids of the items that a name stands for; where they are several, they are parts of one work.

    A name is an item's id, a DOI (of all items whose records have it as their own), an OAI identifier, or an endpoint's
    key and an OAI identifier with a blank between them. Raises: UnclearNameError.
    """
    name = name.strip()
    with store.connect() as connection:
        found = _by_id(connection, name) or sorted(_by_doi(connection, name) | _by_identifier(connection, name))
        lead = func.coalesce(items.c.merged_into, items.c.id)
        works = sorted(set(connection.execute(select(lead).where(among(connection, items.c.id, found))).scalars()))
    if not works:
        raise UnclearNameError(f"{cut(name)!r} names no item: give {FORMS}; `oaihub search` shows what there is")
    if len(works) > 1:
        shown = ", ".join(works[:SHOWN]) + (f" and {len(works) - SHOWN} more" if len(works) > SHOWN else "")
        raise UnclearNameError(f"{cut(name)!r} names {len(works)} works: give the id of one of {shown}")
    return tuple(found)


def find_work(store: Store, name: str) -> str:
    """Give the id of the item that leads the work that a name stands for. Raises: UnclearNameError."""
    found = find_named(store, name)[0]
    with store.connect() as connection:
        lead = connection.execute(select(items.c.merged_into).where(items.c.id == found)).scalar()
    return lead or found


def _by_id(connection: Connection, name: str) -> list[str]:
    return list(connection.execute(select(items.c.id).where(items.c.id == name)).scalars())


def _by_doi(connection: Connection, name: str) -> set[str]:
    doi = read_doi(name)
    if doi is None:
        return set()
    having = select(records.c.item_id).where(records.c.doi == doi, ~records.c.deleted, records.c.item_id.is_not(None))
    return {item_id for item_id in connection.execute(having).scalars() if item_id is not None}


def _by_identifier(connection: Connection, name: str) -> set[str]:
    endpoint, _, identifier = name.partition(" ")
    this = (records.c.endpoint == endpoint, records.c.identifier == identifier.strip())
    recorded = select(records.c.item_id).where(*this, records.c.item_id.is_not(None))
    chosen = select(items.c.id).where(or_(items.c.identifier == name, items.c.id.in_(recorded)))
    return set(connection.execute(chosen).scalars())
