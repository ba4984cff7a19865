"""Whether an index holds what the store says: every item, in its version, deleted or not, and nothing else.

Both are read in order of id, side by side. While harvests go on the two are never of one moment, so whatever differs is
looked at again, alone: what the outbox holds is no difference, it is on its way.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from harvester.store import Store
from harvester.store.expected import Expected, iter_versions, read_expected
from indexer.document import Document
from indexer.index import Generation, Index

Fault: TypeAlias = Literal["missing", "stale", "ahead", "foreign"]
AT_ONCE: Final = 1_000
SHOWN: Final = 10

Row: TypeAlias = tuple[str, int, bool]


class Difference(Struct, frozen=True):
    """An item that index and store disagree on.

    missing: not in the index; stale: there in an older version, or deleted in one of them only; ahead: the index has a
    version that the store never gave, as after a store is put back from a backup; foreign: the store has no such item.
    """

    id: str
    fault: Fault
    in_store: int | None
    in_index: int | None


class Comparison(Struct):
    """What a comparison has seen: documents in the index, and a checksum of id, version and deleted of them all.

    waiting: they differ, but wait in the outbox; refused: they are set aside, for the index does not take them.
    """

    items: int = 0
    documents: int = 0
    checksum: str = ""
    waiting: int = 0
    refused: int = 0


def find_differences(
    store: Store, generation: Generation, settle: Callable[[], None], seen: Comparison, *, also_waiting: bool = False
) -> Iterator[Difference]:
    """Yield what differs, and count into `seen`; its checksum is there at the end.

    With `also_waiting` what waits in the outbox is yielded, too.
    `settle` brings what was taken from the outbox up to now into what `generation.held` gives.
    """
    suspects = _suspects(iter_versions(store), generation.versions(), seen)
    while batch := list(islice(suspects, AT_ONCE)):
        for one, known in _judge(store, generation, settle, batch):
            standing = known.standing if known is not None and one.fault in {"missing", "stale"} else "taken"
            seen.waiting += standing == "waiting"
            seen.refused += standing == "refused"
            if standing == "taken" or (standing == "waiting" and also_waiting):
                yield one


def hide_foreign(index: Index, found: Sequence[Difference]) -> None:
    """Put tombstones where the index holds items that the store does not have. Raises: as `Index.write`."""
    index.write([Document(id=one.id, version=(one.in_index or 0) + 1, deleted=True) for one in found])


def _suspects(expected: Iterator[Row], held: Iterator[Row], seen: Comparison) -> Iterator[str]:
    """Yield ids that are not alike on both sides, in order; both come in order of id."""
    digest = hashlib.blake2b(digest_size=16)
    left, right = next(expected, None), next(held, None)
    while left is not None or right is not None:
        takes_left = left is not None and (right is None or left[0] <= right[0])
        takes_right = right is not None and (left is None or right[0] <= left[0])
        suspect = left if takes_left else right
        if suspect is not None and left != right:
            yield suspect[0]
        if takes_right:
            digest.update(b"%b %d %d\n" % (right[0].encode(), right[1], right[2]) if right else b"")
            seen.documents += 1
            right = next(held, None)
        if takes_left:
            seen.items += 1
            left = next(expected, None)
    seen.checksum = digest.hexdigest()


def _judge(
    store: Store, generation: Generation, settle: Callable[[], None], ids: list[str]
) -> Iterator[tuple[Difference, Expected | None]]:
    """Yield those that really differ, with what the store says of them.

    The order is what makes it sure. First the store and its outbox: what does not wait then was taken before. Then
    the index: it must hold that by now. Then the store again: it must know what the index holds.
    """
    before = read_expected(store, ids)
    settle()
    held = generation.held(ids)
    after = read_expected(store, ids)
    for item_id in ids:
        known = before.get(item_id) or after.get(item_id)
        fault = _fault(before.get(item_id), held.get(item_id), after.get(item_id))
        if fault is not None:
            version = held[item_id][0] if item_id in held else None
            yield Difference(item_id, fault, known.version if known else None, version), known


def _fault(before: Expected | None, held: tuple[int, bool] | None, after: Expected | None) -> Fault | None:
    if after is None:
        return "foreign" if held is not None and not held[1] else None
    if held is None:
        return "missing" if before is not None else None  # it came to be just now
    if held[0] > after.version:
        return "ahead"
    if before is None or held[0] > before.version:
        return None
    return None if held == (before.version, before.deleted) else "stale"
