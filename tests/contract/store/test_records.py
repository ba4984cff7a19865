import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from harvester.item import Citation, Identifier, Metadata, Subject, Text
from harvester.store.items import count_items, find_items, get_item, iter_items
from harvester.store.ledger.rejected import count_rejected, list_rejected
from harvester.store.ledger.runs import finish_run
from harvester.store.outbox import acknowledge, claim_outbox, outbox_depth
from harvester.store.records import PageCounts, put_page
from harvester.store.tables import records
from tests.contract.store.building import NOW, archive, begin, claim, harvest, made_endpoint, record, rejection


def only_item(store, identifier):
    (item_id,) = find_items(store, identifier)
    return get_item(store, item_id)


def drain(store, now=NOW):
    batch = claim_outbox(store, limit=1000, lease_s=10, now=now)
    return 0 if batch is None else acknowledge(store, batch.fence, now=NOW)


def state(store):
    """Everything that a second harvest could write, but for what says when a record was last seen."""
    with store.connect() as connection:
        columns = [column for column in records.c if column.name != "seen_run"]
        rows = connection.execute(select(*columns).order_by(records.c.identifier)).all()
    return rows, list(iter_items(store)), outbox_depth(store)


def test_a_new_record_makes_an_item_that_waits_for_the_index(store):
    run = harvest(store, made_endpoint(store), [record("1", "First", sets=("a", "b"))])
    item = only_item(store, "1")
    assert (item.title, item.version, item.deleted, item.schema) == ((Text("First"),), 1, False, "item/1")
    assert item.harvested == "2027-01-15T08:00:00Z"
    (source,) = item.provenance
    assert (source.endpoint, source.metadata_prefix, source.identifier, source.datestamp, source.sets, source.page) == (
        "here",
        "oai_dc",
        "1",
        "2026-01-01",
        ("a", "b"),
        f"{run.id}/0",
    )
    assert outbox_depth(store).waiting == 1


def test_a_second_harvest_of_the_same_writes_no_item_and_no_outbox_row(store):
    endpoint = made_endpoint(store)
    pages = [[record("1"), record("2", deleted=True)], [record("3")]]
    harvest(store, endpoint, *pages)
    drain(store)
    before = state(store)
    run = harvest(store, endpoint, *pages, now=NOW + 1000)
    assert (run.balance.unchanged, run.balance.received) == (3, 3)
    assert state(store) == before


def test_an_unchanged_record_that_comes_twice_is_a_duplicate(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    run = harvest(store, endpoint, [record("1")], [record("1")])
    assert (run.balance.received, run.balance.unchanged, run.balance.duplicate) == (2, 1, 1)


def test_a_page_that_is_not_archived_is_not_stored(store):
    run = begin(store, made_endpoint(store))
    assert put_page(store, claim(store, run), [record("1")], [], now=NOW) is None
    assert count_items(store) == (0, 0)


def test_a_changed_record_gives_its_item_a_new_version(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "Old"), record("2")])
    drain(store)
    run = harvest(store, endpoint, [record("1", "New", datestamp="2026-02-02"), record("2")], now=NOW + 60)
    assert (run.balance.changed, run.balance.unchanged) == (1, 1)
    item = only_item(store, "1")
    assert (item.title, item.version, item.harvested) == ((Text("New"),), 2, "2027-01-15T08:01:00Z")
    assert item.provenance[0].page == f"{run.id}/0"
    assert only_item(store, "2").version == 1
    assert outbox_depth(store).waiting == 1


