"""Which version of which item a generation of the embedded index holds.

Ids come from the dictionary and from stored documents: ordering hits by a text field costs four to eight times as much
(measured 79 against 10 to 20 us an item).
"""

from collections.abc import Iterator, Sequence
from typing import Final

import tantivy

from indexer.engines.embedded_schema import from_hex, to_hex

PAGE: Final = 10_000


def held_versions(index: tantivy.Index, searcher: tantivy.Searcher, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Give version and deleted of those items that are there, in no order."""
    if not ids:
        return {}
    wanted = tantivy.Query.term_set_query(index.schema, "id", [to_hex(item_id) for item_id in ids])
    addresses = [address for _, address in searcher.search(wanted, len(ids), count=False).hits]
    versions = searcher.fast_field_values("version", addresses)
    deleted = searcher.fast_field_values("deleted", addresses)
    keys = [str(searcher.doc(address).get_first("id")) for address in addresses]
    return {
        from_hex(key): (int(version or 0), bool(gone))
        for key, version, gone in zip(keys, versions, deleted, strict=True)
    }


def iter_versions(index: tantivy.Index, searcher: tantivy.Searcher) -> Iterator[tuple[str, int, bool]]:
    """Yield id, version and deleted of every document, in order of id; the ids are in memory meanwhile."""
    counted = searcher.terms_with_prefix("id", "", tantivy.Query.all_query())
    ids = sorted(from_hex(key) for key, _ in counted)
    for start in range(0, len(ids), PAGE):
        held = held_versions(index, searcher, ids[start : start + PAGE])
        for item_id in sorted(held):
            yield item_id, *held[item_id]
