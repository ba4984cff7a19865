"""The embedded index: tantivy in a folder, no server.

Any number of processes read; one writes. A search sees the last commit of whichever process made it.
"""

import heapq
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import tantivy
from msgspec import Raw

from harvester.item import Item
from indexer.conditions import check_query, facet_groups, selected_values, sort_key
from indexer.document import KEY_SEPARATOR, Document, read_choice, to_document
from indexer.engines.columns.rows import count_hits
from indexer.engines.embedded_build import EmbeddedBuild, lock_build
from indexer.engines.embedded_facets import Snapshot, count_facet, walk_values
from indexer.engines.embedded_faults import translated
from indexer.engines.embedded_files import (
    current_generation,
    drop_unnamed,
    former_generation,
    make_generation,
    point_at,
    pointer_state,
    write_lock,
)
from indexer.engines.embedded_folding import Ranked, fold_by_work
from indexer.engines.embedded_generation import OpenGeneration
from indexer.engines.embedded_limit import Limit, begin_limit, check_limit
from indexer.engines.embedded_missed import note_missed
from indexer.engines.embedded_query import compile_near, compile_query
from indexer.engines.embedded_schema import from_hex, make_schema, order_field, to_hex
from indexer.engines.embedded_versions import held_versions, iter_versions
from indexer.errors import SEARCH_TIMEOUT_S, IndexUnavailableError
from indexer.index import Build, WriteReport
from indexer.query import Bucket, Choice, FacetCounts, Hit, Hits, Query
from indexer.spelling import near_words
from indexer.tokens import fold

NEAR_ITEMS: Final = 50
"""Items whose words are looked at for one that is spelled nearly as a person wrote it."""


