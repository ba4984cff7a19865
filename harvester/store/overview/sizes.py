"""How large things are, by counts and by the databases' own word."""

from msgspec import Struct
from sqlalchemy import func, select, text

from harvester.store.connection import Store
from harvester.store.tables import pages


class Archived(Struct, frozen=True):
    """The bytes that pages take in the archive, and those of them that came since a time."""

    bytes: int
    lately: int


def store_bytes(store: Store) -> int:
    """Give how many bytes the store takes on its disk."""
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    with store.connect() as connection:
        asked = text(sqlite if store.is_sqlite else "SELECT pg_database_size(current_database())")
        return int(connection.execute(asked).scalar_one())


def weigh_archive(store: Store, since: float) -> Archived:
    """Sum up the pages of the archive, and those of them that were stored since a time."""
    taken = func.coalesce(func.sum(pages.c.archived_bytes), 0)
    lately = func.coalesce(func.sum(pages.c.archived_bytes).filter(pages.c.leased_until > since), 0)
    with store.connect() as connection:
        row = connection.execute(select(taken, lately).where(pages.c.location.is_not(None))).one()
        return Archived(int(row[0]), int(row[1]))
