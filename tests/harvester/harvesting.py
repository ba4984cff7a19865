"""A harvest in this process, page after page as the ledger says: what workers do, without a queue."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harvester.endpoint import Endpoint
from harvester.harvest import begin_run, harvest_page
from harvester.harvesting import Harvesting, open_harvesting
from harvester.settings import HarvesterSettings
from harvester.store.endpoints import get_endpoint, put_endpoint
from harvester.store.items import iter_items
from harvester.store.ledger.pages import list_pages, next_page
from harvester.store.ledger.runs import Run, finish_run, get_run
from tests.stores import lay_store

ROOT = Path(__file__).parents[2]
ENOUGH_PAGES = 2_000


@contextmanager
def open_here(folder: Path, **settings: object) -> Iterator[Harvesting]:
    """Open a harvest whose state lies in a folder; what fails is tried again at once."""
    given = {"data_dir": folder, "allow_private": True, "backoff_s": 0.001, **settings}
    lay_store(folder / "store.sqlite")
    harvesting = open_harvesting(HarvesterSettings(**given))
    try:
        yield harvesting
    finally:
        harvesting.close()


def keep(harvesting: Harvesting, url: str, **fields: object) -> Endpoint:
    """Keep a repository as an endpoint, with what a probe would have found."""
    endpoint = Endpoint(key="here", base_url=url, allow_private=True, **fields)
    put_endpoint(harvesting.store, endpoint)
    return endpoint


def harvest_all(harvesting: Harvesting, endpoint: Endpoint, **wanted: object) -> Run:
    """Begin a run and harvest until it has ended."""
    run = begin_run(harvesting, get_endpoint(harvesting.store, endpoint.key), **wanted)
    return go_on(harvesting, run.id)


def go_on(harvesting: Harvesting, run: int) -> Run:
    """Harvest what is open of a run, waiting where the ledger says so."""
    for _ in range(ENOUGH_PAGES):
        page = next_page(harvesting.store, run)
        if page is None:
            return finish_run(harvesting.store, run, time.time()) or get_run(harvesting.store, run)
        time.sleep(max(0.0, page.not_before - time.time(), page.leased_until - time.time()))
        harvest_page(harvesting, run, page.number)
    raise AssertionError(f"the run does not end: {list_pages(harvesting.store, run)[-5:]}")


def live(harvesting: Harvesting) -> set[str]:
    """Give the OAI identifiers of all items that are not deleted."""
    items = iter_items(harvesting.store)
    return {part.identifier for item in items if not item.deleted for part in item.provenance if not part.deleted}


def notes(harvesting: Harvesting, run: Run) -> dict[str, int]:
    """Add up the notes of a run's pages."""
    total: dict[str, int] = {}
    for page in list_pages(harvesting.store, run.id):
        for code, count in page.notes.items():
            total[code] = total.get(code, 0) + count
    return total
