"""Letting archived pages go that nothing shown was read from."""

from collections import Counter
from typing import Final

from msgspec import Struct

from harvester.archive import Archive
from harvester.store import Store
from harvester.store.ledger.retention import Rule, forget_locations, list_marked, list_removable, mark_removable

AT_ONCE: Final = 500


class Share(Struct, frozen=True):
    """Pages of an endpoint, and the bytes that they take in the archive."""

    endpoint: str
    pages: int
    bytes: int


def weigh_removable(store: Store, archive: Archive, rule: Rule, now: float) -> list[Share]:
    """Give what a rule would let go, by endpoint."""
    counts, sizes = Counter[str](), Counter[str]()
    for page in list_removable(store, rule, now):
        counts[page.endpoint] += 1
        sizes[page.endpoint] += archive.size(page.location)
    return [Share(endpoint, count, sizes[endpoint]) for endpoint, count in sorted(counts.items())]


def remove_pages(store: Store, archive: Archive, rule: Rule, *, actor: str, now: float) -> int:
    """Let pages go by a rule, and end what an earlier call that was killed had begun; give how many files went.

    Raises: ArchiveError.
    """
    mark_removable(store, rule, actor=actor, now=now)
    removed = 0
    while marked := list_marked(store, AT_ONCE):
        for page in marked:
            archive.remove(page.location)
        forget_locations(store, marked)
        removed += len(marked)
    return removed
