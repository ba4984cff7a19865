"""All items cut into sections by id, as a sitemap wants them: ids rise with time, so sections only grow at the end."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import func, select

from harvester.store.connection import Store
from harvester.store.gone import IS_GONE
from harvester.store.tables import items


class Section(Struct, frozen=True):
    """The items from one id to another, both included; `changed` (seconds since 1970) is when one of them last did."""

    first: str
    last: str
    changed: float


def iter_sections(store: Store, size: int) -> Iterator[Section]:
    """Yield sections of `size` items, those that are gone counted too, in order of id."""
    after = ""
    while True:
        rows = select(items.c.id, items.c.changed).where(items.c.id > after).order_by(items.c.id).limit(size).subquery()
        bounds = select(func.min(rows.c.id), func.max(rows.c.id), func.max(rows.c.changed))
        with store.connect() as connection:
            first, last, changed = connection.execute(bounds).one()
        if last is None:
            return
        yield Section(first, last, changed)
        after = last


def list_section(store: Store, first: str, last: str, limit: int) -> list[tuple[str, float]]:
    """Give the live items of a section with the time of their last change, in order of id."""
    live = items.c.id >= first, items.c.id <= last, ~IS_GONE
    with store.connect() as connection:
        rows = connection.execute(select(items.c.id, items.c.changed).where(*live).order_by(items.c.id).limit(limit))
        return [(row.id, row.changed) for row in rows]
