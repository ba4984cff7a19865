"""A process that asks for DOIs until nothing is left: `python asking.py FOLDER URL STORE_URL SECONDS`."""

import sys
from pathlib import Path

from harvester.archive import open_archive
from harvester.enriching import work_dois
from harvester.querying import Enriching
from harvester.settings import HarvesterSettings
from harvester.store import open_store

if __name__ == "__main__":
    folder, url, store_url, seconds = sys.argv[1:5]
    settings = HarvesterSettings(
        data_dir=Path(folder),
        store_url=store_url,
        contact="librarian@example.org",
        allow_private=True,
        crossref_url=url,
        datacite_url=url,
        doi_url=url,
        lease_s=1.0,
    )
    with open_store(store_url) as store:
        asked = Enriching(store, open_archive(settings.resolved_archive_url()), settings)
        work_dois(asked, for_s=float(seconds), threads=1)
        asked.close()
