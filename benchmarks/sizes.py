"""Bytes and CPU an item: the store on PostgreSQL, the archive, the index on Elasticsearch (docs/scale.md).

    python -m benchmarks.sizes [--records 20000] [--recordings ../shared/data/real]

Starts both servers by itself. First corpus: lists that were recorded from real repositories, each harvested as a
repository; second: synthetic records. The store is measured after VACUUM and without what it has when it is empty, the
index after a merge to one segment. CPU is that of this process, which harvests and indexes, and of each server.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
from sqlalchemy import make_url

from benchmarks.whole_way import LEASE_S, start_server
from harvester.endpoint import Endpoint
from harvester.harvest import begin_run, harvest_page
from harvester.harvesting import Harvesting, open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store.endpoints import put_endpoint
from indexer.engines import open_index
from indexer.index import Index
from indexer.indexing import index_outbox
from tests.flow.recordings import serving
from tests.services.elasticsearch_node import own_indices, start_elasticsearch
from tests.services.postgresql_server import own_database, start_postgresql
from tests.services.processes import Service

TABLES = (
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)


def harvest(harvesting: Harvesting, index: Index, key: str, url: str) -> None:
    """Harvest and index a repository in this process, page after page."""
    put_endpoint(harvesting.store, Endpoint(key=key, base_url=url, allow_private=True))
    run = begin_run(harvesting, Endpoint(key=key, base_url=url, allow_private=True)).id
    number: int | None = 0
    while number is not None:
        number = next(iter(harvest_page(harvesting, run, number).next_numbers), None)
        index_outbox(harvesting.store, index, limit=10_000, lease_s=LEASE_S)


def tables(store_url: str) -> dict[str, int]:
    """Give the bytes of each table with its indexes."""
    address = make_url(store_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM")
        return dict(connection.execute(TABLES).fetchall())


def documents(index_url: str) -> tuple[int, int]:
    """Give the number of documents and their bytes, merged to one segment."""
    node, _, prefix = index_url.rpartition("/")
    httpx.post(f"{node}/{prefix}*/_forcemerge?max_num_segments=1", timeout=300)
    httpx.post(f"{node}/{prefix}*/_flush", timeout=60)
    total = httpx.get(f"{node}/{prefix}*/_stats/store,docs", timeout=60).json()["_all"]["primaries"]
    return total["docs"]["count"], total["store"]["size_in_bytes"]


@contextmanager
def opened(store_url: str, index_url: str) -> Iterator[tuple[Harvesting, Index, Path]]:
    """Give an empty hub with an archive in a folder."""
    folder = Path(tempfile.mkdtemp(prefix="oaihub-sizes-"))
    harvesting = open_harvesting(HarvesterSettings(data_dir=folder, store_url=store_url, allow_private=True))
    index = open_index(index_url, data_dir=folder)
    try:
        index.create()
        yield harvesting, index, folder
    finally:
        index.close()
        harvesting.close()
        shutil.rmtree(folder)


def cpu_of(services: tuple[Service, Service]) -> dict[str, float]:
    """Give the CPU seconds of this process and of both servers, with what their ended children spent."""
    spent = {"ours": time.process_time()}
    for name, service in zip(("PostgreSQL", "Elasticsearch"), services, strict=True):
        process = psutil.Process(service.process.pid)
        spent[name] = sum(map(_cpu_of, (process, *process.children(recursive=True))))
    return spent


def _cpu_of(process: psutil.Process) -> float:
    """Give the CPU seconds of a process and of its ended children; one that has ended is counted with its parent."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def measure(name: str, services: tuple[Service, Service], repositories: dict[str, str]) -> None:
    """Harvest all and print bytes and CPU an item."""
    postgresql, node = (service.url for service in services)
    with own_database(postgresql) as store_url, own_indices(node) as index_url:
        with opened(store_url, index_url) as (harvesting, index, folder):
            empty, before = tables(store_url), cpu_of(services)
            for key, url in repositories.items():
                harvest(harvesting, index, key, url)
            index.refresh()
            spent = {server: seconds - before[server] for server, seconds in cpu_of(services).items()}
            items, index_bytes = documents(index_url)
            grown = {table: size - empty.get(table, 0) for table, size in tables(store_url).items()}
            archived = sum(path.stat().st_size for path in (folder / "archive").rglob("*.zst"))
        store = sum(grown.values())
        print(
            f"{name}: {items:,} items; bytes an item: store {store / items:,.0f}, "
            f"archive {archived / items:,.0f}, index {index_bytes / items:,.0f}"
        )
        largest = sorted(grown.items(), key=lambda pair: -pair[1])[:8]
        print("  CPU us: " + ", ".join(f"{server} {1e6 * seconds / items:,.0f}" for server, seconds in spent.items()))
        print("  largest tables: " + ", ".join(f"{table} {size / items:,.0f}" for table, size in largest))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--recordings", type=Path, default=Path("../shared/data/real"))
    options = parser.parse_args()
    fetch = os.environ.get("OAIHUB_TEST_FETCH") == "1"
    with start_postgresql() as postgresql, start_elasticsearch(fetch=fetch) as node:
        if options.recordings.is_dir():
            with serving(options.recordings) as sources:
                found = {key: source.repository.url for key, source in sources.items()}
                measure("recorded", (postgresql, node), found)
        server, url = start_server(options)
        try:
            measure("synthetic", (postgresql, node), {"synthetic": url})
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
