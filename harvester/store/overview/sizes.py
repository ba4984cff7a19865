"""How large things are, by counts and by the databases' own word."""

from msgspec import Struct
from sqlalchemy import func, select, text

from harvester.store.connection import Store
from harvester.store.tables import pages


class Archived(Struct, frozen=True):
    """How many pages are archived, how many of them since a time, and where some of the newest lie."""

    pages: int
    lately: int
    newest: tuple[str, ...]


def store_bytes(store: Store) -> int:
    """Give how many bytes the store takes on its disk."""
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    with store.connect() as connection:
        asked = text(sqlite if store.is_sqlite else "SELECT pg_database_size(current_database())")
        return int(connection.execute(asked).scalar_one())


def count_archived(store: Store, since: float, sample: int) -> Archived:
    """Count the pages of the archive, those of them that were stored since a time, and name some of the newest."""
    has_file = pages.c.location.is_not(None)
    counted = select(func.count(), func.count().filter(pages.c.leased_until > since)).where(has_file)
    newest = select(pages.c.location).where(has_file).order_by(pages.c.run.desc(), pages.c.number.desc()).limit(sample)
    with store.connect() as connection:
        row = connection.execute(counted).one()
        locations = tuple(place for place in connection.execute(newest).scalars() if place)
        return Archived(row[0], row[1], locations)
