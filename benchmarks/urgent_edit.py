"""An edit while a long outbox waits: how long until a search finds it, and how many items were indexed before it.

    python -m benchmarks.urgent_edit [--records 100000] [--edits 5] [--index http://127.0.0.1:9200/bench] [--store URL]

A worker indexes what waits without a pause; each edit is made while a batch is in its hands. An edit in the ordinary
lane would come behind all that waited before it: that share of the outbox is what it is told against.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run, harvest_page
from harvester.harvesting import Harvesting, open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store import Store
from harvester.store.endpoints import put_endpoint
from harvester.store.expected import iter_versions
from harvester.store.outbox import outbox_depth
from harvester.store.works.edits import put_edits
from indexer.engines import open_index
from indexer.index import Index
from indexer.indexing import index_outbox
from indexer.query import Query

HERE = Path(__file__).parent
LEASE_S = 60.0
LOOK_EVERY_S = 0.05


def fill(harvesting: Harvesting, records: int) -> None:
    """Harvest made records without indexing any."""
    command = [sys.executable, HERE / "oai_server.py", "--records", records, "--page-size", 1000]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    try:
        endpoint = Endpoint(key="made", base_url=server.stdout.readline().strip(), allow_private=True)
        put_endpoint(harvesting.store, endpoint)
        run = begin_run(harvesting, endpoint)
        number: int | None = 0
        while number is not None:
            number = next(iter(harvest_page(harvesting, run.id, number).next_numbers), None)
    finally:
        server.kill()


def time_edit(store: Store, index: Index, item_id: str, mark: str) -> tuple[float, int, int]:
    """Edit an item; give the seconds until it is found, what waited then, and what was indexed meanwhile."""
    before = outbox_depth(store).waiting
    begun = time.perf_counter()
    put_edits(store, item_id, {"title": [mark]}, author="bench", reason="", now=store.now())
    while index.search(Query(text=mark)).total == 0:
        time.sleep(LOOK_EVERY_S)
        index.refresh()
    return time.perf_counter() - begun, before, before - outbox_depth(store).waiting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=5)
    parser.add_argument("--index", default="embedded:")
    parser.add_argument("--store", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = HarvesterSettings(data_dir=Path(folder), store_url=options.store, allow_private=True)
        harvesting = open_harvesting(settings)
        store, index = harvesting.store, open_index(options.index, data_dir=Path(folder))
        index.create()
        fill(harvesting, options.records)
        last = deque((item_id for item_id, _, _ in iter_versions(store)), maxlen=options.edits)  # the newest ones
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                index_outbox(store, index, limit=20_000, lease_s=LEASE_S)

        print(f"{outbox_depth(store).waiting:,} items wait")
        worker = threading.Thread(target=work)
        worker.start()
        for number, item_id in enumerate(last):
            time.sleep(1.0)
            seconds, before, indexed = time_edit(store, index, item_id, f"urgentmark{number}")
            print(f"found after {seconds:.1f} s; {before:,} items waited, {indexed:,} of them were indexed before")
        stop.set()
        worker.join()
        index.close()
        harvesting.close()


if __name__ == "__main__":
    main()
