"""Dumps become pages of a run; real recordings are read where they lie."""

import gzip
import time

import pytest

from harvester.dumps.documents import Document, Dump
from harvester.dumps.importing import AHEAD, ImportTakenOverError, find_prefix, look_at, read_ahead
from harvester.endpoint import BadEndpointError, Endpoint, check_endpoint
from harvester.harvest import begin_run
from harvester.harvesting import ImportedEndpointError
from harvester.parsing.record import parse_page, parse_record
from harvester.store.endpoints import put_endpoint
from harvester.store.items import find_items, get_item
from harvester.store.ledger.imports import count_documents, read_names, release_reading, start_import, take_reading
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.rejected import list_rejected
from harvester.store.ledger.runs import get_watermarks
from tests.conftest import RECORDINGS
from tests.faults import Answer, html_page
from tests.harvester.harvesting import go_on, harvest_all, keep, live, open_here
from tests.repository import Repository, made_entries, oai_dc
from tests.saving import save, save_list, saved_answer, saved_list, tarred
from workers.demo.provider import Entry

RECORD = (
    "<record{}><header><identifier>oai:test:{}</identifier><datestamp>2024-01-01</datestamp></header>"
    "<metadata>{}</metadata></record>"
)
ONE_RECORD = RECORD.format(' xmlns="http://www.openarchives.org/OAI/2.0/"', 7, oai_dc(title="Alone"))
FIRST, SECOND = saved_list(made_entries(3), page_size=2)
MARC = '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam</leader></record>'


@pytest.fixture
def harvesting(tmp_path):
    with open_here(tmp_path / "data") as opened:
        yield opened


def document(body):
    return Document("name", body.encode() if isinstance(body, str) else body)


def dump_endpoint(harvesting, folder, prefix="oai_dc"):
    endpoint = Endpoint(key="dump", base_url=folder.as_uri(), metadata_prefix=prefix)
    put_endpoint(harvesting.store, endpoint)
    return endpoint


def ahead(harvesting, run, folder, chosen=None):
    """Begin to read a dump, or go on; gives the reading and what reads it."""
    reading = take_reading(harvesting.store, run.id, lease_s=60, now=time.time())
    documents = Dump(folder, max_bytes=1 << 24).iter_documents(read_names(harvesting.store, run.id))
    return reading, read_ahead(harvesting, reading, documents, metadata_prefix=run.metadata_prefix, chosen=chosen)


def import_all(harvesting, folder, endpoint=None, chosen=None):
    endpoint = endpoint or dump_endpoint(harvesting, folder)
    run = start_import(harvesting.store, endpoint, folder.as_uri(), time.time())
    for _ in ahead(harvesting, run, folder, chosen)[1]:
        pass
    return go_on(harvesting, run.id)


