"""Saved answers of Omeka S's REST API go the way of every dump: pages, archive, records, items."""

import gzip
import json
import time
from pathlib import Path

import pytest

from harvester.dumps.documents import Document, Dump
from harvester.dumps.importing import find_prefix, look_at, read_ahead
from harvester.endpoint import Endpoint
from harvester.replaying import replay_page
from harvester.store.endpoints import put_endpoint
from harvester.store.items import find_items, get_item
from harvester.store.ledger.imports import count_documents, read_names, start_import, take_reading
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.rejected import list_rejected
from harvester.store.replays import endpoint_pages
from tests.harvester.harvesting import go_on, live, open_here
from tests.omeka import HUB, literal, made_item, resource, saved_lines, saved_page, stamp
from tests.repository import made_entries
from tests.saving import save, saved_list, tarred

ITEMS = [made_item(number) for number in range(1, 8)]
IDENTIFIERS = {f"{HUB}/api/items/{number}" for number in range(1, 8)}
FILES = {
    "items-1.json": saved_page(ITEMS[:2]),
    "deep/items-2.json.gz": gzip.compress(saved_page(ITEMS[2:3])),
    "more.tar": tarred({"a/items.json": saved_page(ITEMS[3:4]), "item.json": json.dumps(ITEMS[4], indent=2).encode()}),
    "items.jsonl": saved_lines(ITEMS[5:]),
}


@pytest.fixture
def harvesting(tmp_path):
    with open_here(tmp_path / "data") as opened:
        yield opened


def import_all(harvesting, folder: Path, prefix="omeka_json"):
    endpoint = Endpoint(key="hub", base_url=folder.as_uri(), metadata_prefix=prefix)
    put_endpoint(harvesting.store, endpoint)
    run = start_import(harvesting.store, endpoint, folder.as_uri(), time.time())
    reading = take_reading(harvesting.store, run.id, lease_s=60, now=time.time())
    documents = Dump(folder, max_bytes=1 << 24).iter_documents(read_names(harvesting.store, run.id))
    for _ in read_ahead(harvesting, reading, documents, metadata_prefix=run.metadata_prefix):
        pass
    return go_on(harvesting, run.id)


def balance(harvesting, run):
    pages = list_pages(harvesting.store, run.id)
    names = ("received", "new", "changed", "unchanged", "deleted", "duplicate", "rejected")
    return {name: sum(getattr(page, name) for page in pages) for name in names}


def item_of(harvesting, number):
    (found,) = find_items(harvesting.store, f"{HUB}/api/items/{number}")
    return get_item(harvesting.store, found)


def look(content):
    return look_at(Document("name", content if isinstance(content, bytes) else json.dumps(content).encode()))


def test_items_come_from_folders_packed_files_archives_and_lines(harvesting, tmp_path):
    folder = save(tmp_path / "dump", FILES)
    assert find_prefix(Dump(folder, max_bytes=1 << 24)) == "omeka_json"
    run = import_all(harvesting, folder)
    assert run.state == "complete"
    assert live(harvesting) == IDENTIFIERS
    assert balance(harvesting, run) == {
        **dict.fromkeys(("changed", "unchanged", "deleted", "duplicate", "rejected"), 0),
        "received": 7,
        "new": 7,
    }
    item = item_of(harvesting, 1)
    assert (item.title[0].value, item.provenance[0].datestamp) == ("Item 1", "2022-04-03T10:30:00Z")


def test_answers_are_archived_byte_for_byte_and_named_by_their_kind(harvesting, tmp_path):
    run = import_all(harvesting, save(tmp_path / "dump", FILES))
    locations = [page.location for page in list_pages(harvesting.store, run.id) if page.location]
    assert all(location.endswith(".json.zst") for location in locations)
    assert FILES["items-1.json"] in [harvesting.archive.read(location) for location in locations]


def test_the_second_import_changes_nothing_and_a_later_one_what_changed(harvesting, tmp_path):
    folder = save(tmp_path / "dump", FILES)
    import_all(harvesting, folder)
    assert balance(harvesting, import_all(harvesting, folder))["unchanged"] == 7
    newer = made_item(1, o__modified=stamp("2023-01-01T00:00:00+00:00"), dcterms__title=[literal("Renamed")])
    older = made_item(2, o__modified=stamp("2020-01-01T00:00:00+00:00"), dcterms__title=[literal("Old")])
    run = import_all(harvesting, save(tmp_path / "later", {"items.json": saved_page([newer, older])}))
    assert balance(harvesting, run)["changed"] == 1
    assert item_of(harvesting, 1).title[0].value == "Renamed"
    assert item_of(harvesting, 2).title[0].value == "Item 2"


