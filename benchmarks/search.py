"""What the API adds to the multi-search that it sends, beside that same multi-search sent directly.

    python -m benchmarks.search --url http://127.0.0.1:9200 [--items 200000] [--rounds 60]

The index of made items is filled at the first run and left there; its request cache is off but for pages of facets
without words, which the API has the node keep: so do all forms here. Each round asks a page of
each kind in every way, in an order that changes: `same` is the API's own multi-search sent to the node over one
connection that is kept, with the same parts of the answer wanted; `least` is the least that shows such a page, with
no count of what is missing; `API` is `oaihub serve` before that node. The others give the same facts in other forms:
`aggs` counts what is missing by an aggregation beside each facet's values, `apart` by a search of its own; `each` is
one search with a post filter and a filter aggregation for each facet, `grouped` the same with the facets that have no
selection in one. A line tells the API's time by that of `same`, of the best of all forms with the same facts, and of
`least`. `memory` is a second API before a node that answers from memory, so that only our time is left: what it adds
to the same call, and the CPU of our process per request.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from benchmarks.serving import Answer, Client, Server, cpu_s, fill_node, serving
from benchmarks.synthetic import synthetic_items
from indexer.conditions import facet_groups, selected_values
from indexer.document import to_document
from indexer.engines.elastic import HIT_PARTS
from indexer.engines.elastic_query import KEPT, compile_searches, facet_field, is_kept
from indexer.query import Condition, Query, Sort
from search_api.params import parse_query
from tests.services.processes import free_port, listens

FACETS = ("resource_type", "resource_status", "genre", "language", "publisher", "container", "funder", "subject")
MORE_FACETS = (*FACETS, "creator", "rights")
SELECTED = ("resource_type", "resource_status", "genre", "language")
SAMPLE = 5_000
WORDS = 12  # pages of a kind differ in their word
CPU_REQUESTS = 300

Body = dict[str, Any]


class Page(NamedTuple):
    """One page by its address at the API, and the bodies that ask a node for it."""

    path: str
    bodies: dict[str, bytes]


def make_pages() -> dict[str, list[Page]]:
    """Give pages by kind; words and values are taken from the first items."""
    documents = [to_document(item) for item in synthetic_items(SAMPLE)]
    frequency = Counter(word for document in documents for word in set(document.text.split()))
    common = sorted(word for word, count in frequency.items() if 0.04 <= count / SAMPLE <= 0.08)
    words = common[:: max(1, len(common) // WORDS)][:WORDS]
    top = {name: _top(document.props.get(name, ()) for document in documents) for name in SELECTED}
    two = [("filter", f'resource_type:"{top["resource_type"][0]}"'), ("filter", "year:2000..")]
    eight = [("filter", f'{name}:"{value}"') for name in SELECTED for value in top[name]]
    return {
        "hits": [_page([("q", word)]) for word in words],
        "facets": [_page([("q", word), *two], FACETS) for word in words],
        "facets of all": [_page([], FACETS)],
        "multi-select": [_page([("q", word), *eight], MORE_FACETS) for word in words],
        "multi-select of all": [_page(eight, MORE_FACETS)],
    }


def _top(values: Iterable[tuple[str, ...]]) -> list[str]:
    return [value for value, _ in Counter(value for found in values for value in found).most_common(2)]


def _page(pairs: list[tuple[str, str]], facets: tuple[str, ...] = ()) -> Page:
    pairs = [*pairs, ("facet", ",".join(facets))] if facets else pairs
    query = parse_query(pairs, is_known=lambda _name: True, secret=b"")
    query = msgspec.structs.replace(query, size=query.size + 1)  # the API asks for one more
    forms = {"same": compile_searches(query), "least": _groups(query)}
    if facets:
        missing = [search | {"aggs": search["aggs"] | _missing(query, search["aggs"])} for search in _groups(query)]
        forms |= {"aggs": missing, "apart": [*_groups(query), *_without(query)]}
    if {condition.name for condition in query.filters} == set(SELECTED):
        forms["each"], forms["grouped"] = ([search] for search in _one_search(query))
    head = KEPT if is_kept(query) else b"{}"
    bodies = {name: _lines(searches, head) for name, searches in forms.items()}
    return Page(f"/api/v1/items?{urlencode(pairs)}", bodies)


def _groups(query: Query) -> list[Body]:
    """Give the searches for hits and values alone, one for each group of facets."""
    searches = compile_searches(query)[: len(facet_groups(query))]
    return [search | {"aggs": _values(search["aggs"])} for search in searches]


def _values(aggregations: Body) -> Body:
    return {name: found for name, found in aggregations.items() if name.startswith("values")}


def _missing(query: Query, values: Body) -> Body:
    places = [int(name.removeprefix("values")) for name in values]
    return {f"missing{place}": {"missing": {"field": facet_field(query.facets[place].name)}} for place in places}


def _without(query: Query) -> Iterator[Body]:
    for group in facet_groups(query):
        for facet in group.facets:
            lacking = Condition(facet.name, "missing")
            asked = Query(text=query.text, filters=(*group.filters, lacking), size=0, sort=Sort("id"))
            yield compile_searches(asked)[0]


def _lines(searches: list[Body], head: bytes) -> bytes:
    return b"".join(head + b"\n" + msgspec.json.encode(search) + b"\n" for search in searches)


def _one_search(query: Query) -> tuple[Body, Body]:
    """Give a multi-select as one search with a post filter: a filter for each facet, and one for those without."""
    plain = compile_searches(msgspec.structs.replace(query, filters=()))[0]
    clauses = {name: {"terms": {facet_field(name): list(selected_values(query.filters, name))}} for name in SELECTED}
    each: Body = {}
    rest: Body = {}
    for facet in query.facets:
        own = [clause for name, clause in clauses.items() if name != facet.name]
        field = facet_field(facet.name)
        values = {facet.name: {"terms": {"field": field, "size": facet.size}}}
        values[f"missing {facet.name}"] = {"missing": {"field": field}}
        each[facet.name] = {"filter": {"bool": {"filter": own}}, "aggs": values}
        if facet.name not in clauses:
            rest |= values
    everything = {"bool": {"filter": list(clauses.values())}}
    grouped = {name: each[name] for name in clauses} | {"rest": {"filter": everything, "aggs": rest}}
    return plain | {"post_filter": everything, "aggs": each}, plain | {"post_filter": everything, "aggs": grouped}


def measure(pages: list[Page], ways: dict[str, Callable[[Page], Answer]], rounds: int) -> dict[str, list[float]]:
    """Give the milliseconds of every way, by round; each round asks one page in every way, in a turning order."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(-3, rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            answer = ways[name](pages[number % len(pages)])
            if number >= 0:
                times[name].append(answer.wall_s * 1e3)
    return times


