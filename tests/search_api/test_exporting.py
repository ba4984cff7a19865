"""Formats over HTTP: chosen by `format` or by Accept, of one item and of whole results."""

import csv
import io
import json

import pytest

from search_api import exporting
from search_api.formats.table import FORMATS
from tests.search_api.conftest import made_item, opened, record


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html, application/x-bibtex;q=0.9, */*;q=0.1", "application/x-bibtex"),
        ("application/ld+json;q=0.5, application/x-research-info-systems", "application/x-research-info-systems"),
        ("application/json;q=0, text/csv", "text/csv"),
        ("application/ld+json;q=nonsense, text/csv", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("application/xml", "application/xml"),
    ],
)
def test_accept_chooses_what_is_liked_best(hub, accept, media_type):
    headers = {} if accept is None else {"Accept": accept}
    answer = hub.client.get(f"/api/v1/items/{hub.item_id('known')}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("name", FORMATS)
def test_format_chooses_over_accept_and_names_the_file(hub, name):
    item_id = hub.item_id("known")
    answer = hub.client.get(f"/api/v1/items/{item_id}", params={"format": name}, headers={"Accept": "image/png"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == FORMATS[name].media_type
    named = answer.headers.get("content-disposition")
    assert named == (None if name == "json" else f'attachment; filename="{item_id}.{FORMATS[name].extension}"')
    same = hub.client.get(
        f"/api/v1/items/{item_id}", params={"format": name}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert same.status_code == 304


def test_what_cannot_be_given_is_said(hub):
    address = f"/api/v1/items/{hub.item_id('known')}"
    refused = hub.client.get(address, headers={"Accept": "image/png"})
    assert (refused.status_code, "application/x-bibtex" in refused.json()["detail"]) == (406, True)
    unknown = hub.get(address, format="bibtx")
    assert (unknown.status_code, unknown.json()["parameter"]) == (400, "format")
    assert "did you mean bibtex" in unknown.json()["detail"]


def test_export_gives_the_whole_result_in_order_of_id(hub, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 4)
    lines = [json.loads(line) for line in hub.get("/api/v1/export").text.splitlines()]
    ids = [item["id"] for item in lines]
    assert ids == sorted(ids)
    assert len(set(ids)) == hub.get("/api/v1/items").json()["total"] == len(ids)
    empirical = hub.get("/api/v1/export", filter="genre:Empirical", q="survey", format="csv")
    rows = list(csv.DictReader(io.StringIO(empirical.text, newline="")))
    assert len(rows) == 13
    assert {"Empirical" in row["genre"] for row in rows} == {True}
    assert empirical.headers["content-disposition"] == 'attachment; filename="items.csv"'
    assert "Accept" in empirical.headers["vary"].split(", ")
    rest = hub.get("/api/v1/export", after=ids[6]).text.splitlines()
    assert [json.loads(line)["id"] for line in rest] == ids[7:]


def test_an_item_that_changes_while_it_is_exported_is_given_once(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 2)
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 10)])
        with hub.client.stream("GET", "/api/v1/export") as answer:
            lines = answer.iter_lines()
            first = json.loads(next(lines))["id"]
            hub.harvest([record("1", made_item(11))], now=1_700_000_500)
            ids = [first, *(json.loads(line)["id"] for line in lines)]
    assert len(ids) == len(set(ids)) == 9


@pytest.mark.parametrize(
    ("parameters", "named"),
    [({"sort": "date"}, "sort"), ({"filter": "nothing:x"}, "filter"), ({"format": "docx"}, "format")],
)
def test_wrong_parameter_of_an_export_is_named(hub, parameters, named):
    answer = hub.get("/api/v1/export", **parameters)
    assert (answer.status_code, answer.json()["parameter"]) == (400, named)


def test_pages_offer_the_formats(hub):
    item_id = hub.item_id("known")
    page = hub.get(f"/items/{item_id}").text
    assert f'href="/items/{item_id}.ris"' in page
    found = hub.get("/items", filter="genre:Empirical", q="survey").text
    assert 'href="/api/v1/export?q=survey&amp;filter=genre%3AEmpirical&amp;format=bibtex"' in found
