"""Saved answers of a REST API as pages and records; what cannot be used is set aside by itself."""

import json

import pytest

from harvester.parsing.archived import number_entries, parse_archived, parse_entry
from harvester.parsing.json_page import JsonCutError, JsonPage, is_json, parse_json_page, parse_json_record
from harvester.parsing.record import Page, RecordError
from tests.omeka import HUB, literal, made_item, saved_lines, saved_page, stamp
from tests.repository import made_entries
from tests.saving import saved_answer

ITEMS = [made_item(number) for number in (1, 2, 3)]
IDENTIFIERS = [f"{HUB}/api/items/{number}" for number in (1, 2, 3)]


def identifiers(body):
    return [parse_json_record(content).identifier for content in parse_json_page(body).objects]


def record(**properties):
    return parse_json_record(json.dumps(made_item(1, **properties)).encode())


@pytest.mark.parametrize(
    "body",
    [
        saved_page(ITEMS),
        b"\xef\xbb\xbf\r\n " + saved_page(ITEMS),
        json.dumps(ITEMS, indent=4).encode(),
        saved_lines(ITEMS),
        saved_lines(ITEMS).replace(b"\n", b"\r\n\r\n"),
        saved_page(ITEMS[:2]) + b"\n" + saved_page(ITEMS[2:]),
        saved_page(ITEMS[:2]) + saved_page(ITEMS[2:]),
        b"\n\n".join(json.dumps(item, indent=1).encode() for item in ITEMS) + b"\n",
    ],
    ids=["array", "mark", "indented", "lines", "empty lines", "arrays on lines", "joined arrays", "joined objects"],
)
def test_items_are_found_however_the_answers_were_saved(body):
    assert is_json(body)
    assert identifiers(body) == IDENTIFIERS


def test_an_object_is_kept_as_it_came():
    one = json.dumps(ITEMS[0], indent=3).encode()
    assert parse_json_page(one).objects == [one]
    assert parse_json_record(one).metadata == one


@pytest.mark.parametrize("body", [b"", b" \n", b"<OAI-PMH/>", b"path\tsize", b'"text"', b"12"])
def test_what_begins_otherwise_is_no_json(body):
    assert not is_json(body)


def test_a_damaged_line_is_broken_and_the_others_are_kept():
    first, second, third = saved_lines(ITEMS).splitlines(keepends=True)
    page = parse_json_page(first + second[:200] + b"\n" + third)
    assert (page.received, len(page.objects)) == (3, 2)
    (broken,) = page.broken
    assert (broken.position, broken.identifier) == (1, None)  # its addresses are escaped: a plain search finds none
    assert broken.reason.startswith("it is no JSON: ")
    assert broken.raw == second[:200].strip()
    assert [place for place, _ in number_entries(page)] == [0, 2]


def test_a_damaged_item_of_an_array_is_broken_and_the_others_are_kept():
    body = json.dumps(ITEMS).encode().replace(b'"o:id": 2', b'"o:id": ')
    page = parse_json_page(body)
    assert [parse_entry(entry).identifier for _, entry in number_entries(page)] == [IDENTIFIERS[0], IDENTIFIERS[2]]
    assert [(broken.position, broken.identifier) for broken in page.broken] == [(1, IDENTIFIERS[1])]


@pytest.mark.parametrize("save", [saved_page, saved_lines])
def test_an_item_that_is_nested_too_deep_is_broken_by_itself(save):
    marked = made_item(4, hub__deep="DEEP")
    body = save([*ITEMS, marked]).replace(b'"DEEP"', b"[" * 50_000 + b"]" * 50_000)
    page = parse_json_page(body)
    assert len(page.objects) == 3
    assert "recursion" in page.broken[0].reason


def test_what_is_no_object_is_broken():
    page = parse_json_page(b'[{"@id":"a"},7,null,["b"],"c"]')
    assert [broken.position for broken in page.broken] == [1, 2, 3, 4]
    assert page.broken[3].reason == "it is no JSON object, but '\"c\"'"


@pytest.mark.parametrize(
    "body",
    [saved_page(ITEMS)[:-30], saved_page(ITEMS)[:-1], saved_page(ITEMS[:1])[1:-9], b"[" * 100_000, b"{", b"{]"],
)
def test_json_without_its_end_is_cut(body):
    with pytest.raises(JsonCutError, match="cut or damaged"):
        parse_json_page(body)


def test_the_header_of_a_record_is_read_from_the_object():
    found = record()
    assert (found.identifier, found.sets, found.deleted) == (IDENTIFIERS[0], ("9",), False)
    assert found.datestamp == "2022-04-03T10:30:00Z"  # o:modified, in UTC


@pytest.mark.parametrize(
    ("properties", "datestamp"),
    [
        ({"o__modified": None}, "2021-03-02T10:00:00Z"),
        ({"o__modified": stamp("soon")}, "2021-03-02T10:00:00Z"),
        ({"o__modified": "2023-01-01T00:00:00-01:00"}, "2023-01-01T01:00:00Z"),
        ({"o__modified": stamp("2023-01-01")}, "2023-01-01T00:00:00Z"),
        ({"o__modified": None, "o__created": None}, ""),
    ],
)
def test_the_datestamp_is_that_of_the_last_change_else_that_of_the_making(properties, datestamp):
    assert record(**properties).datestamp == datestamp


def test_an_item_without_an_address_goes_by_its_number():
    assert record(**{"@id": None}).identifier == "items/1"


def test_an_item_that_is_not_public_is_kept_out():
    found = record(o__is_public=False)
    assert (found.deleted, found.metadata) == (True, None)


@pytest.mark.parametrize(
    ("properties", "cause"),
    [
        ({"@id": "", "o:id": None}, "no_identifier"),
        ({"@type": ["o:Media"]}, "no_item"),
        ({"@type": "o:ItemSet"}, "no_item"),
        ({"@id": 5}, "bad_header"),
        ({"o:is_public": "no"}, "bad_header"),
    ],
)
def test_an_object_that_cannot_be_used_says_why(properties, cause):
    with pytest.raises(RecordError) as caught:
        record(**properties)
    assert caught.value.cause == cause


def test_json_of_another_maker_is_a_record_too():
    assert parse_json_record(b'{"@id":"https://a.example/1","@type":"schema:Article"}').identifier.endswith("/1")


@pytest.mark.parametrize("before", [b"", b"[notice] cache is off\n", b"{}"])
def test_an_archived_page_is_read_by_what_it_is(before):
    assert isinstance(parse_archived(saved_page(ITEMS)), JsonPage)
    about = made_item(1, dcterms__description=[literal("The root is <OAI-PMH>")])
    assert isinstance(parse_archived(saved_page([about])), JsonPage)
    oai = parse_archived(before + saved_answer(made_entries(2), verb="ListRecords", metadataPrefix="oai_dc"))
    assert isinstance(oai, Page)
    assert len([parse_entry(entry) for _, entry in number_entries(oai)]) == 2
