"""The embedded index: tantivy in a folder, no server.

Any number of processes read; one writes. A search sees the last commit of whichever process made it.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import tantivy
from msgspec import Raw

from indexer.conditions import check_query, facet_groups, selected_values, sort_key
from indexer.document import KEY_SEPARATOR, Document
from indexer.engines.columns.loaded import Columns
from indexer.engines.columns.rows import count_hits
from indexer.engines.embedded_facets import Snapshot, count_facet, walk_values
from indexer.engines.embedded_faults import translated
from indexer.engines.embedded_files import (
    COLUMNS,
    check_generation,
    current_generation,
    make_generation,
    point_first,
)
from indexer.engines.embedded_query import compile_query
from indexer.engines.embedded_schema import (
    TOKENIZER,
    from_hex,
    make_schema,
    make_tokenizer,
    order_field,
    to_hex,
)
from indexer.engines.embedded_versions import iter_versions
from indexer.engines.embedded_writer import EmbeddedWriter
from indexer.errors import IndexUnavailableError
from indexer.index import WriteReport
from indexer.query import Bucket, FacetCounts, Hit, Hits, Query

META: Final = "meta.json"


class OpenGeneration:
    """A generation opened for reading, and its writer once something is written."""

    def __init__(self, folder: Path) -> None:
        check_generation(folder)
        self._meta = folder / META
        self._lock = threading.Lock()
        self._columns = Columns(folder / COLUMNS)
        self._seen: tuple[int, int] | None = None
        self.index = tantivy.Index(make_schema(), str(folder))
        self.index.register_tokenizer(TOKENIZER, make_tokenizer())
        self.index.config_reader("manual")
        self.writer = EmbeddedWriter(folder, self.index)

    def snapshot(self) -> Snapshot:
        """Give the last commit: the reader is loaded again only when tantivy's meta.json has changed."""
        state = self._state()
        with self._lock:
            if state != self._seen:
                self.index.reload()
                self._last = Snapshot(self.index.schema, self.index.searcher(), self._columns)
                self._seen = state
            return self._last

    def _state(self) -> tuple[int, int]:
        try:
            found = self._meta.stat()
        except FileNotFoundError:
            return (0, 0)
        return found.st_ino, found.st_mtime_ns


class EmbeddedIndex:
    """An index under a folder. It is opened at the first use, which may be before another process has made it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._opened: OpenGeneration | None = None
        self._lock = threading.Lock()

    def exists(self) -> bool:
        """Whether a generation is pointed at, usable or not."""
        with translated(self._root):
            return current_generation(self._root) is not None

    def create(self) -> None:
        """Make the first generation where there is none. Raises: IndexMismatchError, IndexUnavailableError."""
        with translated(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            if current_generation(self._root) is None:
                folder = make_generation(self._root)
                tantivy.Index(make_schema(), str(folder))
                point_first(self._root, folder)
        self._generation()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write and commit documents. See `Index.write`."""
        return self._generation().writer.write(documents)

    def refresh(self) -> None:
        """Make all that was written visible to searches."""
        self._generation().snapshot()

    def search(self, query: Query) -> Hits:
        """Answer a query. See `Index.search`."""
        check_query(query)
        generation = self._generation()
        snapshot, schema = generation.snapshot(), generation.index.schema
        scored = query.sort.name == "relevance"
        found = compile_query(schema, query.text, query.filters, scored=scored)
        if scored:
            hits = _scored_hits(snapshot.searcher, found, query)
        else:
            hits = _sorted_hits(generation.index, snapshot.searcher, found, query)
        total, facets = _counts(snapshot, query)
        return Hits(total=count_hits(snapshot.searcher, found) if total is None else total, hits=hits, facets=facets)

    def properties(self, query: Query) -> dict[str, int]:
        """Count items by the properties they have."""
        check_query(query)
        generation = self._generation()
        found = compile_query(generation.index.schema, query.text, query.filters)
        return dict(generation.snapshot().searcher.terms_with_prefix("present", "", found))

    def values(self, query: Query, name: str, *, after: str, limit: int) -> list[Bucket]:
        """Count the values of a property, in their order. See `Index.values`."""
        check_query(query)
        scope = self._generation().snapshot().scope(query.text, query.filters)
        return walk_values(scope, name, after, limit)

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Give id, version and deleted of every document, in order of id, as of the last commit."""
        generation = self._generation()
        return iter_versions(generation.index, generation.snapshot().searcher)

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
        with self._lock, translated(self._root):
            if self._opened is None:
                folder = current_generation(self._root)
                if folder is None:
                    raise IndexUnavailableError(f"there is no index in {self._root} yet: create it first")
                self._opened = OpenGeneration(folder)
            return self._opened


def _counts(snapshot: Snapshot, query: Query) -> tuple[int | None, dict[str, FacetCounts]]:
    """Give the facets, and the number of items found where counting a facet gave it, too."""
    found: dict[str, FacetCounts] = {}
    total = None
    for group in facet_groups(query):
        if group.facets:
            scope = snapshot.scope(query.text, group.filters)
            total = len(scope.rows) if group.filters == query.filters else total
            for facet in group.facets:
                selected = selected_values(query.filters, facet.name)
                found[facet.name] = count_facet(scope, facet.name, facet.size, selected)
    return total, {facet.name: found[facet.name] for facet in query.facets}


def _scored_hits(searcher: tantivy.Searcher, found: tantivy.Query, query: Query) -> tuple[Hit, ...]:
    if not query.size:
        return ()
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
    hits = searcher.search(found, query.size, count=False, order_by_field=field, order=order).hits
    return tuple(_hit(searcher, address, from_hex(str(key)), None) for key, address in hits)


def _hit(searcher: tantivy.Searcher, address: tantivy.DocAddress, key: str, score: float | None) -> Hit:
    stored = searcher.doc(address)
    item_id = key.rpartition(KEY_SEPARATOR)[2] if key else from_hex(str(stored.get_first("id")))
    return Hit(item_id, Raw(stored.get_first("item") or b"{}"), key, score)
