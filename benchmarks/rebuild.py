"""How long a rebuild takes beside searches and a writer, against the bare bulk of the same documents made before.

    python -m benchmarks.rebuild --url http://127.0.0.1:9200 [--items 200000] [--rounds 2]

Each round does both in turn: ready bodies by bare connections to a new index, two in flight; and `rebuild` from a
SQLite store of the same items, with compare and swap. All the time searches are sent, and the items that they show get
a new version each second. A search that fails is counted, and one that finds another number of items than there are, or
an item in an older version than one before.
"""

import argparse
import secrets
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import msgspec
from sqlalchemy import insert, update

from benchmarks.bulk_index import request, send_ready
from benchmarks.synthetic import synthetic_items
from harvester.item import Item, Metadata
from harvester.store import Store, open_store
from harvester.store.items import iter_contents
from harvester.store.outbox import enqueue_joined
from harvester.store.tables import items, records
from indexer.document import to_document
from indexer.engines import open_index
from indexer.engines.elastic_bulk import bodies
from indexer.index import Index
from indexer.indexing import index_outbox
from indexer.query import Query, Sort
from indexer.rebuilding import rebuild

AT_ONCE = 5_000
SHOWN = Query(size=20, sort=Sort("title"))


class Silent:
    def count(self, records: int, left: int | None = None) -> None: ...

    def note(self, text: str) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="address of an Elasticsearch node, without prefix")
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    prefix = f"bench-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/store.sqlite") as store:
        fill(store, arguments.items)
        index = open_index(f"{arguments.url}/{prefix}", data_dir=Path(folder))
        index.create()
        rebuild(store, index, "benchmark", Silent())
        ready = ready_bodies(store)
        print(f"{arguments.items} items, {sum(map(len, ready)) / arguments.items:.0f} bytes each", flush=True)
        bare: list[tuple[float, float, float]] = []
        ours: list[tuple[float, float, float]] = []
        writer = open_index(f"{arguments.url}/{prefix}", data_dir=Path(folder))
        with searching(index, arguments.items) as searches, changing(store, writer):
            for number in range(arguments.rounds):
                pair = [(bare, lambda: send_bare(arguments.url, ready)), (ours, lambda: build(store, index))]
                for results, run in pair if number % 2 == 0 else reversed(pair):
                    results.append(measure(arguments.url, run))
        writer.close()
        index.close()
        for name in ("1", "2", *map(str, range(3, 5 + arguments.rounds))):
            drop(arguments.url, f"{prefix}-items-{name}")
    print("             s  CPU us/item: of this process, of the node")
    for name, results in (("bare bulk", bare), ("rebuild", ours)):
        wall, own, theirs = map(statistics.median, zip(*results, strict=True))
        print(f"{name:10}{wall:7.1f}  {own / arguments.items * 1e6:20.1f}  {theirs / arguments.items * 1e6:11.1f}")
    pairs = list(zip(ours, bare, strict=True))
    print(f"rebuild / bare bulk: {', '.join(f'{one[0] / floor[0]:.2f}' for one, floor in pairs)}")
    print(f"by CPU of both: {', '.join(f'{sum(one[1:]) / sum(floor[1:]):.2f}' for one, floor in pairs)}")
    print(f"searches: {searches[0]}, failed {searches[1]}, wrong {searches[2]}")


def fill(store: Store, count: int) -> None:
    """Put items with a record each into the store."""
    made = synthetic_items(count)
    while chunk := list(islice(made, AT_ONCE)):
        with store.begin() as connection:
            connection.execute(insert(items), [item_row(item) for item in chunk])
            connection.execute(insert(records), [record_row(item) for item in chunk])


def item_row(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "repository": "hub",
        "identifier": item.id,
        "version": 1,
        "deleted": False,
        "changed": 1.0,
        "merged_into": None,
    }


def record_row(item: Item) -> dict[str, object]:
    metadata = msgspec.convert(item, Metadata, from_attributes=True)
    return {
        "endpoint": "hub",
        "metadata_prefix": "oai_dc",
        "identifier": item.id,
        "item_id": item.id,
        "datestamp": "2026-11-20",
        "sets": '["one"]',
        "deleted": False,
        "digest": b"",
        "run": 1,
        "number": 0,
        "seen_run": 1,
        "metadata": msgspec.json.encode(metadata),
    }


def ready_bodies(store: Store) -> list[bytes]:
    made = []
    for chunk in iter_contents(store, limit=AT_ONCE):
        documents = [to_document(item, content) for item, content in chunk]
        made += [b"".join(line.content for line in lines) for lines in bodies(documents)]
    return made


def send_bare(node: str, ready: Sequence[bytes]) -> None:
    prefix = f"bench-{secrets.token_hex(4)}"
    index = open_index(f"{node}/{prefix}", data_dir=Path(tempfile.gettempdir()))
    index.create()
    send_ready(f"{node}/{prefix}", ready)
    index.refresh()
    index.close()
    drop(node, f"{prefix}-items-1")


def build(store: Store, index: Index) -> None:
    rebuild(store, index, "benchmark", Silent())


def measure(node: str, run: Callable[[], None]) -> tuple[float, float, float]:
    """Give seconds, and those of CPU that this process and the node have used, searches and all."""
    before = time.perf_counter(), time.process_time(), node_cpu_s(node)
    run()
    after = time.perf_counter(), time.process_time(), node_cpu_s(node)
    return after[0] - before[0], after[1] - before[1], after[2] - before[2]


def node_cpu_s(node: str) -> float:
    with urllib.request.urlopen(f"{node}/_nodes/_local/stats/process", timeout=60) as answer:
        (found,) = msgspec.json.decode(answer.read())["nodes"].values()
    return float(found["process"]["cpu"]["total_in_millis"]) / 1000


def drop(node: str, name: str) -> None:
    request(node, "DELETE", f"/{name}?ignore_unavailable=true", None)


@contextmanager
def searching(index: Index, total: int) -> Iterator[list[int]]:
    """Search ten times a second until the block ends; give how many were sent, failed and were wrong."""
    counts, newest = [0, 0, 0], dict[str, int]()

    def search() -> None:
        counts[0] += 1
        try:
            found = index.search(SHOWN)
        except Exception:  # noqa: BLE001 - whatever it is, the search has failed
            counts[1] += 1
            return
        versions = {hit.id: msgspec.json.decode(hit.item, type=Item).version for hit in found.hits}
        is_older = any(version < newest.get(item_id, 0) for item_id, version in versions.items())
        newest.update(versions)
        counts[2] += is_older or found.total != total

    with repeating(search, 0.1):
        yield counts


@contextmanager
def changing(store: Store, index: Index) -> Iterator[None]:
    """Give the items that searches show a new version each second, and index it, until the block ends."""
    shown = [hit.id for hit in index.search(SHOWN).hits]

    def change() -> None:
        with store.begin() as connection:
            raised = update(items).where(items.c.id.in_(shown)).values(version=items.c.version + 1)
            connection.execute(raised)
            enqueue_joined(store, connection, shown, time.time())
        index_outbox(store, index, limit=len(shown), lease_s=60.0)

    with repeating(change, 1.0):
        yield


@contextmanager
def repeating(step: Callable[[], None], pause_s: float) -> Iterator[None]:
    """Do something over and over until the block ends; what it raises then comes out."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(pause_s):
            step()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield
        finally:
            done.set()
        running.result()


if __name__ == "__main__":
    main()
