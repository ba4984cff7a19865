"""Stored items that are linked among each other and with the made ones of an index, as pages of items need them."""

from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs

from benchmarks.synthetic import synthetic_items
from harvester.endpoint import Endpoint
from harvester.item import Agent, Link, Metadata
from harvester.store import Store, open_store
from harvester.store.earlier import digest_of
from harvester.store.endpoints import put_endpoint
from harvester.store.items import iter_items
from harvester.store.ledger.lists import mark_archived
from harvester.store.ledger.pages import claim_page
from harvester.store.ledger.runs import finish_run, start_run
from harvester.store.records import RecordRow, put_page
from indexer.document import to_document
from indexer.engines import open_index
from indexer.indexing import index_outbox

COUNT: Final = 60
AUTHORS: Final = 500
NOW: Final = 1_800_000_000.0
OUTGOING: Final = 5
STAMP: Final = "2026-11-01"
SAID_AT: Final = "2027-01-15T08:00:00Z"
PREFIXES: Final = ("oai_dc", "oai_datacite")


def store_items(index_url: str, folder: Path) -> dict[str, list[str]]:
    """Have the store of a folder hold linked items, and the index too; give their ids by kind.

    Each refers to five made items and is a part of the first one, whom all others link to thereby. Each has two
    records; the last has 500 authors.
    """
    index = open_index(index_url, data_dir=folder)
    with open_store(f"sqlite:///{folder}/store.sqlite") as store:
        if next(iter_items(store), None) is None:
            for prefix in PREFIXES:
                _harvest(store, prefix)
        index_outbox(store, index, limit=10 * COUNT, lease_s=60)
        ids = [item.id for item in iter_items(store)]
    index.refresh()
    index.close()
    return {"item": ids[1:-1], "item, 59 linked": ids[:1], "item, 500 authors": ids[-1:]}


def remove_items(index_url: str, folder: Path) -> None:
    """Take them out of an index that outlives the folder, so that the next run's are linked among themselves alone."""
    index = open_index(index_url, data_dir=folder)
    with open_store(f"sqlite:///{folder}/store.sqlite") as store:
        gone = [structs.replace(item, deleted=True, version=item.version + 1) for item in iter_items(store)]
    index.write([to_document(item) for item in gone])
    index.refresh()
    index.close()


def _harvest(store: Store, prefix: str) -> None:
    endpoint = Endpoint(key=prefix.replace("_", "-"), base_url="https://made.example/oai", metadata_prefix=prefix)
    put_endpoint(store, endpoint)
    run = start_run(store, endpoint, since=None, until=None, full=True, now=NOW)
    claim = claim_page(store, run.id, 0, lease_s=60, now=NOW)
    assert claim is not None
    mark_archived(store, claim, location="1/0", received=COUNT, response_date=SAID_AT, complete_list_size=None, now=NOW)
    put_page(store, claim, _rows(), [], now=NOW)
    finish_run(store, run.id, NOW)


def _rows() -> list[RecordRow]:
    rows = []
    for number, item in enumerate(islice(synthetic_items(COUNT, seed=12), COUNT)):
        doi = f"10.5556/{number:08d}"
        links = [Link("references", doi=f"10.5555/{number * OUTGOING + place:08d}") for place in range(OUTGOING)]
        whole = [Link("is_part_of", doi="10.5556/00000000")] if number else []
        said = structs.replace(msgspec.convert(item, Metadata, from_attributes=True), doi=doi, links=(*links, *whole))
        if number == COUNT - 1:
            said = structs.replace(said, creator=tuple(Agent(f"Author {one}") for one in range(AUTHORS)))
        content = msgspec.json.encode(said)
        rows.append(
            RecordRow(f"oai:made:{number}", "2026-11-01", (), False, content, digest_of(content, "2026-11-01", ()), doi)
        )
    return rows
