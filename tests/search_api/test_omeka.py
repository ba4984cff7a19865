"""The form of Omeka S: arrays, headers, filters, and our own importer, which reads what we give."""

import re

import pytest

from harvester.crosswalk.normalize import normalize
from harvester.parsing.json_page import is_json, parse_json_page, parse_json_record
from harvester.store.items import iter_items
from search_api import omeka


def pages(answer):
    return list(re.findall(r'<[^>]*[?&]page=(\d+)[^>]*>; rel="(\w+)"', answer.headers["link"]))


def following(answer):
    return re.search(r'<([^>]*)>; rel="next"', answer.headers["link"])


def test_a_page_is_an_array_with_its_total_and_its_neighbours(hub):
    answer = hub.get("/api/items", per_page=10, page=2)
    found = answer.json()
    assert (len(found), answer.headers["omeka-s-total-results"]) == (10, "30")
    assert pages(answer) == [("1", "first"), ("1", "prev"), ("3", "next"), ("3", "last")]
    assert {tuple(one["@type"]) for one in found} == {("o:Item",)}
    whole = [one["o:id"] for one in hub.get("/api/items", per_page=100).json()]
    assert whole == sorted(whole)
    assert [one["o:id"] for one in found] == whole[10:20]


@pytest.mark.parametrize(
    "order",
    [{"sort_by": "title"}, {"sort_by": "modified", "sort_order": "desc"}, {"sort_by": "nonsense", "colour": "red"}],
)
def test_next_leads_through_all_without_an_end(hub, order, monkeypatch):
    whole = [one["o:id"] for one in hub.get("/api/items", per_page=100, **order).json()]
    monkeypatch.setattr(omeka, "MOST_BY_NUMBER", 14)
    answer = hub.get("/api/items", per_page=7, **order)
    found = [one["o:id"] for one in answer.json()]
    while link := following(answer):
        answer = hub.client.get(link[1])
        assert all(int(number) <= 2 for number, relation in pages(answer) if relation != "next")
        found += [one["o:id"] for one in answer.json()]
    assert found == whole
    assert len(found) == 30
    refused = hub.get("/api/items", per_page=7, page=3, **order)
    assert (refused.status_code, refused.json()["parameter"]) == (400, "page")


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        (
            {"property[0][property]": "schema:genre", "property[0][type]": "eq", "property[0][text]": "Empirical"},
            "genre:Empirical",
        ),
        (
            {"property[0][property]": "schema:genre", "property[0][type]": "neq", "property[0][text]": "Empirical"},
            "-genre:Empirical",
        ),
        ({"property[3][property]": "bibo:doi", "property[3][type]": "ex"}, "doi:*"),
        ({"property[3][property]": "bibo:doi", "property[3][type]": "nex"}, "doi:!"),
    ],
)
def test_property_filters_find_what_ours_find(hub, asked, ours):
    found = hub.get("/api/items", per_page=100, **asked).json()
    wanted = hub.get("/api/v1/items", filter=ours, size=100).json()["items"]
    assert {one["o:id"] for one in found} == {one["id"] for one in wanted}
    assert found
    number = next(value["property_id"] for value in hub.get("/api/items").json()[0]["dcterms:title"])
    same = hub.get("/api/items", **{"property[0][property]": str(number), "property[0][type]": "ex"})
    assert same.headers["omeka-s-total-results"] == "30"
    words = hub.get("/api/items", fulltext_search="survey").headers["omeka-s-total-results"]
    assert words == str(hub.get("/api/v1/items", q="survey").json()["total"])


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"property[0][property]": "dcterms:title", "property[0][type]": "in"}, "property[0][type]"),
        ({"property[0][property]": "foaf:name", "property[0][type]": "ex"}, "property[0][property]"),
        ({"property[0][property]": "dcterms:title", "property[0][joiner]": "or"}, "property[0][joiner]"),
        ({"page": "0"}, "page"),
        ({"per_page": "many"}, "per_page"),
    ],
)
def test_what_cannot_be_answered_right_is_refused(hub, asked, named):
    answer = hub.get("/api/items", **asked)
    assert (answer.status_code, answer.json()["parameter"]) == (400, named)


def test_one_item_and_its_context(hub):
    item_id = hub.item_id("known")
    said = hub.get(f"/api/items/{item_id}").json()
    assert said["@id"] == f"{hub.client.base_url}/api/items/{item_id}"
    assert said["bibo:doi"][0]["@id"] == "https://doi.org/10.1080/0161956x.2017.1368633"
    assert set(hub.client.get(said["@context"]).json()["@context"]) >= {"o", "dcterms", "bibo", "schema"}
    assert hub.get(f"/api/items/{hub.item_id('gone')}").status_code == 410
    assert hub.get("/api/items/nobody").status_code == 404


def test_our_own_importer_reads_what_we_give(hub):
    body = hub.get("/api/items", per_page=100).content
    assert is_json(body)
    page = parse_json_page(body)
    assert (len(page.objects), page.broken) == (30, ())
    read = {}
    for content in page.objects:
        record = parse_json_record(content)
        read[record.identifier.rpartition("/")[2]] = normalize(record, "omeka_json")
    ours = {item.id: item for item in iter_items(hub.store) if not item.deleted}
    assert read.keys() == ours.keys()
    plain = [item for item in ours.values() if "<" not in item.title[0].value]  # markup in a title is taken off
    for item in plain:
        other = read[item.id]
        assert [text.value for text in other.title] == [text.value for text in item.title]
        assert [agent.name for agent in other.creator] == [agent.name for agent in item.creator]
        assert (other.date.edtf, other.doi, other.volume, other.issue) == (
            item.date.edtf, item.doi, item.volume, item.issue,
        )  # fmt: skip
        for name in ("genre", "resource_status"):
            assert [term.label for term in getattr(other, name)] == [term.label for term in getattr(item, name)]
        assert [language.tag for language in other.language] == [language.tag for language in item.language]
        assert {one.number for one in other.funding} == {one.number for one in item.funding}
        assert other.extra.get("audience", ()) == item.extra.get("audience", ())
    assert len(plain) == 29
