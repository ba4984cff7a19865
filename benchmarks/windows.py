"""One chain of pages against windows fetched side by side, from a repository that takes its time.

    python -m benchmarks.windows [--records 10000] [--page-size 100] [--latencies 50,200] [--windows 4,8] [--rounds 3]

The whole way from page to stored item, in one process with threads, as `oaihub harvest` does it. Each round harvests
the same repository into an empty store by one chain and by windows; the record sets must be equal.
"""

import argparse
import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run
from harvester.harvesting import open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store.endpoints import put_endpoint
from harvester.store.items import iter_items
from harvester.store.ledger.runs import finish_run, get_run
from workers.team import Team

HERE = Path(__file__).parent


class Silent:
    """A watcher that says nothing."""

    def stored(self, result):
        pass

    def waits(self, until, reason):
        pass

    def note(self, text):
        pass

    def indexed(self, documents, left):
        pass


def harvest(url: str, windows: int) -> tuple[float, float, str]:
    """Give wall seconds, CPU seconds and a digest over all records."""
    folder = Path(tempfile.mkdtemp(prefix="oaihub-windows-"))
    harvesting = open_harvesting(HarvesterSettings(data_dir=folder, allow_private=True))
    endpoint = Endpoint(key="bench", base_url=url, parallel=windows, selective=windows > 1, until_inclusive=True)
    put_endpoint(harvesting.store, endpoint)
    run = begin_run(harvesting, endpoint)
    begun, spent = time.perf_counter(), time.process_time()
    for _ in Team(harvesting, run, windows).results(Silent()):
        pass
    taken, spent = time.perf_counter() - begun, time.process_time() - spent
    ended = finish_run(harvesting.store, run.id, time.time()) or get_run(harvesting.store, run.id)
    assert ended.state == "complete", ended
    identifiers = sorted(part.identifier for item in iter_items(harvesting.store) for part in item.provenance)
    harvesting.close()
    shutil.rmtree(folder)
    return taken, spent, hashlib.sha256("\n".join(identifiers).encode()).hexdigest()


def measure(options: argparse.Namespace, latency_ms: int, windows: list[int]) -> None:
    command = [HERE / "oai_server.py", "--records", options.records, "--page-size", options.page_size]
    command += ["--latency-ms", latency_ms]
    server = subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().strip()
    try:
        rounds = [{count: harvest(url, count) for count in [1, *windows]} for _ in range(options.rounds)]
    finally:
        server.terminate()
        server.wait()
    assert len({digest for each in rounds for _, _, digest in each.values()}) == 1, "not the same records"
    print(f"\n{options.records:,} records, {options.page_size} a page, {latency_ms} ms a page")
    print("windows   records/s   of one chain   CPU us/record")
    for count in rounds[0]:
        taken = statistics.median(each[count][0] for each in rounds)
        ratio = statistics.median(each[1][0] / each[count][0] for each in rounds)
        cpu = statistics.median(each[count][1] for each in rounds)
        print(f"{count:7} {options.records / taken:11,.0f} {ratio:14.2f} {1e6 * cpu / options.records:15.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--latencies", default="50,200")
    parser.add_argument("--windows", default="4,8")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for latency_ms in map(int, options.latencies.split(",")):
        measure(options, latency_ms, [int(count) for count in options.windows.split(",")])


if __name__ == "__main__":
    main()
