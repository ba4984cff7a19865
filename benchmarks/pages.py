"""Pages as browsers get them: milliseconds from the request to the last byte, and bytes.

    python -m benchmarks.pages --folder /var/tmp/pages-200k          # the embedded index, made at the first run
    python -m benchmarks.pages --url http://127.0.0.1:9200           # Elasticsearch, likewise
    python -m benchmarks.pages --url http://127.0.0.1:9200 --cold    # which forgets before each request what it keeps

Each round asks one page of each kind of `oaihub serve`, over one connection that is kept; the words of a text are
others in each round. Pages of items are those of a store beside the index, which are linked with items of both. `API`
is the same search as JSON with the same facets, without what makes it a page. `CPU` is that of the process that serves.
No answer comes from a cache: what a browser has already would be a 304.
"""

import argparse
import re
import statistics
import tempfile
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.linked_items import remove_items, store_items
from benchmarks.search import make_pages
from benchmarks.serving import Client, Server, cpu_s, fill, fill_node, serving

GOAL_MS = 40
ITEM_GOAL_MS = 15
AS_JSON = re.compile(r'href="(/api/v1/items\?[^"]*)"')


def kinds() -> dict[str, list[str]]:
    """Give addresses by kind of page."""
    words = [page.path.partition("?")[2] for page in make_pages()["hits"]]
    narrowed = urlencode([("filter", "year:2000..2015"), ("filter", "language:en")])
    return {
        "first page": ["/"],
        "all items": ["/items"],
        "words": [f"/items?{word}" for word in words],
        "words, 2 filters": [f"/items?{word}&{narrowed}" for word in words],
        "filter, most items": ["/items?filter=year:2000.."],
        "with 3 more facets": [f"/items?{word}&facet=subject,creator,publisher" for word in words],
        "all values": [f"/items/values/subject?{word}" for word in words],
        "nothing found": ["/items?q=zzzzzz&filter=year:2000..&filter=language:en"],
    }


def measure(server: Server, paths: list[str], rounds: int, node: Client | None) -> tuple[float, float, int]:
    """Give the median milliseconds, the CPU milliseconds of a page, and its bytes; a node forgets before each."""
    client = Client(server.port)
    answers = []
    for path in paths:
        client.send("GET", path)
    begun = cpu_s(server.pid)
    for number in range(rounds):
        if node:
            node.send("POST", "/_cache/clear?request=true")
        answers.append(client.send("GET", paths[number % len(paths)]))
    cpu = (cpu_s(server.pid) - begun) / rounds
    client.close()
    return 1e3 * statistics.median(one.wall_s for one in answers), 1e3 * cpu, max(len(one.body) for one in answers)


def as_json(server: Server, paths: list[str]) -> list[str]:
    """Give the addresses of the same searches for programs, which the pages link to."""
    client = Client(server.port)
    pages = [client.send("GET", path).body.decode() for path in paths]
    client.close()
    return [unescape(found[1]) for page in pages if (found := AS_JSON.search(page))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="address of an Elasticsearch node, without prefix")
    parser.add_argument("--folder", type=Path, help="of an embedded index")
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--cold", action="store_true", help="have the node forget what it keeps before each request")
    arguments = parser.parse_args()
    node: Client | None = None
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if arguments.url:
            index_url = fill_node(arguments.url, arguments.items)
            if arguments.cold:
                node = Client(int(arguments.url.rstrip("/").rpartition(":")[2]))
        else:
            index_url = "embedded:"
            fill(index_url, folder, arguments.items)
        stored = store_items(index_url, folder)
        if arguments.folder is None:
            stack.callback(remove_items, index_url, folder)
        server = stack.enter_context(serving(index_url, folder))
        print(
            f"{'':24}{'p50 ms':>8}{'CPU ms':>8}{'bytes':>9}{'API ms':>8}   goal {GOAL_MS} ms, items {ITEM_GOAL_MS} ms"
        )
        of_items = {name: [f"/items/{item_id}" for item_id in ids] for name, ids in stored.items()}
        for name, paths in (kinds() | of_items).items():
            wall, cpu, size = measure(server, paths, arguments.rounds, node)
            told = as_json(server, paths)
            api = f"{measure(server, told, arguments.rounds, node)[0]:8.1f}" if told else ""
            print(f"{name:24}{wall:8.1f}{cpu:8.1f}{size:9,}{api}", flush=True)


if __name__ == "__main__":
    main()