def test_each_object_that_cannot_be_used_is_set_aside_with_its_reason(harvesting, tmp_path):
    objects = [ITEMS[0], 7, {"@type": "o:Item"}, made_item(8, **{"@type": ["o:Media"]}), made_item(9, **{"@id": 9})]
    files = {"items.json": saved_page(objects), "items.jsonl": saved_lines(ITEMS[1:2]) + b'{"@id": "torn\n'}
    run = import_all(harvesting, save(tmp_path / "dump", files))
    assert run.state == "complete"
    assert live(harvesting) == {f"{HUB}/api/items/1", f"{HUB}/api/items/2"}
    counts = balance(harvesting, run)
    assert counts["received"] == 7 == counts["new"] + counts["rejected"]
    found = sorted(
        (one.number, one.position, one.cause) for one in list_rejected(harvesting.store, run=run.id, limit=99)
    )
    assert [(position, cause) for _, position, cause in found] == [
        (1, "not_well_formed"),
        (2, "no_identifier"),
        (3, "no_item"),
        (4, "bad_header"),
        (1, "not_well_formed"),
    ]


def test_items_that_are_not_public_are_kept_out_also_those_that_were(harvesting, tmp_path):
    import_all(harvesting, save(tmp_path / "dump", FILES))
    hidden = [made_item(number, o__is_public=False) for number in (1, 99)]
    run = import_all(harvesting, save(tmp_path / "later", {"items.json": saved_page([*hidden, ITEMS[1]])}))
    assert live(harvesting) == IDENTIFIERS - {f"{HUB}/api/items/1"}
    assert balance(harvesting, run) | {"deleted": 2, "unchanged": 1, "rejected": 0} == balance(harvesting, run)
    assert count_documents(harvesting.store, run.id).not_public == 2
    assert not find_items(harvesting.store, f"{HUB}/api/items/99")


def test_links_between_items_of_a_hub_name_the_address_that_identifies_the_other(harvesting, tmp_path):
    issue = made_item(2, dcterms__hasPart=[resource(1, "Item 1")])
    import_all(harvesting, save(tmp_path / "dump", {"items.json": saved_page([ITEMS[0], issue])}))
    (link,) = item_of(harvesting, 2).links
    assert (link.relation, link.title) == ("has_part", "Item 1")
    assert link.url in [one.value for one in item_of(harvesting, 1).identifier if one.role == "self"]


def test_replay_reads_archived_objects_again_and_writes_nothing_where_nothing_changed(harvesting, tmp_path):
    files = FILES | {"bad.json": saved_page([made_item(8, **{"@type": ["o:Media"]}), ITEMS[0]])}
    import_all(harvesting, save(tmp_path / "dump", files))
    replayed = [replay_page(harvesting, page) for page in endpoint_pages(harvesting.store, "hub")]
    assert not [one.error for one in replayed if one.error]
    assert sum(one.counts.unchanged for one in replayed) == 7
    assert sum(one.counts.rejected for one in replayed) == 1
    assert sum(one.counts.changed for one in replayed) == 0


@pytest.mark.parametrize(
    ("content", "skipped"),
    [
        ([], "no_records_match"),
        ([made_item(1, **{"@type": ["o:Media"]}), made_item(2, **{"@type": ["o:Media"]})], "media"),
        (made_item(1, **{"@type": "o:ItemSet"}), "item_set"),
    ],
)
def test_answers_without_items_are_left_out(content, skipped):
    assert look(content).skipped == skipped


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"errors": {"error": "Not found"}}, 'it is an error that a REST API answered: {"error": "Not found"}'),
        ({"name": "a"}, "it is JSON without any item of Omeka S: no object in it has an @id or o:id"),
        ([1, 2], "it is JSON without any item of Omeka S: no object in it has an @id or o:id"),
        (saved_page(ITEMS)[:-9], "it is JSON that is cut or damaged: Input data was truncated"),
    ],
)
def test_what_is_no_answer_with_items_is_refused_with_its_reason(content, reason):
    assert look(content).refused == reason


def test_json_in_an_import_of_another_format_is_refused(harvesting, tmp_path):
    xml = saved_list(made_entries(2), page_size=9)[0]
    folder = save(tmp_path / "dump", {"a.json": saved_page(ITEMS[:1]), "b.xml": xml})
    run = import_all(harvesting, folder, prefix="oai_dc")
    ((_, reason),) = count_documents(harvesting.store, run.id).refused
    assert reason == "a.json: its records are in omeka_json, not in oai_dc: --prefix omeka_json imports those"
    assert len(live(harvesting)) == 2
