"""Which items readers do not see."""

from typing import Final

from sqlalchemy import or_

from harvester.store.tables import items

IS_GONE: Final = or_(items.c.deleted, items.c.hidden, items.c.merged_into.is_not(None))
"""It has no live record, was taken down, or is a part of another."""
