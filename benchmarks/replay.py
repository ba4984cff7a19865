"""Import saved answers and replay them unchanged: CPU per record, normalising apart, and that a replay writes nothing.

python -m benchmarks.replay [--records 100000] [--page-size 1000]
The floor is the same pages parsed and normalised in the same process, right before each is replayed.
"""

import argparse
import gc
import sqlite3
import tempfile
import time
from pathlib import Path

from benchmarks.oai_server import Pages
from harvester.dumps.documents import Dump
from harvester.harvesting import open_harvesting
from harvester.pages.records import read_page
from harvester.parsing.record import parse_page
from harvester.replaying import replay_page
from harvester.settings import HarvesterSettings
from harvester.store.replays import endpoint_pages
from indexer.errors import IndexUnavailableError
from workers.commands import COLLECT_AFTER
from workers.importing import endpoint_of_dump, import_dump


class Silence:
    """A watcher that takes note of nothing."""

    def stored(self, result):
        pass

    def waits(self, until, reason):
        pass

    def note(self, text):
        pass

    def indexed(self, documents, left):
        pass

    def read(self, share):
        pass


def no_index():
    raise IndexUnavailableError("nothing is indexed here")


def write_dump(folder, records, page_size):
    """Save a list page by page, as a harvester before us would have."""
    pages = Pages(records, page_size)
    folder.mkdir()
    for number, first in enumerate(range(0, records, page_size)):
        token = f"0-{records}-{first}"
        (folder / f"page{number}.xml").write_bytes(pages.answer({"verb": "ListRecords", "resumptionToken": token}))


def contents(store_file):
    """Give the bytes of a store with all that was committed: a commit that writes always changes some."""
    with sqlite3.connect(store_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store_file.read_bytes()


def timed(work):
    """Run something; give what it gives and its CPU seconds."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def replayed(harvesting, pages):
    """Replay pages, each right after its floor: read, parsed and normalised; give counts and CPU seconds by stage."""
    spent = dict.fromkeys(("replay", "  archive", "  parse", "  normalise"), 0.0)
    unchanged = 0
    for page in pages:
        body, read = timed(lambda page=page: harvesting.archive.read(page.location))
        parsed, parsing = timed(lambda body=body: parse_page(body))
        _, normalizing = timed(lambda parsed=parsed: read_page(parsed, "ListRecords", "oai_dc", 1, 0))
        done, replaying = timed(lambda page=page: replay_page(harvesting, page))
        unchanged += done.counts.unchanged
        for name, seconds in zip(spent, (replaying, read, parsing, normalizing), strict=True):
            spent[name] += seconds
    return unchanged, spent | {"  compare": 2 * spent["replay"] - sum(spent.values())}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--page-size", type=int, default=1_000)
    given = options.parse_args()
    gc.set_threshold(COLLECT_AFTER)  # as commands do
    with tempfile.TemporaryDirectory(prefix="oaihub-replay-") as name:
        folder = Path(name)
        write_dump(folder / "dump", given.records, given.page_size)
        harvesting = open_harvesting(HarvesterSettings(data_dir=folder / "data", lease_s=60))
        dump = Dump(folder / "dump", max_bytes=1 << 28)
        endpoint = endpoint_of_dump(harvesting.store, dump, key="dump", prefix=None, into=None)
        run, imported = timed(lambda: import_dump(harvesting, endpoint, dump, no_index, Silence()))
        assert run.balance.received == given.records, run
        pages = endpoint_pages(harvesting.store, "dump")
        before = contents(folder / "data" / "store.sqlite")
        unchanged, spent = replayed(harvesting, pages)
        assert unchanged == given.records, unchanged
        harvesting.close()
        written = contents(folder / "data" / "store.sqlite") != before
    for name, seconds in ({"import": imported} | spent).items():
        print(f"{name:20} {1e6 * seconds / given.records:8.1f} us of CPU per record")
    print(f"{given.records:,} records in {len(pages):,} pages replayed; {'WRITTEN' if written else 'nothing written'}")


if __name__ == "__main__":
    main()
