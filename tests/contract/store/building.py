"""Made records, and a harvest of them without any network: what a worker does with the ledger, in a few lines."""

import hashlib
from collections.abc import Sequence

import msgspec

from harvester.endpoint import Endpoint
from harvester.item import Metadata, Text
from harvester.store import Store
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.lists import Archived, Following, mark_archived
from harvester.store.ledger.pages import Claim, PageRow, claim_page, list_pages
from harvester.store.ledger.rejected import Rejected
from harvester.store.ledger.runs import Run, finish_run, start_run
from harvester.store.ledger.windows import NewPage
from harvester.store.records import PageCounts, RecordRow, put_page

NOW = 1_800_000_000.0
LEASE_S = 10.0
RESPONSE_DATE = "2027-01-15T08:00:00Z"


def made_endpoint(store: Store, key: str = "here", **fields: object) -> Endpoint:
    endpoint = Endpoint(key=key, **{"base_url": "https://repository.example/oai", **fields})
    put_endpoint(store, endpoint)
    return endpoint


def record(
    identifier: str,
    title: str = "A title",
    *,
    datestamp: str = "2026-01-01",
    sets: tuple[str, ...] = (),
    deleted: bool = False,
    metadata: Metadata | None = None,
) -> RecordRow:
    metadata = metadata or Metadata(title=(Text(title),))
    content = b"" if deleted else msgspec.json.encode(metadata)
    digest = hashlib.sha256(content + datestamp.encode()).digest()
    return RecordRow(identifier, datestamp, sets, deleted, content, digest)


def begin(
    store: Store, endpoint: Endpoint, *, now: float = NOW, since: str | None = None, until: str | None = None
) -> Run:
    return start_run(store, endpoint, since=since, until=until, full=False, now=now)


def claim(store: Store, run: Run, number: int = 0, *, now: float = NOW) -> Claim:
    taken = claim_page(store, run.id, number, lease_s=LEASE_S, now=now)
    assert taken is not None
    return taken


def get_page(store: Store, run: int, number: int) -> PageRow:
    return next(page for page in list_pages(store, run) if page.number == number)


def archive(
    store: Store, taken: Claim, received: int, *, token: str | None = None, now: float = NOW, date: str = RESPONSE_DATE
) -> int | None:
    archived = mark_archived(
        store,
        taken,
        location=f"{taken.run}/{taken.number}",
        received=received,
        response_date=date,
        complete_list_size=None,
        following=Following(pages=(NewPage(window=taken.window.number, set_spec=taken.window.set_spec, token=token),))
        if token
        else None,
        now=now,
    )
    assert isinstance(archived, Archived)
    return next(iter(archived.next_numbers), None)


def put(
    store: Store, run: Run, number: int, rows: Sequence[RecordRow], *, token: str | None = None, now: float = NOW
) -> PageCounts:
    """Take one page from its claim to the store."""
    taken = claim(store, run, number, now=now)
    archive(store, taken, len(rows), token=token, now=now)
    counts = put_page(store, taken, rows, [], now=now)
    assert counts is not None
    return counts


def harvest(store: Store, endpoint: Endpoint, *pages: Sequence[RecordRow], now: float = NOW) -> Run:
    """Harvest these pages in one run, and end it."""
    run = begin(store, endpoint, now=now)
    for number, rows in enumerate(pages):
        put(store, run, number, rows, token=f"token {number}" if number + 1 < len(pages) else None, now=now)
    ended = finish_run(store, run.id, now)
    assert ended is not None
    return ended


def rejection(run: int, number: int, position: int, cause: str = "no_identifier") -> Rejected:
    return Rejected(run, number, position, None, cause, f"record {position}: no identifier", b"<record/>")