def cpu_ms(server: Server, pages: list[Page]) -> float:
    """Give the CPU of the API's process for one request."""
    client = Client(server.port)
    begun = cpu_s(server.pid)
    for number in range(CPU_REQUESTS):
        client.send("GET", pages[number % len(pages)].path)
    client.close()
    return (cpu_s(server.pid) - begun) / CPU_REQUESTS * 1e3


@contextmanager
def remembering(node_port: int) -> Iterator[int]:
    """Run a node that answers from memory; give its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.remembering_node", str(port), str(node_port)])
    try:
        while not listens(port):
            assert process.poll() is None
        yield port
    finally:
        process.terminate()
        process.wait()


def compare(name: str, pages: list[Page], ports: dict[str, int], *, server: Server, path: str, rounds: int) -> None:
    """Measure one kind of page and print its lines."""
    clients = {way: Client(port) for way, port in ports.items()}

    def direct(way: str, body: bytes) -> Answer:
        return clients[way].send("POST", path, body, "application/x-ndjson")

    ways: dict[str, Callable[[Page], Answer]] = {
        form: lambda page, form=form: direct("node", page.bodies[form]) for form in pages[0].bodies
    }
    ways["API"] = lambda page: clients["API"].send("GET", page.path)
    times = measure(pages, ways, rounds)
    memory: dict[str, Callable[[Page], Answer]] = {
        "same": lambda page: direct("memory", page.bodies["same"]),
        "API": lambda page: clients["memory API"].send("GET", page.path),
    }
    kept = measure(pages, memory, 4 * rounds)
    print(f"{name:20}" + "  ".join(f"{way} {statistics.median(found):.1f} ms" for way, found in times.items()))
    ratios = {way: _ratio(times["API"], found) for way, found in times.items() if way != "API"}
    best = max((way for way in ratios if way != "least"), key=ratios.__getitem__)
    told = {"same": ratios["same"], f"best ({best})": ratios[best], "least": ratios["least"]}
    print(" " * 20 + "API by " + "  ".join(f"{way} {ratio:.2f}" for way, ratio in told.items()))
    added = statistics.median(a - b for a, b in zip(kept["API"], kept["same"], strict=True))
    print(f"{'':20}before memory: added {added:.2f} ms, CPU {cpu_ms(server, pages):.2f} ms", flush=True)
    for client in clients.values():
        client.close()


def _ratio(ours: list[float], others: list[float]) -> float:
    return statistics.median(ours) / statistics.median(others)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="address of an Elasticsearch node, without prefix")
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    index_url = fill_node(arguments.url, arguments.items)
    node, _, prefix = index_url.rpartition("/")
    node_port = int(node.rpartition(":")[2])
    path = f"/{prefix}-items/_msearch?filter_path={HIT_PARTS}"
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        memory_port = stack.enter_context(remembering(node_port))
        api = stack.enter_context(serving(index_url, folders[0]))
        memory_api = stack.enter_context(serving(f"http://127.0.0.1:{memory_port}/{prefix}", folders[1]))
        ports = {"node": node_port, "API": api.port, "memory": memory_port, "memory API": memory_api.port}
        for name, pages in make_pages().items():
            compare(name, pages, ports, server=memory_api, path=path, rounds=arguments.rounds)


if __name__ == "__main__":
    main()
