"""What rebuilding promises on every engine: the index comes to be as the store says, and whoever searches sees nothing.

The store is a real one, items change by its own statements; the process that has the index is another open index. Each
index is built from a store on SQLite, one of them from a store on PostgreSQL, too.
"""

import itertools
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from sqlalchemy import delete, insert

from harvester.store import Store, open_store
from harvester.store.expected import iter_versions
from harvester.store.items import contents_of
from harvester.store.outbox import outbox_depth
from harvester.store.tables import outbox
from indexer.checking import Comparison, find_differences
from indexer.document import Document
from indexer.engines import open_index
from indexer.engines.elastic_mapping import REFRESH_INTERVAL
from indexer.errors import IndexMismatchError, NoFormerError, RebuildRunningError
from indexer.index import Index
from indexer.indexing import index_outbox, make_documents, prepare_index
from indexer.query import Query
from indexer.rebuilding import GenerationDiffersError, rebuild
from tests.contract.index_engines import remove_indices
from tests.indexer.test_indexing import add_item, change_item


class Quiet:
    def count(self, records, left=None): ...

    def note(self, text): ...


class Hub:
    """A store, and the URL of an index; each `open` is a process of its own as far as the index knows."""

    def __init__(self, engine: str, store_url: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.node = request.getfixturevalue("elasticsearch_url") if engine == "elasticsearch" else ""
        self.prefix = f"rebuild-{folder.name[-20:].lower().replace('_', '-')}-{time.time_ns()}"
        self.url = f"{self.node}/{self.prefix}" if self.node else "embedded:"
        self.store = open_store(store_url)
        self.opened: list[Index] = []

    def open(self) -> Index:
        self.opened.append(open_index(self.url, data_dir=self.folder))
        return self.opened[-1]

    def close(self) -> None:
        for index in self.opened:
            index.close()
        self.store.close()
        if self.node:
            remove_indices(self.node, self.prefix)

    def generations(self) -> int:
        """Count them on the node or the disk."""
        if not self.node:
            return len(list((self.folder / "index").glob("items-*")))
        with urllib.request.urlopen(f"{self.node}/_cat/indices/{self.prefix}*?h=index", timeout=30) as answer:
            return len(answer.read().split())

    def age(self) -> None:
        """Make the live generation one of another field table."""
        if not self.node:
            for digest in (self.folder / "index").glob("items-*/digest"):
                digest.write_text("another")
            return
        self.put("_mapping", b'{"_meta":{"digest":"another"}}')

    def put(self, what: str, body: bytes) -> None:
        """Change something of the live generation on the node."""
        url = f"{self.node}/{self.prefix}-items/{what}"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT")
        urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(params=[("embedded", "sqlite"), ("embedded", "postgresql"), ("elasticsearch", "sqlite")], ids="-".join)
def hub(request, tmp_path) -> Iterator[Hub]:
    engine, database = request.param
    if database == "postgresql":
        store_url = request.getfixturevalue("fresh_postgresql_url")
    else:
        store_url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    opened = Hub(engine, store_url, request, tmp_path)
    yield opened
    opened.close()


def fill(store: Store, count: int) -> None:
    for number in range(count):
        add_item(store, f"i{number:03d}", f"Title {number}")


def drain(store: Store, index: Index) -> None:
    index_outbox(store, index, limit=100_000, lease_s=30)
    index.refresh()


def differences(hub: Hub, index: Index) -> dict[str, str]:
    index.refresh()
    return {one.id: one.fault for one in find_differences(hub.store, index, index.refresh, Comparison())}


def started(hub: Hub, count: int = 30) -> Index:
    """Give the index of a process that has indexed some items."""
    index = hub.open()
    fill(hub.store, count)
    prepare_index(hub.store, index)
    drain(hub.store, index)
    return index


def test_a_rebuilt_index_is_as_the_store_and_the_former_one_is_kept(hub):
    live = started(hub)
    change_item(hub.store, "i003", version=2, deleted=True)
    drain(hub.store, live)
    report = rebuild(hub.store, hub.open(), "me", Quiet())
    assert (report.copied, report.documents, report.caught_up, report.refused) == (30, 30, 0, 0)
    assert list(live.versions()) == list(iter_versions(hub.store))
    assert live.search(Query()).total == 29
    assert hub.generations() == 2
    rebuild(hub.store, hub.open(), "me", Quiet())
    assert hub.generations() == 2
    assert live.search(Query()).total == 29


def test_a_writer_goes_on_during_and_after_a_rebuild(hub):
    live = started(hub)
    with hub.open().begin_build("me") as build:
        build.write([Document(id=item_id, version=1) for item_id in ("i000", "i001", "i002")])
        change_item(hub.store, "i001", version=2)
        drain(hub.store, live)
        build.refresh()
        noted = build.take_missed()
        assert noted == (["i001"] if hub.engine == "embedded" else [])
        assert build.take_missed() == []
        if hub.engine == "elasticsearch":
            assert build.held(["i001", "none"]) == {"i001": (2, False)}
    rebuild(hub.store, hub.open(), "me", Quiet())
    change_item(hub.store, "i002", version=2, deleted=True)
    drain(hub.store, live)
    assert list(live.versions()) == list(iter_versions(hub.store))


def test_what_is_written_between_comparing_and_swapping_is_in_the_new_one(hub):
    live = started(hub)
    builder = hub.open()
    with builder.begin_build("me") as build:
        build.write([Document(id=f"i{n:03d}", version=1) for n in range(30)])
        change_item(hub.store, "i007", version=5)
        drain(hub.store, live)
        build.swap(lambda ids: build.write([Document(id=item_id, version=5) for item_id in ids]) and None)
    assert {row[0]: row[1] for row in live.versions()}["i007"] == 5
    assert hub.open().search(Query(size=0)).total == 30


def test_going_back_brings_the_former_one_up_to_what_changed_since(hub):
    live = started(hub)
    rebuild(hub.store, hub.open(), "me", Quiet())
    change_item(hub.store, "i003", version=2, deleted=True)
    add_item(hub.store, "i999", "New since")
    drain(hub.store, live)
    report = rebuild(hub.store, hub.open(), "me", Quiet(), back=True)
    assert (report.copied, report.caught_up, report.documents) == (0, 2, 31)
    assert list(live.versions()) == list(iter_versions(hub.store))
    assert [hit.id for hit in live.search(Query(text="since")).hits] == ["i999"]
    assert hub.generations() == 2
    change_item(hub.store, "i004", version=9)
    drain(hub.store, live)
    assert rebuild(hub.store, hub.open(), "me", Quiet(), back=True).caught_up == 1
    assert differences(hub, live) == {}


def test_without_a_former_one_there_is_no_way_back(hub):
    live = started(hub)
    with pytest.raises(NoFormerError, match="no former generation"):
        rebuild(hub.store, live, "me", Quiet(), back=True)
    assert not live.drop_former()
    rebuild(hub.store, hub.open(), "me", Quiet())
    assert live.drop_former()
    assert hub.generations() == 1
    with pytest.raises(NoFormerError, match="no former generation"):
        rebuild(hub.store, live, "me", Quiet(), back=True)
    assert live.search(Query()).total == 30


def test_an_index_of_an_older_field_table_is_mended_and_no_way_back_to_it(hub):
    started(hub).close()
    hub.age()
    with pytest.raises(IndexMismatchError, match="`oaihub rebuild` makes it anew"):
        hub.open().create()
    with pytest.raises(IndexMismatchError, match="`oaihub rebuild` makes it anew"):
        hub.open().write([Document(id="x", version=1)])
    report = rebuild(hub.store, hub.open(), "me", Quiet())
    assert report.documents == 30
    index = hub.open()
    index.create()
    assert index.search(Query()).total == 30
    with pytest.raises(IndexMismatchError, match="takes the version of oaihub that made it"):
        rebuild(hub.store, index, "me", Quiet(), back=True)
    assert index.search(Query()).total == 30


def test_the_second_of_two_rebuilds_is_told_who_runs(hub, monkeypatch):
    monkeypatch.setattr("indexer.engines.elastic_build.BEAT_S", 0.1)
    live = started(hub)
    with hub.open().begin_build("process 7 on host h"):
        with pytest.raises(RebuildRunningError, match="process 7 on host h is building the index"):
            rebuild(hub.store, hub.open(), "me", Quiet())
        with pytest.raises(RebuildRunningError):
            live.drop_former()
    assert hub.generations() == 1
    rebuild(hub.store, hub.open(), "me", Quiet())


KILLED = """
import os, signal, sys
from pathlib import Path
from indexer.document import Document
from indexer.engines import open_index
build = open_index(sys.argv[1], data_dir=Path(sys.argv[2])).begin_build("one that is killed")
build.write([Document(id="i000", version=77), Document(id="strange", version=1)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_rebuild_changes_nothing_and_the_next_begins_anew(hub, monkeypatch):
    monkeypatch.setattr("indexer.engines.elastic_build.DEAD_AFTER_S", 0.5)
    live = started(hub)
    subprocess.run([sys.executable, "-c", KILLED, hub.url, str(hub.folder)], check=False, timeout=60)
    assert hub.generations() == 2
    assert differences(hub, live) == {}
    change_item(hub.store, "i000", version=2)
    drain(hub.store, live)  # first what is left is written to, later it is given up
    time.sleep(0.6)
    change_item(hub.store, "i001", version=2)
    drain(hub.store, live)
    assert differences(hub, live) == {}
    report = rebuild(hub.store, hub.open(), "me", Quiet())
    assert report.documents == 30
    assert hub.generations() == 2
    assert list(live.versions()) == list(iter_versions(hub.store))


def test_a_rebuild_that_fails_where_there_was_no_index_leaves_all_to_be_indexed(hub):
    fill(hub.store, 3)
    with hub.store.begin() as connection:
        connection.execute(delete(outbox))
    index = hub.open()
    with pytest.raises(NoFormerError):
        rebuild(hub.store, index, "me", Quiet(), back=True)
    drain(hub.store, index)
    assert index.search(Query()).total == 3


def test_what_an_index_refused_is_tried_again_once_it_is_rebuilt(hub):
    live = started(hub, 3)
    with hub.store.begin() as connection:
        connection.execute(insert(outbox).values(item_id="i001", queued=1.0, fence=0, leased_until=0.0, reason="odd"))
    assert rebuild(hub.store, hub.open(), "me", Quiet()).refused == 0
    assert (outbox_depth(hub.store).waiting, outbox_depth(hub.store).rejected) == (1, 0)
    drain(hub.store, live)
    assert outbox_depth(hub.store).waiting == 0


@pytest.mark.parametrize("hub", [("embedded", "sqlite"), ("embedded", "postgresql")], indirect=True, ids="-".join)
def test_what_a_rebuild_refuses_is_kept_and_all_else_is_found(hub):
    live = started(hub, 3)
    add_item(hub.store, "bad", "Title", version=-1)  # the embedded index takes no negative version
    with hub.store.begin() as connection:
        connection.execute(delete(outbox))
    report = rebuild(hub.store, hub.open(), "me", Quiet())
    assert (report.documents, report.refused) == (3, 1)
    assert (outbox_depth(hub.store).waiting, outbox_depth(hub.store).rejected) == (0, 1)
    assert live.search(Query()).total == 3


def test_a_store_without_items_is_rebuilt(hub):
    report = rebuild(hub.store, hub.open(), "me", Quiet())
    assert (report.copied, report.documents) == (0, 0)
    assert hub.open().search(Query()).total == 0


@pytest.mark.parametrize("hub", [("elasticsearch", "sqlite")], indirect=True, ids="-".join)
def test_a_swap_that_was_made_but_not_answered_stays(hub):
    live = started(hub)
    steps = [("remove", "items-2", "items-next"), ("remove", "items-1", "items"), ("add", "items-2", "items")]
    actions = [
        {kind: {"index": f"{hub.prefix}-{index}", "alias": f"{hub.prefix}-{alias}"}} for kind, index, alias in steps
    ]
    with hub.open().begin_build("me") as build:
        build.write([Document(id=f"i{number:03d}", version=1) for number in range(30)])
        build.refresh()
        swap = urllib.request.Request(f"{hub.node}/_aliases", msgspec.json.encode({"actions": actions}))
        swap.add_header("Content-Type", "application/json")
        urllib.request.urlopen(swap, timeout=30).close()
    assert live.search(Query()).total == 30


@pytest.mark.parametrize("hub", [("elasticsearch", "sqlite")], indirect=True, ids="-".join)
def test_what_a_killed_builder_froze_shows_new_writes_while_the_next_one_builds(hub):
    started(hub)
    hub.put("_settings", b'{"index":{"refresh_interval":"-1"}}')
    with (
        hub.open().begin_build("me"),
        urllib.request.urlopen(f"{hub.node}/{hub.prefix}-items/_settings", timeout=30) as answer,
    ):
        (found,) = msgspec.json.decode(answer.read()).values()
    assert found["settings"]["index"]["refresh_interval"] == REFRESH_INTERVAL


class Watch:
    """Searches until stopped; a search that fails, finds fewer items or an older version of one is a fault."""

    def __init__(self, index: Index, count: int) -> None:
        self.faults: list[str] = []
        self.searches = 0
        self._index = index
        self._newest = {f"i{number:03d}": 0 for number in range(count)}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set() and not self.faults:
            try:
                self._search()
            except Exception as error:  # noqa: BLE001
                self.faults.append(repr(error))
            self.searches += 1

    def _search(self) -> None:
        hits = self._index.search(Query(size=len(self._newest))).hits
        versions = {hit.id: msgspec.json.decode(hit.item)["version"] for hit in hits}
        if set(versions) != set(self._newest):
            self.faults.append(f"{len(versions)} items")
        self.faults += [f"{key} fell to {version}" for key, version in versions.items() if version < self._newest[key]]
        self._newest = versions


def test_searches_see_no_gap_and_no_older_state_while_it_is_rebuilt_over_and_over(hub):
    live = started(hub, 200)
    stop = threading.Event()
    watches = [Watch(hub.open(), 200), Watch(hub.open(), 200)]

    def write() -> None:
        for number in itertools.count(2):
            if stop.is_set():
                return
            for item in range(0, 200, 10):
                change_item(hub.store, f"i{item:03d}", version=number)
            index_outbox(hub.store, live, limit=1_000, lease_s=30)
            live.refresh()

    threads = [threading.Thread(target=write), *(threading.Thread(target=watch.run, args=(stop,)) for watch in watches)]
    for thread in threads:
        thread.start()
    builder = hub.open()
    try:
        for number in range(6):
            rebuild(hub.store, builder, "me", Quiet(), back=number == 3)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    drain(hub.store, live)
    assert [watch.faults for watch in watches] == [[], []]
    assert min(watch.searches for watch in watches) > 10
    assert differences(hub, live) == {}


@pytest.mark.parametrize("hub", [("elasticsearch", "sqlite")], indirect=True, ids="-".join)
def test_a_node_that_shows_writes_by_itself_shows_nothing_that_a_swap_takes_back(hub):
    live, builder = started(hub), hub.open()
    documents, _ = make_documents(contents_of(hub.store, [f"i{number:03d}" for number in range(30)]))
    stop, watch = threading.Event(), Watch(hub.open(), 30)

    def write() -> None:
        for version in itertools.count(2):
            if stop.is_set():
                return
            item = msgspec.Raw(b'{"version":%d}' % version)
            live.write([structs.replace(document, version=version, item=item) for document in documents])

    threads = [threading.Thread(target=write), threading.Thread(target=watch.run, args=(stop,))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            hub.put("_settings", b'{"index":{"refresh_interval":"1ms"}}')
            with builder.begin_build("me") as build:
                build.write(documents)
                build.swap(lambda ids: None)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert watch.faults == []
    assert watch.searches > 10


def test_differences_are_found_in_both_directions_and_what_waits_is_none(hub):
    live = started(hub, 10)
    assert differences(hub, live) == {}
    live.write(
        [Document(id="zz", version=1), Document(id="a", version=3), Document(id="gone", version=3, deleted=True)]
    )
    live.write([Document(id="i002", version=9), Document(id="i003", version=1, deleted=True)])
    with hub.store.begin() as connection:
        connection.exec_driver_sql("UPDATE items SET version = 4 WHERE id = 'i004'")
    add_item(hub.store, "i500", "Waits")
    change_item(hub.store, "i005", version=2)
    seen = Comparison()
    live.refresh()
    found = {one.id: one.fault for one in find_differences(hub.store, live, live.refresh, seen)}
    faults = {"a": "foreign", "i002": "ahead", "i003": "stale", "i004": "stale", "zz": "foreign"}
    assert found == faults
    assert (seen.items, seen.documents, seen.waiting) == (11, 13, 2)
    drain(hub.store, live)
    assert differences(hub, live) == faults
    with pytest.raises(NoFormerError):
        rebuild(hub.store, live, "me", Quiet(), back=True)
    rebuild(hub.store, hub.open(), "me", Quiet())
    assert differences(hub, live) == {}
    with pytest.raises(GenerationDiffersError, match="what the store does not know"):
        rebuild(hub.store, hub.open(), "me", Quiet(), back=True)
    assert differences(hub, live) == {}


def test_going_back_shows_nothing_older_than_what_was_copied_before_it_was_indexed(hub):
    live = started(hub)
    change_item(hub.store, "i003", version=2)  # waits in the outbox, and is copied
    rebuild(hub.store, hub.open(), "me", Quiet())
    assert live.held(["i003"]) == {"i003": (2, False)}
    rebuild(hub.store, hub.open(), "me", Quiet(), back=True)
    assert live.held(["i003"]) == {"i003": (2, False)}


def test_going_back_needs_nothing_of_the_process_that_wrote_to_the_former_one(hub):
    started(hub)  # keeps its writer, and does not look
    rebuild(hub.store, hub.open(), "me", Quiet())
    change_item(hub.store, "i003", version=2)
    rebuild(hub.store, hub.open(), "me", Quiet(), back=True)
    assert hub.open().held(["i003"]) == {"i003": (2, False)}
