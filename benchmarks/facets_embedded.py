"""The facet page of the embedded index: exact, beside tantivy's own aggregation, which is not.

    python -m benchmarks.facets_embedded FOLDER [--items 200000] [--rounds 20]

FOLDER keeps the index, so that it is built once. Each round asks every page by `Index.search`, and in turn the floor:
the same query, 20 hits with their stored items, the same facets, by tantivy's bare terms aggregation (10 values, its
defaults). CPU is that of this process, all its threads. `cold` is the first page of its kind after opening.
"""

import argparse
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
import psutil
import tantivy

from benchmarks.synthetic import synthetic_items
from indexer.conditions import facet_groups, sort_key
from indexer.document import to_document
from indexer.engines import open_index
from indexer.engines.embedded_files import current_generation
from indexer.engines.embedded_query import compile_query
from indexer.engines.embedded_schema import (
    TOKENIZER,
    extra_value,
    make_schema,
    make_tokenizer,
    order_field,
    property_field,
)
from indexer.fields import FIELDS
from indexer.index import Index
from indexer.query import Condition, FacetRequest, Query, Sort

SAMPLE = 3_000
BATCH = 5_000
FACETS = ("genre", "resource_type", "resource_status", "subject", "publisher", "container", "creator", "year")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    if current_generation(arguments.folder / "index") is None:
        build(arguments.folder, arguments.items)
    started = time.perf_counter()
    index = open_index("embedded:", data_dir=arguments.folder)
    total = index.search(Query(size=0)).total
    print(f"{total} items, opened in {time.perf_counter() - started:.2f} s, {memory():.0f} MB")
    floor = Floor(arguments.folder)
    print("page                   hits |  cold     p50     p95   CPU ms    MB | tantivy, not exact: p50   CPU | ratios")
    for name, queries in pages(arguments.rounds):
        measure(name, queries, index, floor)
    index.close()


class Floor:
    """tantivy alone: hits and its own terms aggregation."""

    def __init__(self, folder: Path) -> None:
        self.index = tantivy.Index(make_schema(), str(current_generation(folder / "index")))
        self.index.register_tokenizer(TOKENIZER, make_tokenizer())
        self.searcher = self.index.searcher()

    def search(self, query: Query) -> None:
        """Ask for the same page, every group of facets by one aggregation."""
        scored = query.sort.name == "relevance"
        schema = self.index.schema
        found = compile_query(schema, query.text, query.filters, scored=scored)
        order = {} if scored else {"order_by_field": order_field(sort_key(query.sort))}
        for _, address in self.searcher.search(found, query.size, **order).hits:
            self.searcher.doc(address)
        for group in facet_groups(query):
            if group.facets:
                counted = compile_query(schema, query.text, group.filters)
                self.searcher.aggregate(counted, {facet.name: {"terms": terms(facet)} for facet in group.facets})


def terms(facet: FacetRequest) -> dict[str, str | int]:
    """Give the aggregation of a facet; tantivy has the values of undeclared properties behind their names."""
    if facet.name in FIELDS:
        return {"field": property_field(facet.name), "size": facet.size}
    return {"field": "extra", "size": facet.size, "include": extra_value(re.escape(facet.name), ".*")}


def build(folder: Path, count: int) -> None:
    index = open_index("embedded:", data_dir=folder)
    index.create()
    items = synthetic_items(count)
    started = time.perf_counter()
    while batch := [to_document(item) for item in islice(items, BATCH)]:
        index.write(batch)
    index.close()
    print(f"built in {time.perf_counter() - started:.0f} s")


def pages(rounds: int) -> Iterator[tuple[str, list[Query]]]:
    """Yield the kinds of pages, each with as many queries as there are rounds, the words all different."""
    items = list(synthetic_items(SAMPLE))
    words = Counter(word for item in items for word in set(to_document(item).text.split()))
    rare = [word for word, found in words.items() if 0.007 * SAMPLE <= found <= 0.013 * SAMPLE]
    common = [word for word, found in words.items() if 0.045 * SAMPLE <= found <= 0.08 * SAMPLE]
    genres = Counter(term.label for item in items for term in item.genre)
    genre = min(genres, key=lambda name: abs(genres[name] / SAMPLE - 0.26))
    statuses = Counter(term.label for item in items for term in item.resource_status).most_common(2)
    types = Counter(term.label for item in items for term in item.resource_type).most_common(2)
    subjects = Counter(subject.value for item in items for subject in item.subject).most_common(2)
    is_genre = Condition("genre", "is", genre)
    two = (is_genre, Condition("year", "range", low="2005"))
    four = tuple(
        Condition(name, "is", value)
        for name, values in (("genre", genres.most_common(2)), ("resource_status", statuses), ("resource_type", types))
        for value, _ in values
    ) + tuple(Condition("subject", "is", value) for value, _ in subjects)
    facets = tuple(FacetRequest(name) for name in FACETS)
    plain = Query(facets=facets)
    for sort in (Sort(), Sort("relevance")):
        for name, pool in (("text 1 %", rare), ("text 6 %", common)):
            yield f"{name} {sort.name}", [Query(text=word, facets=facets, sort=sort) for word in cycle(pool, rounds)]
        yield (
            f"text, 2 f. {sort.name}",
            [Query(text=word, filters=two, facets=facets, sort=sort) for word in cycle(common, rounds)],
        )
    yield "filter 26 %", [msgspec.structs.replace(plain, filters=(is_genre,))] * rounds
    yield "4 multi-select", [msgspec.structs.replace(plain, filters=four)] * rounds
    yield "all", [plain] * rounds
    undeclared = tuple(FacetRequest(f"extra_{number}") for number in range(12, 20))
    yield "all, undeclared", [msgspec.structs.replace(plain, facets=undeclared)] * rounds
    yield "text 6 %, undecl.", [Query(text=word, facets=undeclared) for word in cycle(common, rounds)]
    unique = (FacetRequest("doi"), FacetRequest("title"))
    yield "text 6 %, unique", [Query(text=word, facets=unique) for word in cycle(common, rounds)]


def cycle(pool: list[str], count: int) -> list[str]:
    return [pool[number % len(pool)] for number in range(count)]


def measure(name: str, queries: list[Query], index: Index, floor: Floor) -> None:
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    hits = []
    for query in queries:
        ours.append(timed(lambda query=query: hits.append(index.search(query).total)))
        theirs.append(timed(lambda query=query: floor.search(query)))
    cold = ours[0][0]
    wall, cpu = (statistics.median(column) for column in zip(*ours[1:], strict=True))
    slow = sorted(taken for taken, _ in ours[1:])[int(0.95 * (len(ours) - 1))]
    bare, bare_cpu = (statistics.median(column) for column in zip(*theirs[1:], strict=True))
    print(
        f"{name:20}{statistics.median(hits):7.0f} |{cold:6.0f}{wall:8.1f}{slow:8.1f}{cpu:9.1f}{memory():6.0f} |"
        f"{bare:24.1f}{bare_cpu:6.1f} |{wall / bare:8.2f}{cpu / bare_cpu:6.2f}"
    )


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Give wall and CPU milliseconds."""
    started, used = time.perf_counter(), time.process_time()
    do()
    return 1e3 * (time.perf_counter() - started), 1e3 * (time.process_time() - used)


def memory() -> float:
    """Give the memory of this process in MB, without the files of the index that are mapped."""
    held = psutil.Process().memory_info()
    return (held.rss - held.shared) / 1e6


if __name__ == "__main__":
    main()
