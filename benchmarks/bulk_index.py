"""How fast documents get into the index, beside the ceiling of bodies that were made beforehand.

    python -m benchmarks.bulk_index --url http://127.0.0.1:9200 [--items 20000] [--rounds 3]

Each round sends the same documents twice in turn, to a new index each time: ready bodies by bare connections, two in
flight (the ceiling), and `Index.write` in batches as from the outbox, with its encoding and the reading of outcomes.
CPU is that of this process.
"""

import argparse
import http.client
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.synthetic import synthetic_items
from indexer.document import Document, to_document
from indexer.engines import open_index
from indexer.engines.elastic_bulk import IN_FLIGHT, bodies
from indexer.indexing import BATCH_ROWS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="address of an Elasticsearch node, without prefix")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    items = list(synthetic_items(arguments.items))
    started = time.process_time()
    documents = [to_document(item) for item in items]
    print(f"to_document: {(time.process_time() - started) / len(items) * 1e6:.1f} us of CPU per document")
    ready = [b"".join(line.content for line in lines) for lines in bodies(documents)]
    print(f"{len(items)} documents, {sum(map(len, ready)) / len(items):.0f} bytes each, {len(ready)} bodies")
    ceilings: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    for number in range(arguments.rounds):
        pair: list[tuple[Callable[[str], None], list[tuple[float, float]]]] = [
            (lambda url: send_ready(url, ready), ceilings),
            (lambda url: write(url, documents), ours),
        ]
        for send, results in pair if number % 2 == 0 else reversed(pair):
            results.append(measure(arguments.url, send))
    print("            documents/s  CPU us/document")
    for name, results in (("ceiling", ceilings), ("Index.write", ours)):
        rates = [len(items) / wall for wall, _ in results]
        cpu = statistics.median(used for _, used in results) / len(items) * 1e6
        print(f"{name:12}{statistics.median(rates):10.0f}  {cpu:10.1f}   [{min(rates):.0f} to {max(rates):.0f}]")
    shares = [ready_wall / wall for (ready_wall, _), (wall, _) in zip(ceilings, ours, strict=True)]
    print(f"share of the paired ceiling: median {statistics.median(shares):.0%} of {[f'{s:.0%}' for s in shares]}")


def measure(node: str, send: Callable[[str], None]) -> tuple[float, float]:
    """Give wall and CPU seconds of sending everything to a new index, which is removed."""
    prefix = f"bench-{secrets.token_hex(4)}"
    index = open_index(f"{node}/{prefix}", data_dir=Path(tempfile.gettempdir()))
    index.create()
    index.close()
    started, used = time.perf_counter(), time.process_time()
    send(f"{node}/{prefix}")
    result = time.perf_counter() - started, time.process_time() - used
    request(node, "DELETE", f"/{prefix}-items-1", None)
    return result


def write(url: str, documents: Sequence[Document]) -> None:
    index = open_index(url, data_dir=Path(tempfile.gettempdir()))
    report = 0
    for start in range(0, len(documents), BATCH_ROWS):
        report += index.write(documents[start : start + BATCH_ROWS]).written
    index.close()
    assert report == len(documents)


def send_ready(url: str, ready: Sequence[bytes]) -> None:
    node, _, prefix = url.rpartition("/")
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(lambda body: request(node, "POST", f"/{prefix}-items/_bulk?filter_path=errors", body), ready))


def request(node: str, method: str, path: str, body: bytes | None) -> None:
    address = urlsplit(node)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 9200, timeout=600)
    connection.request(method, path, body, {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content[:500]
    assert b'"errors":true' not in content


if __name__ == "__main__":
    main()
