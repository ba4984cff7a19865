"""The main path: from the outbox of a real store into a real index."""

import shutil
import time

import msgspec
import pytest
from sqlalchemy import insert, update

from harvester.item import Metadata, Text
from harvester.store import Store, open_store
from harvester.store.exposing import get_changed
from harvester.store.outbox import enqueue, outbox_depth
from harvester.store.tables import items, outbox, records
from indexer.engines import open_index
from indexer.errors import IndexUnavailableError
from indexer.indexing import IndexReport, fitting_rows, index_outbox, prepare_index
from indexer.query import Query


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path):
    opened = open_index("embedded:", data_dir=tmp_path)
    opened.create()
    yield opened
    opened.close()


def add_item(store: Store, item_id: str, title: str, version: int = 1) -> None:
    """Put an item with one record into the store, as a stored page does, and into the outbox."""
    row = {"item_id": item_id, "endpoint": "hub", "metadata_prefix": "oai_dc", "identifier": f"oai:hub:{item_id}"}
    row |= {"datestamp": "2026-11-20", "sets": "[]", "deleted": False, "digest": b"", "run": 1, "number": 0}
    row |= {"seen_run": 1, "metadata": msgspec.json.encode(Metadata(title=(Text(title),)))}
    item = {"id": item_id, "repository": "hub", "identifier": f"oai:hub:{item_id}", "version": version}
    with store.begin() as connection:
        connection.execute(insert(items).values(item | {"deleted": False, "changed": 1.0}))
        connection.execute(insert(records).values(row))
        enqueue(store, connection, [item_id], time.time())


def change_item(store: Store, item_id: str, **values: object) -> None:
    with store.begin() as connection:
        connection.execute(update(items).where(items.c.id == item_id).values(values))
        enqueue(store, connection, [item_id], time.time())


def ids(index) -> list[str]:
    index.refresh()
    return sorted(hit.id for hit in index.search(Query()).hits)


def test_the_outbox_is_emptied_into_the_index(store, index):
    for number in range(5):
        add_item(store, f"i{number}", f"Title {number}")
    assert index_outbox(store, index, limit=100, lease_s=10) == IndexReport(taken=5, written=5)
    assert ids(index) == ["i0", "i1", "i2", "i3", "i4"]
    assert outbox_depth(store).waiting == 0
    assert index_outbox(store, index, limit=100, lease_s=10) == IndexReport()


def test_no_more_than_the_limit_is_taken(store, index):
    for number in range(5):
        add_item(store, f"i{number}", f"Title {number}")
    assert index_outbox(store, index, limit=2, lease_s=10).taken == 2
    assert outbox_depth(store).waiting == 3


def test_a_deleted_item_leaves_the_results(store, index):
    add_item(store, "i0", "Title")
    index_outbox(store, index, limit=10, lease_s=10)
    change_item(store, "i0", deleted=True, version=2)
    assert index_outbox(store, index, limit=10, lease_s=10).written == 1
    assert ids(index) == []
    assert list(index.versions()) == [("i0", 2, True)]


def test_what_the_index_has_in_a_newer_version_is_done(store, index):
    add_item(store, "i0", "Title", version=7)
    index_outbox(store, index, limit=10, lease_s=10)
    change_item(store, "i0", version=6)
    assert index_outbox(store, index, limit=10, lease_s=10) == IndexReport(taken=1, newer=1)
    assert outbox_depth(store).waiting == 0


def test_a_document_the_index_refuses_is_kept_with_its_reason(store, index):
    add_item(store, "good", "Title")
    add_item(store, "bad", "Title", version=-1)  # the embedded index takes no negative version
    assert index_outbox(store, index, limit=10, lease_s=10) == IndexReport(taken=2, written=1, rejected=1)
    depth = outbox_depth(store)
    assert (depth.waiting, depth.rejected) == (0, 1)
    assert ids(index) == ["good"]


def test_an_index_that_is_down_gives_the_rows_back(store, tmp_path):
    add_item(store, "i0", "Title")
    down = open_index("http://127.0.0.1:1", data_dir=tmp_path)
    with pytest.raises(IndexUnavailableError):
        index_outbox(store, down, limit=10, lease_s=600)
    down.close()
    with store.begin() as connection:
        connection.execute(update(outbox).values(leased_until=outbox.c.leased_until - 10))  # ten seconds later
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    assert index_outbox(store, index, limit=10, lease_s=10).written == 1
    index.close()


def test_a_lost_index_is_made_and_filled_again(store, tmp_path):
    for number in range(3):
        add_item(store, f"i{number}", f"Title {number}")
    index = open_index("embedded:", data_dir=tmp_path / "new")
    prepare_index(store, index)
    index_outbox(store, index, limit=10, lease_s=10)
    prepare_index(store, index)
    assert outbox_depth(store).waiting == 0  # it is there, so nothing is to be done again
    index.close()
    shutil.rmtree(tmp_path / "new" / "index")
    prepare_index(store, index)
    assert index_outbox(store, index, limit=10, lease_s=10).written == 3
    assert ids(index) == ["i0", "i1", "i2"]
    index.close()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (shutil.rmtree, "No such file"),
        (lambda folder: (folder / "meta.json").write_text("{}"), "corrupt"),
    ],
)
def test_a_damaged_index_is_named_with_what_to_do(store, tmp_path, harm, said):
    index = open_index("embedded:", data_dir=tmp_path / "new")
    prepare_index(store, index)
    index.close()
    (folder,) = (tmp_path / "new" / "index").glob("items-1-*")
    harm(folder)
    with pytest.raises(IndexUnavailableError, match=f"(?s)({said}).*`oaihub rebuild` makes it anew"):
        prepare_index(store, index)


def test_a_change_is_dated_when_the_index_has_taken_it(store, index, monkeypatch):
    clock = {"now": 1_700_000_000.0}
    write = index.write

    def write_slowly(documents):
        clock["now"] += 90
        return write(documents)

    monkeypatch.setattr(index, "write", write_slowly)
    add_item(store, "i1", "Slow")
    index_outbox(store, index, limit=10, lease_s=60, clock=lambda: clock["now"])
    assert get_changed(store, "i1").at == clock["now"]


@pytest.mark.parametrize(
    ("rows", "took_s", "following"),
    [
        (1_000, 0.5, 2_000),
        (2_000, 1.0, 2_000),
        (5_000, 2.0, 2_500),
        (1_000, 0.01, 5_000),  # at most
        (1_000, 0.0, 5_000),
        (5_000, 60.0, 1_000),  # at least
    ],
)
def test_a_batch_has_as_many_rows_as_a_second_takes(rows, took_s, following):
    assert fitting_rows(rows, took_s) == following
