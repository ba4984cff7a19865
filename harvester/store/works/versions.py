"""Preprints and what became of them: items with DOIs of their own, linked where no source links them."""

from typing import Final

import msgspec
from sqlalchemy import func, or_, select

from harvester.item import Item, Link
from harvester.store.connection import Store
from harvester.store.items import read_contents
from harvester.store.membership import among
from harvester.store.tables import items, work_keys
from harvester.works.keys import MAX_SHARED, Version, is_preprint_of

BETWEEN_VERSIONS: Final = frozenset(
    ("is_preprint_of", "has_preprint", "is_version_of", "has_version", "is_format_of", "has_format")
) | {"replaces", "is_replaced_by", "is_identical_to"}
DECODER: Final = msgspec.json.Decoder(Version)


def find_versions(store: Store, item: Item) -> tuple[Link, ...]:
    """Give links to an item's preprints, or to what it is the preprint of, that neither side says itself.

    Looked up by the keys of works, so nothing of it is stored: it holds as long as both items say what they say.
    """
    if item.doi is None:
        return ()
    own = or_(items.c.id == item.id, items.c.merged_into == item.id)
    keys = select(work_keys.c.key).join(items, items.c.id == work_keys.c.item_id).where(own)
    sharing = (
        select(func.coalesce(items.c.merged_into, items.c.id))
        .join(work_keys, work_keys.c.item_id == items.c.id)
        .where(work_keys.c.key.in_(keys), work_keys.c.key.startswith("title:"), ~items.c.deleted, ~items.c.hidden)
        .limit(MAX_SHARED + 1)
    )
    with store.connect() as connection:
        found = connection.execute(sharing).scalars().all()
        others = sorted(set(found) - {item.id})
        if not others or len(found) > MAX_SHARED:
            return ()
        contents = read_contents(connection, select(items.c.id).where(among(connection, items.c.id, others)))
    this = msgspec.convert(item, Version, from_attributes=True)
    links = [_link(this, DECODER.decode(content)) for _, content in contents]
    return tuple(dict.fromkeys(link for link in links if link is not None))


def _link(this: Version, other: Version) -> Link | None:
    told = {link.doi for link in (*this.links, *other.links) if link.relation in BETWEEN_VERSIONS}
    if this.doi in told or other.doi in told:
        return None
    if is_preprint_of(this, other):
        return Link("is_preprint_of", doi=other.doi)
    return Link("has_preprint", doi=other.doi) if is_preprint_of(other, this) else None