def test_a_deletion_and_a_return_keep_the_id_and_count_up(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1")])
    first = only_item(store, "1")
    gone = harvest(store, endpoint, [record("1", deleted=True, datestamp="2026-02-01")])
    tombstone = only_item(store, "1")
    assert (gone.balance.deleted, tombstone.deleted, tombstone.version, tombstone.title) == (1, True, 2, ())
    assert tombstone.provenance[0].deleted
    still = harvest(store, endpoint, [record("1", deleted=True, datestamp="2026-03-01")])
    assert (still.balance.unchanged, only_item(store, "1").version) == (1, 2)
    assert count_items(store) == (0, 1)
    back = harvest(store, endpoint, [record("1")])
    item = only_item(store, "1")
    assert (back.balance.changed, item.id, item.deleted, item.version) == (1, first.id, False, 3)
    assert item.title == (Text("A title"),)
    assert count_items(store) == (1, 0)


def test_a_deletion_of_what_was_never_seen_makes_no_item(store):
    endpoint = made_endpoint(store)
    run = harvest(store, endpoint, [record("1", deleted=True)])
    assert (run.balance.deleted, find_items(store, "1"), outbox_depth(store).waiting) == (1, [], 0)
    run = harvest(store, endpoint, [record("1")])
    assert (run.balance.new, only_item(store, "1").version) == (1, 1)


@pytest.mark.parametrize(
    ("first", "second", "title"),
    [("2026-01-01", "2026-01-02", "B"), ("2026-01-02", "2026-01-01", "A"), ("2026-01-01", "2026-01-01", "B")],
)
@pytest.mark.parametrize("one_page", [True, False])
def test_of_duplicates_in_a_run_the_newest_wins_and_the_later_of_equals(store, first, second, title, one_page):
    rows = [record("1", "A", datestamp=first), record("1", "B", datestamp=second)]
    run = harvest(store, made_endpoint(store), *([rows] if one_page else [rows[:1], rows[1:]]))
    assert run.state == "complete"
    assert (run.balance.received, run.balance.new, run.balance.duplicate) == (2, 1, 1)
    assert only_item(store, "1").title == (Text(title),)


def test_two_formats_of_one_repository_make_one_item(store):
    dc = made_endpoint(store, "dc")
    rich = made_endpoint(store, "rich", metadata_prefix="oai_datacite", base_url="https://Repository.EXAMPLE/oai/")
    plain = Metadata(title=(Text("Plain"),), volume="1", identifier=(Identifier("url", "https://x.example/1"),))
    full = Metadata(title=(Text("Rich"),), identifier=(Identifier("doi", "10.1/1"),), origin={"volume": "citation"})
    harvest(store, dc, [record("1", metadata=plain)])
    harvest(store, rich, [record("1", metadata=full)])
    item = only_item(store, "1")
    assert (item.title, item.volume, item.version, item.origin) == ((Text("Rich"),), "1", 2, {})
    assert [identifier.scheme for identifier in item.identifier] == ["doi", "url"]
    assert [source.endpoint for source in item.provenance] == ["rich", "dc"]
    assert count_items(store) == (1, 0)


NAMELESS = Metadata(volume="7")


def test_a_work_without_a_citation_gets_ours_from_all_its_records(store):
    dc, rich = made_endpoint(store, "dc"), made_endpoint(store, "rich", metadata_prefix="oai_datacite")
    harvest(store, dc, [record("1", metadata=Metadata(title=(Text('A "b": {"citation":{'),), publisher=("Press",)))])
    assert only_item(store, "1").citation == Citation('A "b": {"citation":{. (n.d.). Press.', "generated")
    harvest(store, rich, [record("1", metadata=Metadata(title=(Text("Rich"),), doi="10.1/1"))])
    assert only_item(store, "1").citation == Citation("Rich. (n.d.). Press. https://doi.org/10.1/1", "generated")
    said = Metadata(title=(Text("Rich"),), citation=Citation("As the repository says."))
    harvest(store, rich, [record("1", metadata=said, datestamp="2026-02-02")])
    assert only_item(store, "1").citation == Citation("As the repository says.")
    harvest(store, made_endpoint(store, "other", base_url="https://other.example"), [record("2", metadata=NAMELESS)])
    assert only_item(store, "2").citation is None


def test_what_two_formats_both_say_stands_once_in_the_richer_form(store):
    dc, rich = made_endpoint(store, "dc"), made_endpoint(store, "rich", metadata_prefix="oai_datacite")
    terms = (Subject("Mercury", "Planets"), Subject("Mercury", "Metals"), Subject("Water", "Metals", lang="en"))
    page = Identifier("url", "https://x.example/1", role="alternate")
    full = Metadata(subject=terms, identifier=(page,))
    plain = Metadata(
        subject=(Subject("Water"), Subject("Mercury"), Subject("Venus"), Subject("Water", "Drinks")),
        identifier=(Identifier("url", "https://x.example/1"), Identifier("other", "https://x.example/1")),
    )
    harvest(store, dc, [record("1", metadata=plain)])
    harvest(store, rich, [record("1", metadata=full)])
    item = only_item(store, "1")
    assert item.subject == (*terms, Subject("Venus"), Subject("Water", "Drinks"))
    assert item.identifier == (page, Identifier("other", "https://x.example/1"))


def test_two_formats_harvested_at_once_meet_at_the_same_items(store):
    endpoints = [made_endpoint(store, key, metadata_prefix=key, parallel=3) for key in ("oai_dc", "mods", "marcxml")]
    begun = threading.Barrier(3)

    def work(endpoint):
        pages = [[record(f"{page}/{number}") for number in range(300)] for page in range(3)]
        begun.wait(30)
        return harvest(store, endpoint, *(pages if endpoint.key == "oai_dc" else [rows[::-1] for rows in pages]))

    with ThreadPoolExecutor(3) as pool:
        assert [run.balance.new for run in pool.map(work, endpoints)] == [900, 900, 900]
    items = list(iter_items(store))
    assert len(items) == 900
    assert {(item.version, len(item.provenance)) for item in items} == {(3, 3)}


def test_an_item_dies_with_its_last_live_record(store):
    dc, rich = made_endpoint(store, "dc"), made_endpoint(store, "rich", metadata_prefix="oai_datacite")
    harvest(store, dc, [record("1", "Plain")])
    harvest(store, rich, [record("1", "Rich")])
    harvest(store, rich, [record("1", deleted=True)])
    item = only_item(store, "1")
    assert (item.deleted, item.title, item.version) == (False, (Text("Plain"),), 3)
    harvest(store, dc, [record("1", deleted=True)])
    assert (only_item(store, "1").deleted, only_item(store, "1").version) == (True, 4)


def test_the_same_identifier_in_two_repositories_is_two_items(store):
    harvest(store, made_endpoint(store), [record("oai:localhost:1")])
    harvest(store, made_endpoint(store, "there", base_url="https://other.example/oai"), [record("oai:localhost:1")])
    assert len(find_items(store, "oai:localhost:1")) == 2
    assert count_items(store) == (2, 0)


def test_rejected_records_are_kept_with_their_reason_and_counted(store):
    run = begin(store, made_endpoint(store))
    taken = claim(store, run)
    archive(store, taken, 4)
    refused = [rejection(run.id, 0, 1), rejection(run.id, 0, 2, "bad_datestamp"), rejection(run.id, 0, 3)]
    counts = put_page(store, taken, [record("1")], refused, now=NOW)
    assert counts == PageCounts(new=1, changed=0, unchanged=0, deleted=0, duplicate=0, rejected=3)
    assert finish_run(store, run.id, NOW).state == "complete"
    assert list_rejected(store) == list_rejected(store, run.id) == refused
    assert list_rejected(store, cause="bad_datestamp") == refused[1:2]
    assert list_rejected(store, run.id + 1) == []
    assert list_rejected(store, limit=1) == refused[:1]
    assert count_rejected(store) == {"no_identifier": 2, "bad_datestamp": 1}
    assert count_rejected(store, run.id + 1) == {}


def test_a_page_of_many_records_is_stored_whole(store):
    rows = [record(f"oai:repository.example:{number}", f"Title {number}") for number in range(2500)]
    run = harvest(store, made_endpoint(store), rows)
    assert run.balance.new == 2500
    items = list(iter_items(store))
    assert [item.id for item in items] == sorted({item.id for item in items})
    assert {item.title[0].value for item in items} == {f"Title {number}" for number in range(2500)}
    after = [item.id for item in iter_items(store, after_id=items[1999].id)]
    assert after == [item.id for item in items[2000:]]


def test_ids_are_opaque_and_fit_into_a_url(store):
    harvest(store, made_endpoint(store), [record("https://x.example/?a=1&b=/%20é")])
    (item_id,) = find_items(store, "https://x.example/?a=1&b=/%20é")
    assert len(item_id) == 26
    assert item_id.isalnum()
    assert item_id.isascii()
    assert item_id == item_id.lower()


def test_an_item_that_never_was_is_none(store):
    assert get_item(store, "0" * 26) is None
    assert find_items(store, "nothing") == []
    assert count_items(store) == (0, 0)
