"""The whole way of a record: page, archive, store, outbox, document, searchable; CPU of our processes per record.

    python -m benchmarks.whole_way [--records 20000] [--index http://127.0.0.1:9200/bench] [--store URL]
        [--workers [--processes 2]]

Without --workers all steps run in one process, as `oaihub harvest` takes them, and each stage's share is shown. With it
real worker processes do the work (a harvest worker of so many processes, index and control), hints and queue included;
what they spent before the run began (starting, importing) is not counted. CPU of Elasticsearch, PostgreSQL and Redis
is theirs and not ours, but embedded engines run inside our processes and do count.
"""

import argparse
import gc
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run, harvest_page
from harvester.harvesting import Harvesting, open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.runs import Run, get_run
from harvester.store.outbox import outbox_depth
from indexer.engines import open_index
from indexer.index import Index
from indexer.indexing import index_outbox
from indexer.query import Query
from workers.commands import COLLECT_AFTER

HERE = Path(__file__).parent
LEASE_S = 60.0


def start_server(options: argparse.Namespace) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, HERE / "oai_server.py", "--records", options.records, "--page-size", options.page_size]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().strip()


def in_one_process(harvesting: Harvesting, index: Index, run: Run) -> dict[str, float]:
    """Harvest page after page, index after each; give the CPU seconds of both stages."""
    spent = {"harvest": 0.0, "index": 0.0}
    number: int | None = 0
    while number is not None:
        begun = time.process_time()
        number = next(iter(harvest_page(harvesting, run.id, number).next_numbers), None)
        harvested = time.process_time()
        index_outbox(harvesting.store, index, limit=10_000, lease_s=LEASE_S)
        spent["harvest"] += harvested - begun
        spent["index"] += time.process_time() - harvested
    return spent


def start_workers(environ: dict[str, str], processes: int) -> list[subprocess.Popen[bytes]]:
    """Start the broker and the workers, and wait until they have settled."""
    server = [shutil.which("redis-server") or "redis-server", "--port", "0", "--save", "", "--appendonly", "no"]
    socket = f"{environ['OAIHUB_DATA_DIR']}/redis.sock"
    broker = subprocess.Popen([*server, "--unixsocket", socket], stdout=subprocess.DEVNULL)
    environ["OAIHUB_BROKER_URL"] = f"redis+socket://{socket}"
    oaihub = [sys.executable, "-m", "workers.commands", "worker", "--queues"]
    queues = (["harvest", "--concurrency", str(processes)], ["index"], ["control", "--beat"])
    workers = [subprocess.Popen([*oaihub, *queue], env=environ, cwd=HERE.parent) for queue in queues]
    time.sleep(8)
    return [*workers, broker]


def cpu_of(processes: list[subprocess.Popen[bytes]]) -> float:
    """Give the CPU seconds of processes and all their children, living and ended."""
    total = 0.0
    for process in processes:
        for member in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def by_workers(harvesting: Harvesting, environ: dict[str, str], endpoint: Endpoint, processes: int) -> float:
    """Let real workers do a run; give the CPU seconds that they spent on it."""
    *workers, _broker = started = start_workers(environ, processes)
    try:
        before = cpu_of(workers)
        run = begin_run(harvesting, endpoint)
        while (get_run(harvesting.store, run.id) or run).ended is None or outbox_depth(harvesting.store).waiting:
            time.sleep(0.2)
        return cpu_of(workers) - before
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--index", default="embedded:")
    parser.add_argument("--store", default="")
    parser.add_argument("--workers", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    gc.set_threshold(COLLECT_AFTER)  # as commands do
    server, url = start_server(options)
    folder = Path(tempfile.mkdtemp(prefix="oaihub-whole-way-"))
    settings = HarvesterSettings(data_dir=folder, store_url=options.store, allow_private=True)
    harvesting = open_harvesting(settings)
    index = open_index(options.index, data_dir=folder)
    try:
        index.create()
        endpoint = Endpoint(
            key="bench",
            base_url=url,
            allow_private=True,
            parallel=options.processes if options.workers else 1,
            selective=True,
            until_inclusive=True,
        )
        put_endpoint(harvesting.store, endpoint)
        begun = time.perf_counter()
        if options.workers:
            index.close()
            environ = os.environ | {
                "OAIHUB_DATA_DIR": str(folder),
                "OAIHUB_STORE_URL": settings.resolved_store_url(),
                "OAIHUB_INDEX_URL": options.index,
                "OAIHUB_ALLOW_PRIVATE": "1",
                "OAIHUB_LOG_LEVEL": "WARNING",
            }
            spent = {"workers": by_workers(harvesting, environ, endpoint, options.processes)}
            index = open_index(options.index, data_dir=folder)
        else:
            spent = in_one_process(harvesting, index, begin_run(harvesting, endpoint))
        taken = time.perf_counter() - begun
        index.refresh()
        found = index.search(Query(size=1)).total
    finally:
        index.close()
        harvesting.close()
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
    stages = ", ".join(f"{name} {1e6 * seconds / options.records:.1f}" for name, seconds in spent.items())
    print(f"{options.records:,} records, {found:,} searchable, {options.records / taken:,.0f} records/s")
    print(f"CPU us/record: {1e6 * sum(spent.values()) / options.records:.1f} ({stages})")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
