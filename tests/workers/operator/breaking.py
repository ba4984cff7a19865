"""A hub in every state that an operator may meet, made by the functions that make it."""

import time

from msgspec.structs import replace

from harvester.store.deletions.plans import plan_of_run
from harvester.store.ledger.pages import kill_page
from harvester.store.ledger.runs import finish_run
from harvester.store.operating.schedules import set_schedule
from harvester.store.records import put_page
from indexer.indexing import index_outbox
from tests.contract.store.building import archive, begin, claim, harvest, made_endpoint, put, rejection
from tests.contract.store.planning import list_all, rows

MENDED = "status 503: the repository says that it is being mended, and does not know for how long"


def index_all(tools):
    now = tools.store.now()
    index_outbox(tools.store, tools.index, limit=1_000, lease_s=60, clock=lambda: now)
    tools.index.refresh()


def fail(store, endpoint, error=MENDED, *, now):
    """Have a run of an endpoint fail at its first page."""
    run = begin(store, endpoint, now=now)
    kill_page(store, claim(store, run, now=now), error, now)
    return finish_run(store, run.id, now)


def set_aside(store, endpoint, *causes, now):
    """Harvest an endpoint, with a record set aside for each of some causes."""
    run = begin(store, endpoint, now=now)
    page = claim(store, run, now=now)
    archive(store, page, 1 + len(causes), now=now)
    refused = [
        replace(rejection(run.id, 0, place + 1, cause), identifier=f"bad {place}") for place, cause in enumerate(causes)
    ]
    put_page(store, page, rows(0), refused, now=now)
    return finish_run(store, run.id, now)


def lose_records(store, endpoint, *, now):
    """Harvest an endpoint with twenty records, then a list that has one of them; give the plan that is held."""
    harvest(store, endpoint, rows(*range(20)), now=now - 86_400)
    return plan_of_run(store, list_all(store, endpoint, rows(0), now=now).id)


def make_all(tools):
    """Have an endpoint in every state."""
    store = tools.store
    now = time.time()
    fine = made_endpoint(store, "fine", label="A fine repository", base_url="https://fine.example/oai")
    set_aside(store, fine, "no_identifier", "no_identifier", "bad_xml", now=now - 7_200)
    set_schedule(store, "fine", "daily 03:00", zone="Europe/Berlin", jitter_s=0, actor="ada", now=now)
    broken = made_endpoint(store, "broken", base_url="https://broken.example/oai")
    harvest(store, broken, rows(100), now=now - 9 * 86_400)
    for day in range(3, 0, -1):
        fail(store, broken, now=now - day * 86_400)
    losing = made_endpoint(store, "losing", base_url="https://losing.example/oai")
    lose_records(store, losing, now=now - 3_600)
    slow = made_endpoint(store, "slow", base_url="https://slow.example/oai")
    run = begin(store, slow, now=now - 4_000)
    put(store, run, 0, rows(*range(200, 260)), token="t", now=now - 3_900)
    made_endpoint(store, "new", base_url="https://new.example/oai")
    index_all(tools)
