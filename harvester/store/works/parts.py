"""The parts of an item's work, and keeping all who write them waiting."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from harvester.store.items import THIS, THIS_FOLLOWERS
from harvester.store.locking import lock_repository
from harvester.store.membership import among
from harvester.store.tables import items

LEAD: Final = select(items.c.merged_into).where(items.c.id == THIS)


def lock_items(connection: Connection, item_ids: Sequence[str]) -> list[str]:
    """Keep all writers of the repositories of some items waiting; give those repositories."""
    found = select(items.c.repository).where(among(connection, items.c.id, item_ids)).distinct()
    repositories = sorted(connection.execute(found).scalars())
    for repository in repositories:
        lock_repository(connection, repository)
    return repositories


def work_of(connection: Connection, item_id: str) -> list[str]:
    """Give the ids of all parts of an item's work; where there is no such item, its own."""
    lead = connection.execute(LEAD, {THIS.key: item_id}).scalar() or item_id
    return sorted({item_id, lead, *connection.execute(THIS_FOLLOWERS, {THIS.key: lead}).scalars()})
