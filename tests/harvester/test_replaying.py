"""Archived pages through the code of today. What an older oaihub wrote is written into the store by hand."""

import time

import pytest
from sqlalchemy import text

from harvester.dumps.documents import Dump
from harvester.dumps.importing import read_ahead
from harvester.endpoint import Endpoint
from harvester.replaying import replay_page
from harvester.store.endpoints import put_endpoint
from harvester.store.items import count_items, find_items, get_item, iter_items
from harvester.store.ledger.imports import start_import, take_reading
from harvester.store.ledger.rejected import list_rejected
from harvester.store.outbox import acknowledge, claim_outbox, outbox_depth
from harvester.store.replays import ReplayCounts, endpoint_pages
from harvester.store.tables import runs
from tests.conftest import RECORDINGS
from tests.faults import altered, oai_error
from tests.harvester.harvesting import go_on, harvest_all, keep, live, open_here
from tests.repository import Repository, made_entries

OTHERS = [column.name for column in runs.c if column.name not in {"id", "endpoint", "metadata_prefix"}]


@pytest.fixture
def harvesting(tmp_path):
    with open_here(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def harvested(harvesting):
    """Twenty-five records, five of them deleted, on three pages."""
    with Repository(made_entries(25, deleted_every=5), page_size=10) as repository:
        harvest_all(harvesting, keep(harvesting, repository.url))
    drain(harvesting)
    return harvesting


def drain(harvesting):
    while batch := claim_outbox(harvesting.store, limit=10_000, lease_s=10, now=time.time()):
        acknowledge(harvesting.store, batch.fence, now=time.time())


def replay_all(harvesting, endpoint="here"):
    return [replay_page(harvesting, page) for page in endpoint_pages(harvesting.store, endpoint)]


def total(done):
    return {
        name: sum(getattr(page.counts, name) for page in done)
        for name in ReplayCounts.__struct_fields__
        if any(getattr(page.counts, name) for page in done)
    }


def execute(harvesting, statement):
    with harvesting.store.begin() as connection:
        connection.execute(text(statement))


def item(harvesting, identifier):
    (item_id,) = find_items(harvesting.store, identifier)
    return get_item(harvesting.store, item_id)


def test_a_replay_by_the_same_code_finds_everything_as_it_is(harvested):
    before = list(iter_items(harvested.store))
    assert total(replay_all(harvested)) == {"unchanged": 25}
    assert list(iter_items(harvested.store)) == before
    assert outbox_depth(harvested.store).waiting == 0


def test_what_older_code_made_otherwise_is_made_anew_and_indexed_again(harvested):
    execute(
        harvested,
        "UPDATE records SET metadata = CAST('{}' AS BLOB), digest = CAST('old' AS BLOB) "
        "WHERE identifier IN ('oai:test:3', 'oai:test:14')",
    )
    assert item(harvested, "oai:test:3").title == ()
    assert total(replay_all(harvested)) == {"unchanged": 23, "changed": 2}
    made = item(harvested, "oai:test:3")
    assert (made.title[0].value, made.version) == ("Record 3", 2)
    assert outbox_depth(harvested.store).waiting == 2
    assert total(replay_all(harvested)) == {"unchanged": 25}
    assert item(harvested, "oai:test:3").version == 2


def test_what_older_code_could_not_read_becomes_a_record(harvested):
    execute(harvested, "DELETE FROM outbox")
    execute(harvested, "DELETE FROM joining")
    execute(harvested, "DELETE FROM records WHERE identifier = 'oai:test:12'")
    execute(harvested, "DELETE FROM items WHERE identifier = 'oai:test:12'")
    execute(harvested, "INSERT INTO rejected VALUES (1, 1, 1, NULL, 'no_identifier', 'it was not found', '')")
    assert total(replay_all(harvested)) == {"unchanged": 24, "recovered": 1}
    assert item(harvested, "oai:test:12").title[0].value == "Record 12"
    assert list_rejected(harvested.store) == []
    assert total(replay_all(harvested)) == {"unchanged": 25}


def test_what_still_cannot_be_read_stays_set_aside_with_todays_reason(harvesting):
    with Repository(made_entries(5), page_size=10) as repository:
        repository.misbehave(altered(b"<identifier>oai:test:2</identifier>", b""))
        harvest_all(harvesting, keep(harvesting, repository.url))
    (before,) = list_rejected(harvesting.store)
    assert total(replay_all(harvesting)) == {"unchanged": 4, "rejected": 1}
    assert list_rejected(harvesting.store) == [before]
    execute(harvesting, "UPDATE rejected SET reason = 'as it was said once'")
    assert total(replay_all(harvesting)) == {"unchanged": 4, "rejected": 1}
    assert list_rejected(harvesting.store) == [before]


def test_records_that_are_not_well_formed_stay_set_aside_and_nothing_is_written(harvesting):
    with Repository(made_entries(6), page_size=10) as repository:
        not_well_formed = altered(b"<dc:title>Record 2</dc:title>", b"<dc:title>Record 2</dc:creator>")
        without_identifier = altered(b"<identifier>oai:test:4</identifier>", b"")
        repository.misbehave(lambda answer: without_identifier(not_well_formed(answer)))
        harvest_all(harvesting, keep(harvesting, repository.url))
    before = list_rejected(harvesting.store)
    assert [reject.position for reject in before] == [1, 3]
    pages = endpoint_pages(harvesting.store, "here")
    with harvesting.store.begin():  # a replay that wrote would wait for this one until it fails
        done = [replay_page(harvesting, page) for page in pages]
    assert total(done) == {"unchanged": 4, "rejected": 2}
    assert list_rejected(harvesting.store) == before


@pytest.mark.parametrize("damage", ["missing", "changed", "no answer"])
def test_a_page_that_the_archive_cannot_give_is_named_and_the_others_are_done(harvested, damage):
    first, second, _ = endpoint_pages(harvested.store, "here")
    path = harvested.archive.folder / second.location
    if damage == "missing":
        path.unlink()
    elif damage == "changed":
        path.write_bytes((harvested.archive.folder / first.location).read_bytes())
    else:
        location = harvested.archive.append(9, 9, oai_error("badArgument")(None).body).location
        execute(harvested, f"UPDATE pages SET location = '{location}' WHERE number = {second.number}")
    done = replay_all(harvested)
    assert [page.number for page in done if page.error] == [second.number]
    assert done[1].error.startswith(
        "the repository answers badArgument" if damage == "no answer" else f"archived page {path}"
    )
    assert total(done) == {"unchanged": 15}


def test_deleted_records_stay_deleted_and_newer_pages_win(harvested):
    with Repository(made_entries(25), page_size=10) as repository:
        repository.delete("oai:test:1", "2025-01-01T00:00:00Z")
        endpoint = keep(harvested, repository.url)
        execute(harvested, f"UPDATE items SET repository = '{repository.url}'")
        harvest_all(harvested, endpoint, since="2024-06-01")
    assert "oai:test:1" not in live(harvested)
    counts = total(replay_all(harvested))
    assert counts == {"unchanged": 24, "elsewhere": 1}
    assert "oai:test:1" not in live(harvested)


@pytest.mark.parametrize(("of_run", "alive"), [(3, False), (1, True)])
def test_what_was_set_aside_does_not_outlive_a_later_plan(harvested, of_run, alive):
    columns = "endpoint, metadata_prefix, " + ", ".join(OTHERS)
    execute(harvested, f"INSERT INTO runs (id, {columns}) SELECT 2, {columns} FROM runs WHERE id = 1")
    execute(harvested, "UPDATE pages SET run = 2 WHERE number = 1")
    execute(
        harvested,
        "INSERT INTO plans (id, endpoint, metadata_prefix, run, state, live, vanished, deleted, created, fence, "
        f"leased_until, not_before, hinted_at, tries) VALUES (7, 'here', 'oai_dc', {of_run}, 'applied', 20, 1, 1, 0, "
        "0, 0, 0, 0, 0)",
    )
    execute(
        harvested,
        "UPDATE records SET deleted = 1, plan = 7, number = 0, datestamp = '2023-01-01T00:00:00Z' "
        "WHERE identifier = 'oai:test:12'",
    )
    execute(harvested, "INSERT INTO rejected VALUES (2, 1, 1, NULL, 'no_identifier', 'it was not found', '')")
    replay_all(harvested)
    assert ("oai:test:12" in live(harvested)) is alive


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="recorded pages are not here")
def test_recorded_answers_replay_to_what_their_import_made(harvesting):
    folder = RECORDINGS.resolve() / "bepress-digitalcommons"
    endpoint = Endpoint(key="recorded", base_url=folder.as_uri())
    put_endpoint(harvesting.store, endpoint)
    run = start_import(harvesting.store, endpoint, folder.as_uri(), time.time())
    reading = take_reading(harvesting.store, run.id, lease_s=60, now=time.time())
    documents = Dump(folder, max_bytes=1 << 24).iter_documents()
    assert all(read_ahead(harvesting, reading, documents, metadata_prefix="oai_dc"))
    ended = go_on(harvesting, run.id)
    assert ended.state == "complete"
    before = count_items(harvesting.store)
    counts = total(replay_all(harvesting, "recorded"))
    assert counts.keys() <= {"unchanged", "rejected", "elsewhere"}
    assert sum(counts.values()) == ended.balance.received > 1_000
    assert count_items(harvesting.store) == before
