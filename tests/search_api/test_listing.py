"""Results as pages in every format: the same items as in JSON, the total and the next page in headers."""

import csv
import io
import zipfile

import pytest
from lxml import etree

from search_api.formats.table import FORMATS


def titles_in_csv(answer):
    return [row["id"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_page(hub, name):
    answer = hub.get("/api/v1/items", filter="genre:Empirical", size=5, format=name)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == FORMATS[name].media_type
    assert answer.headers["x-total-count"] == "15"
    assert "Accept" in answer.headers["vary"].split(", ")
    assert 'rel="next"' in answer.headers["link"]
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("parameters", [{"sort": "title"}, {"q": "survey", "facet": "genre"}, {"sort": "-date"}])
def test_following_link_gives_what_json_gives(hub, parameters):
    wanted = [item["id"] for item in hub.get("/api/v1/items", **parameters, size=100).json()["items"]]
    found, answer = [], hub.get("/api/v1/items", **parameters, size=7, format="csv")
    found += titles_in_csv(answer)
    while "link" in answer.headers:
        address = answer.headers["link"].partition(">")[0].removeprefix("<")
        answer = hub.client.get(address)
        found += titles_in_csv(answer)
    assert found == wanted
    assert len(wanted) >= 28


def test_accept_chooses_and_json_has_the_headers_too(hub):
    answer = hub.client.get("/api/v1/items", params={"size": 3}, headers={"Accept": "application/xml"})
    assert len(etree.fromstring(answer.content)) == 3
    page = hub.get("/api/v1/items", size=3, facet="genre")
    assert page.headers["x-total-count"] == str(page.json()["total"])
    address = page.headers["link"].partition(">")[0].removeprefix("<")
    following = hub.client.get(address).json()
    assert following["facets"] == page.json()["facets"]
    assert following["items"] == hub.get("/api/v1/items", size=3, cursor=page.json()["next"]).json()["items"]
    assert "link" not in hub.get("/api/v1/items", size=100).headers


def test_a_page_without_items_is_a_whole_file(hub):
    answer = hub.get("/api/v1/items", q="nothing of this", format="xlsx")
    assert (answer.headers["x-total-count"], "link" in answer.headers) == ("0", False)
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert hub.get("/api/v1/items", q="nothing of this", format="csv").text.startswith("id,url,title")


def test_what_cannot_be_given_is_said(hub):
    assert hub.client.get("/api/v1/items", headers={"Accept": "image/png"}).status_code == 406
    refused = hub.get("/api/v1/items", format="docx")
    assert (refused.status_code, refused.json()["parameter"]) == (400, "format")
