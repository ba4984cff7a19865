"""How many DOIs a second are asked for, within the limits that a local double of the registries enforces.

`python -m benchmarks.dois [DOIS]`: four threads; prints the rate, the calls for 50 DOIs, and the answers of 429.
"""

import sys
import tempfile
import time
from pathlib import Path

from harvester.archive import open_archive
from harvester.enriching import work_dois
from harvester.querying import Enriching
from harvester.settings import HarvesterSettings
from harvester.store import open_store
from harvester.store.dois import count_dois, enqueue_dois
from tests.registries import made_work, serving


def main(dois: int) -> None:
    with tempfile.TemporaryDirectory() as name, serving(delay_s=0.25) as registries:
        works = list(map(made_work, range(dois)))
        registries.register("Crossref", *works)
        urls = dict.fromkeys(("crossref_url", "datacite_url", "doi_url"), registries.url)
        settings = HarvesterSettings(data_dir=Path(name), contact="bench@example.org", allow_private=True, **urls)
        with open_store(settings.resolved_store_url()) as store:
            with store.begin() as connection:
                enqueue_dois(connection, [work["DOI"].lower() for work in works], time.time() - 1)
            enriching = Enriching(store, open_archive(settings.resolved_archive_url()), settings)
            started, cpu = time.monotonic(), time.process_time()
            work_dois(enriching, for_s=600)
            took, cpu = time.monotonic() - started, time.process_time() - cpu
            calls = registries.count("crossref") / (dois / 50)
            print(f"{dois / took:.0f} DOI/s, {calls:.2f} calls for 50, {registries.refused} answers of 429")
            print(f"{1e6 * cpu / dois:.0f} us of CPU a DOI with the double; {count_dois(store)}")
            enriching.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500)