def title_of(harvesting, identifier):
    (item_id,) = find_items(harvesting.store, identifier)
    return get_item(harvesting.store, item_id).title[0].value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (html_page(title="Bad gateway")(Answer(b"")).body, "it is no OAI-PMH answer but an HTML page"),
        ("path\tsize\n", "it is no OAI-PMH answer but other text"),
        (oai_dc(title="Bare"), "it is no OAI-PMH answer but other XML"),
        (MARC, "it is a record without an OAI-PMH header, so it has no identifier"),
        ("<!--x-->" * 60 + "<records/>", "it is no OAI-PMH answer but other XML"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(body, reason):
    assert look_at(document(body)).refused == reason


def test_an_error_that_was_saved_is_refused_but_an_empty_list_is_left_out():
    entries = made_entries(3)
    error = saved_answer(entries, verb="ListRecords", resumptionToken="old")
    assert look_at(document(error)).refused.startswith("the repository refuses its resumption token")
    nothing = saved_answer(entries, verb="ListRecords", metadataPrefix="oai_dc", **{"from": "2030-01-01"})
    assert look_at(document(nothing)).skipped == "no_records_match"


@pytest.mark.parametrize(
    ("arguments", "skipped"),
    [
        ({"verb": "Identify"}, "identify"),
        ({"verb": "ListSets"}, "list_sets"),
        ({"verb": "ListMetadataFormats"}, "list_metadata_formats"),
        ({"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}, "list_identifiers"),
    ],
)
def test_answers_of_other_verbs_are_left_out(arguments, skipped):
    entry = Entry("oai:test:1", "2024-01-01T00:00:00Z", ("a",), metadata={"oai_dc": oai_dc(title="A")})
    held = saved_answer([entry], **arguments).replace(b'<error code="noSetHierarchy">', b"<ListSets>")
    saved = look_at(document(held.replace(b"</error>", b"</ListSets>")))
    assert (saved.skipped, saved.refused, saved.received) == (skipped, "", 0)


def test_lists_and_single_records_are_told_by_format_and_number():
    first, second = saved_list(made_entries(12), page_size=10)
    one = saved_answer(made_entries(3), verb="GetRecord", identifier="oai:test:2", metadataPrefix="oai_dc")
    saved = [look_at(document(body)) for body in (first, second, one)]
    assert [(page.received, page.prefix) for page in saved] == [(10, "oai_dc"), (2, None), (1, "oai_dc")]
    assert [page.body for page in saved] == [first, second, one]


@pytest.mark.parametrize(
    "before", ["", '<?xml version="1.0" encoding="UTF-8"?>\n', "\N{BYTE ORDER MARK}", " <!-- saved --> <?x y?>"]
)
@pytest.mark.parametrize("prefix", ["", "oai:"])
def test_a_document_that_is_one_record_is_taken_as_an_answer_of_one(before, prefix):
    text = RECORD.format(' xmlns="http://www.openarchives.org/OAI/2.0/"', "é", oai_dc(title="Alone"))
    if prefix:
        text = text.replace(" xmlns=", " xmlns:oai=")
        for name in ("record", "header", "identifier", "datestamp", "metadata"):
            text = text.replace(f"<{name}>", f"<oai:{name}>").replace(f"</{name}>", f"</oai:{name}>")
        text = text.replace("<record ", "<oai:record ")
    saved = look_at(document(before + text))
    (element,) = parse_page(saved.body).elements
    record = parse_record(element)
    assert (record.identifier, record.datestamp, record.metadata[0].text) == ("oai:test:é", "2024-01-01", "Alone")
    assert (saved.received, saved.prefix) == (1, None)


def test_what_names_no_format_has_to_look_like_the_one_that_is_imported(harvesting, tmp_path):
    folder = save(
        tmp_path / "saved",
        {
            "1.xml": saved_list(made_entries(3), page_size=2)[1],
            "2.xml": RECORD.format("", 1, "<mods><title>A</title></mods>").encode(),
            "3.xml": RECORD.format("", 2, f"<envelope>{oai_dc(title='A')}</envelope>").encode(),
        },
    )
    run = import_all(harvesting, folder)
    assert run.balance.new == 2
    reason = "2.xml: its records are in mods, not in oai_dc: --prefix mods imports those"
    assert count_documents(harvesting.store, run.id).refused == (("2.xml", reason),)


def test_a_record_that_is_cut_is_refused():
    assert look_at(document(ONE_RECORD[:-20])).refused == "it is a record that is cut or damaged"
    assert look_at(document(ONE_RECORD + ONE_RECORD)).received == 2


@pytest.mark.parametrize(
    ("files", "prefix"),
    [
        ({"1": "text", "2": SECOND, "3": FIRST.replace(b'"oai_dc"', b'"dc"')}, "dc"),
        ({"1": SECOND}, "oai_dc"),
        ({"1": RECORD.format("", 1, "<mods><title>A</title></mods>")}, "mods"),
        ({"1": RECORD.format("", 1, "<resource xmlns='http://datacite.org/schema/kernel-4'/>")}, "oai_datacite"),
        ({"1": "text"}, "oai_dc"),
        ({"1": saved_answer(verb="Identify")}, "oai_dc"),
    ],
)
def test_the_format_of_a_dump_is_named_by_an_answer_or_else_told_by_its_metadata(tmp_path, files, prefix):
    save(tmp_path, {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()})
    assert find_prefix(Dump(tmp_path, max_bytes=1 << 20)) == prefix


def test_a_dump_gives_the_records_that_a_harvest_of_its_repository_gives(harvesting, tmp_path):
    entries = made_entries(45, deleted_every=7)
    with Repository(entries, page_size=10) as repository:
        harvest_all(harvesting, keep(harvesting, repository.url))
    save_list(tmp_path / "saved", 45, page_size=10, deleted_every=7)
    with open_here(tmp_path / "other") as other:
        run = import_all(other, tmp_path / "saved")
        assert (run.state, run.balance.received, run.balance.new, run.balance.deleted) == ("complete", 45, 39, 6)
        assert live(other) == live(harvesting)
        assert title_of(other, "oai:test:44") == title_of(harvesting, "oai:test:44") == "Record 44"


def test_answers_are_archived_byte_for_byte_unpacked(harvesting, tmp_path):
    pages = saved_list(made_entries(25), page_size=10)
    save(tmp_path / "saved", {"1.xml.gz": gzip.compress(pages[0]), "2.tar": tarred({"a": pages[1], "b": pages[2]})})
    run = import_all(harvesting, tmp_path / "saved")
    rows = [page for page in list_pages(harvesting.store, run.id) if page.location]
    assert [page.token for page in rows] == ["1.xml.gz", "2.tar/a", "2.tar/b"]
    assert [harvesting.archive.read(page.location) for page in rows] == pages


def test_the_second_import_of_a_dump_changes_nothing(harvesting, tmp_path):
    folder = save_list(tmp_path / "saved", 25, deleted_every=5)
    import_all(harvesting, folder)
    again = import_all(harvesting, folder)
    assert (again.state, again.balance.received, again.balance.unchanged) == ("complete", 25, 25)


def test_every_file_is_accounted_for_and_what_is_refused_makes_the_run_partial(harvesting, tmp_path):
    folder = save_list(tmp_path / "saved", 25)
    broken = save(folder, {"identify.xml": saved_answer(verb="Identify"), "notes.txt": b"to do", "zero.xml": b""})
    run = import_all(harvesting, broken)
    counts = count_documents(harvesting.store, run.id)
    assert (run.state, run.balance.new) == ("partial", 25)
    assert (counts.imported, counts.skipped) == (3, {"identify": 1})
    assert counts.refused == (
        ("notes.txt", "notes.txt: it is no OAI-PMH answer but other text"),
        ("zero.xml", "zero.xml: it is empty"),
    )


def test_records_that_cannot_be_used_are_set_aside_as_in_any_page(harvesting, tmp_path):
    page = saved_list(made_entries(3), page_size=10)[0].replace(b"<identifier>oai:test:2</identifier>", b"")
    run = import_all(harvesting, save(tmp_path / "saved", {"1.xml": page}))
    assert (run.state, run.balance.new, run.balance.rejected) == ("complete", 2, 1)
    assert [reject.cause for reject in list_rejected(harvesting.store)] == ["no_identifier"]


def test_an_import_that_was_stopped_goes_on_where_it_stood(harvesting, tmp_path):
    folder = save_list(tmp_path / "saved", 3 * AHEAD, page_size=1)
    run = start_import(harvesting.store, dump_endpoint(harvesting, folder), folder.as_uri(), time.time())
    reading, pages = ahead(harvesting, run, folder)
    assert len(next(pages)) == AHEAD
    release_reading(harvesting.store, reading)
    assert go_on(harvesting, run.id).state is None  # all that is read is stored, and yet there is more to come
    save(folder, {"page1b.xml": saved_list(made_entries(200), page_size=1)[150]})  # a file between those that are read
    for _ in ahead(harvesting, run, folder)[1]:
        pass
    ended = go_on(harvesting, run.id)
    assert (ended.state, ended.balance.received, ended.balance.new) == ("complete", 3 * AHEAD + 1, 3 * AHEAD + 1)
    names = [page.token for page in list_pages(harvesting.store, run.id)]
    assert len(names) == len(set(names)) == 3 * AHEAD + 2


def test_one_who_lost_the_reading_adds_nothing(harvesting, tmp_path):
    folder = save_list(tmp_path / "saved", 3)
    run = start_import(harvesting.store, dump_endpoint(harvesting, folder), folder.as_uri(), time.time())
    slow, slow_pages = ahead(harvesting, run, folder)
    release_reading(harvesting.store, slow)
    _, pages = ahead(harvesting, run, folder)
    with pytest.raises(ImportTakenOverError):
        next(slow_pages)
    assert len(list(pages)) == 1
    assert go_on(harvesting, run.id).balance.new == 3


def test_another_format_is_refused_or_left_out_where_one_was_chosen(harvesting, tmp_path):
    datacite = Entry("oai:test:1", "2024-01-01T00:00:00Z", metadata={"oai_datacite": "<resource><a>A</a></resource>"})
    (other,) = saved_list([datacite], page_size=10, prefix="oai_datacite")
    folder = save(save_list(tmp_path / "saved", 3), {"x.xml": other})
    run = import_all(harvesting, folder)
    reason = "x.xml: its records are in oai_datacite, not in oai_dc: --prefix oai_datacite imports those"
    assert (run.state, run.balance.new) == ("partial", 3)
    assert count_documents(harvesting.store, run.id).refused == (("x.xml", reason),)
    chosen = import_all(harvesting, folder, dump_endpoint(harvesting, folder, "oai_datacite"), chosen="oai_datacite")
    assert (chosen.state, chosen.balance.new) == ("complete", 1)
    assert count_documents(harvesting.store, chosen.id).skipped == {"in_oai_dc": 1}


def test_an_old_dump_adds_to_an_endpoint_and_undoes_nothing(harvesting, tmp_path):
    entries = made_entries(6)
    folder = save(tmp_path / "saved", {"old.xml": saved_list(made_entries(9), page_size=10)[0]})
    newer = Entry("oai:test:2", "2025-01-01T00:00:00Z", metadata={"oai_dc": oai_dc(title="Newer")})
    gone = Entry("oai:test:3", "2025-01-01T00:00:00Z", deleted=True)
    with Repository(entries, page_size=10) as repository:
        repository.put(newer, gone)
        endpoint = keep(harvesting, repository.url)
        harvest_all(harvesting, endpoint)
        before = get_watermarks(harvesting.store, "here")
        run = import_all(harvesting, folder, endpoint)
        assert (run.endpoint, run.state) == ("here", "complete")
        assert (run.balance.received, run.balance.new, run.balance.unchanged, run.balance.changed) == (9, 3, 6, 0)
        assert title_of(harvesting, "oai:test:2") == "Newer"
        assert "oai:test:3" not in live(harvesting)
        assert get_watermarks(harvesting.store, "here") == before


def test_an_imported_endpoint_is_never_asked_over_the_network(harvesting, tmp_path):
    endpoint = dump_endpoint(harvesting, save_list(tmp_path / "saved", 3))
    with pytest.raises(ImportedEndpointError, match="`oaihub harvest dump` reads it again"):
        begin_run(harvesting, endpoint)
    assert list_pages(harvesting.store, 1) == []


def test_the_address_of_a_dump_is_one_for_imports_only(tmp_path):
    endpoint = Endpoint(key="dump", base_url=(tmp_path / "with a blank").as_uri())
    check_endpoint(endpoint, imported=True)
    with pytest.raises(BadEndpointError, match="base URL 'file:"):
        check_endpoint(endpoint)
    with pytest.raises(BadEndpointError, match="base URL 'https:"):
        check_endpoint(Endpoint(key="dump", base_url="https://repository.example/oai"), imported=True)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="recorded pages are not here")
def test_recorded_answers_are_imported_with_every_record_accounted_for(harvesting):
    folder = RECORDINGS.resolve()
    rows = [row.split("\t") for row in (folder / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    wanted = {
        row[0]: int(row[4])
        for row in rows
        if row[2] in {"ListRecords", "GetRecord"} and row[3] == "oai_dc" and row[12] == "yes"
    }
    run = import_all(harvesting, folder, dump_endpoint(harvesting, folder), chosen="oai_dc")
    received = {page.token: page.received for page in list_pages(harvesting.store, run.id) if page.location}
    refused = dict(count_documents(harvesting.store, run.id).refused)
    assert {name: received.get(name, refused.get(name)) for name in wanted} == wanted
    assert sum(received.values()) == run.balance.received > 5_000
