"""Letting archived pages go that nothing shown was read from."""

from typing import Final

from harvester.archive import Archive
from harvester.store import Store
from harvester.store.ledger.retention import Rule, forget_locations, list_marked, mark_removable

AT_ONCE: Final = 1_000


def remove_pages(store: Store, archive: Archive, rule: Rule, *, actor: str, now: float) -> int:
    """Let pages go by a rule, and end what an earlier call that was killed had begun; give how many files went.

    Raises: ArchiveError, ArchiveAwayError.
    """
    mark_removable(store, rule, actor=actor, now=now)
    removed = 0
    while marked := list_marked(store, AT_ONCE):
        archive.remove([page.location for page in marked])
        forget_locations(store, marked)
        removed += len(marked)
    return removed
