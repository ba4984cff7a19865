"""A hub for tests: 30 made items and a deleted one in SQLite and the embedded index, served on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec
import pytest
from starlette.types import ASGIApp

from harvester.endpoint import Endpoint
from harvester.item import Agent, Container, Date, Funding, Language, Link, Metadata, Pages, Term, Text
from harvester.store import Store, open_store
from harvester.store.endpoints import put_endpoint
from harvester.store.items import find_items
from harvester.store.ledger.lists import mark_archived
from harvester.store.ledger.pages import claim_page
from harvester.store.ledger.runs import finish_run, start_run
from harvester.store.records import RecordRow, put_page
from indexer.engines import open_index
from indexer.indexing import index_outbox
from search_api.app import create_app
from search_api.server import listen, make_server
from search_api.settings import SearchSettings

SETTINGS = SearchSettings(secret="a secret for these tests alone", hub_name="Test <hub>")
ENDPOINT = Endpoint(key="made", base_url="http://127.0.0.1/oai")
ODD_NAME = 'dc:odd "name", too'

KNOWN_ITEM = Metadata(
    title=(Text("Partnering for Improvement: Improvement Communities and Their Role in Scale Up"),),
    creator=(Agent("Cannata M."), Agent("Cohen-Vogel L."), Agent("Sorum M.")),
    date=Date(edtf="2017", year=2017, precision="year"),
    volume="92",
    issue="5",
    pages=Pages("569-588", start="569", end="588", count=20),
    container=Container("Peabody Journal of Education", kind="journal"),
    resource_type=(Term("Research/Scholarly Media"),),
    resource_status=(Term("Published Text"), Term("Preprint/Forthcoming Resource")),
    genre=(Term("Methodological"), Term("Empirical")),
    funding=(
        Funding("Institute of Education Sciences (IES)", number="Institute of Education Sciences Grant #R305C10023"),
    ),
    doi="10.1080/0161956x.2017.1368633",
    links=(
        Link("is_part_of", title="Peabody Journal of Education [Special Issue]: New Frontiers in Scaling Up Research"),
    ),
    quality=("date_from_citation",),
)


def made_item(number: int) -> Metadata:
    """Items 1 to 29: even ones are Empirical, every third Methodological; 1 to 20 English, the others German."""
    extra = {"audience": ("teachers" if number <= 10 else "parents",)} if number <= 15 else {}
    genres = [label for label, every in (("Empirical", 2), ("Methodological", 3)) if number % every == 0]
    return Metadata(
        title=(Text("<script>alert(1)</script> & more" if number == 2 else f"Survey of schools {number:02}"),),
        creator=(Agent(f"Author {number % 4}"),),
        date=Date(edtf=str(2000 + number), year=2000 + number, precision="year"),
        resource_type=(Term("Report"),),
        genre=tuple(Term(label) for label in genres),
        language=(Language("en" if number <= 20 else "de"),),
        extra=extra | ({ODD_NAME: ("a..b",)} if number == 1 else {}),
    )


def record(name: str, metadata: Metadata | None) -> RecordRow:
    body = msgspec.json.encode(metadata) if metadata else b""
    return RecordRow(f"oai:made:{name}", "2024-01-01", (), metadata is None, body, body or b"deleted")


def harvest(store: Store, rows: list[RecordRow], now: float) -> None:
    run = start_run(store, ENDPOINT, since=None, until=None, full=True, now=now)
    claim = claim_page(store, run.id, 0, lease_s=10, now=now)
    mark_archived(
        store,
        claim,
        location="1/0",
        received=len(rows),
        response_date="2024-01-01T00:00:00Z",
        complete_list_size=None,
        now=now,
    )
    assert put_page(store, claim, rows, [], now=now)
    finish_run(store, run.id, now)


class Hub:
    """The tools behind a served application, and a client for it."""

    def __init__(self, folder, store, index, client):
        self.folder = folder
        self.store = store
        self.index = index
        self.client = client

    def get(self, path, **parameters):
        return self.client.get(path, params=parameters or None)

    def item_id(self, name):
        (found,) = find_items(self.store, f"oai:made:{name}")
        return found

    def harvest(self, rows, now=1_700_000_000):
        """Have records stored, joined and indexed."""
        harvest(self.store, rows, now=now)
        index_outbox(self.store, self.index, limit=1_000, lease_s=60, clock=lambda: now)
        self.index.refresh()


@contextmanager
def opened(folder, index_url):
    """Give an empty hub that is served."""
    with open_store(f"sqlite:///{folder}/store.sqlite") as store:
        put_endpoint(store, ENDPOINT)
        index = open_index(index_url, data_dir=folder)
        index.create()
        with served(create_app(store, index, SETTINGS, contact="a.person@hub.example.org")) as client:
            yield Hub(folder, store, index, client)
        index.close()


@contextmanager
def served(app: ASGIApp) -> Iterator[httpx.Client]:
    server = make_server(app)
    with listen("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 10
            while not server.started and time.monotonic() < deadline:
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    rows = [record(str(number), made_item(number)) for number in range(1, 30)]
    with opened(tmp_path_factory.mktemp("hub"), "embedded:") as hub:
        hub.harvest([*rows, record("known", KNOWN_ITEM), record("gone", made_item(1))], now=1_700_000_000)
        hub.harvest([record("gone", None)], now=1_700_000_100)
        yield hub