class EmbeddedIndex:
    """An index under a folder. It is opened at the first use, which may be before another process has made it.

    tantivy cannot be stopped, but what it takes grows with the index alone; so the clock is looked at before each step.
    """

    def __init__(self, root: Path, *, timeout_s: float = SEARCH_TIMEOUT_S) -> None:
        self._root = root
        self._timeout_s = timeout_s
        self._opened: OpenGeneration | None = None
        self._pointer = (0, 0)
        self._lock = threading.Lock()

    def exists(self) -> bool:
        """Whether a generation is pointed at, usable or not."""
        with translated(self._root):
            return current_generation(self._root) is not None

    def create(self) -> None:
        """Make the first generation where there is none. Raises: IndexMismatchError, IndexUnavailableError."""
        with translated(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            with write_lock(self._root):  # of several processes one makes it
                if current_generation(self._root) is None:
                    folder = make_generation(self._root)
                    tantivy.Index(make_schema(), str(folder))
                    point_at(self._root, folder, None)
        self._generation()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write and commit documents. See `Index.write`."""
        self._generation()
        with translated(self._root), write_lock(self._root):
            generation = self._generation()  # with the lock held it stays the one in use
            note_missed(self._root, [document.id for document in documents])
            return generation.writer.write(documents)

    def refresh(self) -> None:
        """Make all that was written visible to searches."""
        self._generation().snapshot()

    def search(self, query: Query) -> Hits:
        """Answer a query. See `Index.search`."""
        check_query(query)
        limit = begin_limit(self._timeout_s)
        generation = self._generation()
        snapshot, schema = generation.snapshot(), generation.index.schema
        scored = query.sort.name == "relevance"
        found = compile_query(schema, query.text, query.filters, scored=scored)
        if scored:
            hits = _scored_hits(snapshot.searcher, found, query)
        else:
            hits = _sorted_hits(generation.index, snapshot.searcher, found, query)
        total, facets = _counts(snapshot, query, limit)
        if total is None and query.with_total:
            check_limit(limit)
            total = count_hits(snapshot.searcher, found)
        return Hits(total=total or 0, hits=hits, facets=facets)

    def properties(self, query: Query) -> dict[str, int]:
        """Count items by the properties they have."""
        check_query(query)
        generation = self._generation()
        found = compile_query(generation.index.schema, query.text, query.filters)
        return dict(generation.snapshot().searcher.terms_with_prefix("present", "", found))

    def values(self, query: Query, name: str, *, after: str, limit: int) -> list[Bucket]:
        """Count the values of a property, in their order. See `Index.values`."""
        check_query(query)
        time_limit = begin_limit(self._timeout_s)
        scope = self._generation().snapshot().scope(query.text, query.filters)
        check_limit(time_limit)
        return walk_values(scope, name, after, limit)

    def near_words(self, word: str) -> list[str]:
        """Give tokens that are spelled nearly so. See `Index.near_words`."""
        generation = self._generation()
        searcher = generation.snapshot().searcher
        hits = searcher.search(compile_near(generation.index.schema, word), NEAR_ITEMS, count=False).hits
        items = (
            msgspec.json.decode(searcher.doc(address).get_first("item") or b"{}", type=Item) for _, address in hits
        )
        return near_words(word, (to_document(item).text for item in items))

    def suggest(self, start: str, limit: int) -> list[Choice]:
        """Give values that begin with a text. See `Index.suggest`."""
        generation = self._generation()
        everything = compile_query(generation.index.schema, "", ())
        counted = generation.snapshot().searcher.terms_with_prefix("choices", fold(start), everything)
        most = heapq.nsmallest(limit, counted, key=lambda pair: (-pair[1], pair[0]))
        return [read_choice(choice, count) for choice, count in most]

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Give id, version and deleted of every document, in order of id, as of the last commit."""
        generation = self._generation()
        return iter_versions(generation.index, generation.snapshot().searcher)

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there. See `Index.held`."""
        generation = self._generation()
        return held_versions(generation.index, generation.snapshot().searcher, ids)

    def begin_build(self, builder: str, *, back: bool = False) -> Build:
        """Begin a generation beside the one in use. See `Index.begin_build`."""
        return EmbeddedBuild(self._root, builder, back=back)

    def drop_former(self) -> bool:
        """Remove the former generation. See `Index.drop_former`."""
        with translated(self._root), write_lock(self._root):
            lock = lock_build(self._root, "")
            try:
                current, former = current_generation(self._root), former_generation(self._root)
                if current is None or former is None:
                    return False
                point_at(self._root, current, None)
                drop_unnamed(self._root)
            finally:
                os.close(lock)
        return True

    def ping(self) -> None:
        """Return when the index can be read. Raises: IndexUnavailableError."""
        self._generation().snapshot()

    def close(self) -> None:
        """Give the writer back."""
        with self._lock:
            if self._opened is not None:
                self._opened.writer.close()
                self._opened = None

    def _generation(self) -> OpenGeneration:
        """Give the generation in use, opened; another one as soon as it is pointed at."""
        with self._lock, translated(self._root):
            pointer = pointer_state(self._root)
            if self._opened is None or pointer != self._pointer:
                folder = current_generation(self._root)
                if folder is None:
                    raise IndexUnavailableError(f"there is no index in {self._root} yet: create it first")
                if self._opened is None or folder != self._opened.folder:
                    before, self._opened = self._opened, OpenGeneration(folder)
                    if before is not None:
                        before.writer.abandon()
                self._pointer = pointer
            return self._opened


def _counts(snapshot: Snapshot, query: Query, limit: Limit) -> tuple[int | None, dict[str, FacetCounts]]:
    """Give the facets, and the number of items found where counting a facet gave it, too."""
    found: dict[str, FacetCounts] = {}
    total = None
    for group in facet_groups(query):
        if group.facets:
            check_limit(limit)
            scope = snapshot.scope(query.text, group.filters)
            total = len(scope.rows) if group.filters == query.filters else total
            for facet in group.facets:
                check_limit(limit)
                selected = selected_values(query.filters, facet.name)
                found[facet.name] = count_facet(scope, facet.name, facet.size, selected)
    return total, {facet.name: found[facet.name] for facet in query.facets}


def _scored_hits(searcher: tantivy.Searcher, found: tantivy.Query, query: Query) -> tuple[Hit, ...]:
    if not query.size:
        return ()
    if query.by_work:
        hits = fold_by_work(
            searcher,
            lambda limit: searcher.search(found, limit, count=False).hits,
            offset=query.offset,
            size=query.size,
        )
    else:
        hits = searcher.search(found, query.size, count=False, offset=query.offset).hits
    return tuple(_hit(searcher, address, "", float(score)) for score, address in hits)


def _sorted_hits(
    index: tantivy.Index, searcher: tantivy.Searcher, found: tantivy.Query, query: Query
) -> tuple[Hit, ...]:
    if not query.size:
        return ()
    field = order_field(sort_key(query.sort))
    order = tantivy.Order.Desc if query.sort.descending else tantivy.Order.Asc
    if query.after is not None:
        key = to_hex(query.after)
        bounds = f"{{* TO {key}}}" if query.sort.descending else f"{{{key} TO *}}"
        rest = index.parse_query(f"{field}:{bounds}")
        found = tantivy.Query.boolean_query([(tantivy.Occur.Must, found), (tantivy.Occur.Must, rest)])

    def take(limit: int) -> Sequence[Ranked]:
        return searcher.search(found, limit, count=False, order_by_field=field, order=order).hits

    by_work = query.by_work
    hits = fold_by_work(searcher, take, offset=query.offset, size=query.size) if by_work else take(query.size)
    return tuple(_hit(searcher, address, from_hex(str(key)), None) for key, address in hits)


def _hit(searcher: tantivy.Searcher, address: tantivy.DocAddress, key: str, score: float | None) -> Hit:
    stored = searcher.doc(address)
    item_id = key.rpartition(KEY_SEPARATOR)[2] if key else from_hex(str(stored.get_first("id")))
    return Hit(item_id, Raw(stored.get_first("item") or b"{}"), key, score)
