"""Lists that lack what an earlier one had, and what becomes of them: the words of the tests of deletion plans."""

from msgspec.structs import replace
from sqlalchemy import select

from harvester.store.deletions.applying import accept_plan, advance_plan, claim_plan
from harvester.store.deletions.plans import get_plan, iter_plan_records, plan_of_run
from harvester.store.items import find_items, get_item
from harvester.store.ledger.runs import finish_run, start_run
from harvester.store.outbox import acknowledge, claim_outbox
from harvester.store.records import put_page
from harvester.store.tables import records
from tests.contract.store.building import NOW, archive, claim, record

LATER = NOW + 86_400
LATE = "2027-01-16T08:00:00Z"
BEFORE = {"": "2027-01-15T08:00:00Z"}
AFTER = {"": LATE}


def rows(*numbers, title="A title"):
    return [record(f"{number:04}", f"{title} {number}") for number in numbers]


def begin_full(store, endpoint, *, deleted_record="no", since=None, until=None, now=LATER):
    return start_run(store, endpoint, since=since, until=until, full=True, now=now, deleted_record=deleted_record)


def list_all(store, endpoint, present, *, rejected=(), date=LATE, now=LATER, **asked):
    """Harvest a full list with these records, and end the run."""
    run = begin_full(store, endpoint, now=now, **asked)
    page = claim(store, run, now=now)
    archive(store, page, len(present) + len(rejected), date=date, now=now)
    put_page(store, page, present, [replace(row, run=run.id) for row in rejected], now=now)
    return finish_run(store, run.id, now)


def drain(store):
    batch = claim_outbox(store, limit=1000, lease_s=10, now=LATER)
    return set() if batch is None else acknowledge(store, batch.fence, now=NOW) and {item.id for item in batch.items}


def taken(store, plan, *, now=LATER, lease_s=10):
    held = claim_plan(store, plan.id, lease_s=lease_s, now=now)
    assert held is not None
    return held


def apply(store, plan, *, chunk=5_000, now=LATER):
    held = taken(store, plan, now=now)
    if held.plan.state == "proposed":
        assert accept_plan(store, held)
    while advance_plan(store, held, lease_s=10, now=now, chunk=chunk):
        pass
    return get_plan(store, plan.id)


def applied(store, endpoint, *gone):
    """Have the plan of a list applied that lacks these records."""
    run = list_all(store, endpoint, rows(*(number for number in range(20) if number not in gone)))
    return apply(store, plan_of_run(store, run.id))


def item_of(store, identifier):
    (item_id,) = find_items(store, identifier)
    return get_item(store, item_id)


def planned(store, plan):
    return [row.identifier for row in iter_plan_records(store, plan)]


def content(store):
    with store.connect() as connection:
        columns = [column for column in records.c if column.name != "seen_run"]
        return connection.execute(select(*columns).order_by(records.c.identifier, records.c.endpoint)).all()
