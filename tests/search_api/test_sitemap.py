"""What search engines find: robots.txt, the sitemap in parts, and schema.org on each item's page."""

import json
import urllib.robotparser

import pytest
from lxml import etree, html
from pyld import jsonld

from harvester.item import Metadata, Text
from search_api import sitemap
from tests.search_api.conftest import made_item, opened, record

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setattr(sitemap, "SECTION", 4)
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 12)])
        hub.harvest([record("3", None)], now=1_700_001_000)
        yield hub


def entries(hub, address, name):
    answer = hub.client.get(address)
    assert answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    return root.tag, [(one.findtext(f"{MAP}loc"), one.findtext(f"{MAP}lastmod")) for one in root.iter(f"{MAP}{name}")]


def test_robots_may_see_items_and_are_told_of_the_sitemap(hub):
    robots = urllib.robotparser.RobotFileParser()
    robots.parse(hub.get("/robots.txt").text.splitlines())
    (named,) = robots.site_maps()
    assert entries(hub, named, "sitemap")[0] == f"{MAP}sitemapindex"
    base = str(hub.client.base_url)
    assert robots.can_fetch("any", f"{base}/items/{hub.item_id('1')}")
    assert not robots.can_fetch("any", f"{base}/items?filter=genre:Empirical")
    assert not robots.can_fetch("any", f"{base}/api/v1/export")


def test_the_parts_name_every_live_item_once(hub):
    _, parts = entries(hub, "/sitemap.xml", "sitemap")
    assert [lastmod for _, lastmod in parts] == ["2023-11-14T22:30:00Z", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20Z"]
    listed = []
    for address, _ in parts:
        tag, found = entries(hub, address, "url")
        assert (tag, len(found) <= 4) == (f"{MAP}urlset", True)
        listed += [one for one, _ in found]
    live = [item["id"] for item in hub.get("/api/v1/items", sort="id", size=100).json()["items"]]
    assert listed == [f"{hub.client.base_url}/items/{item_id}" for item_id in live]
    assert {hub.client.get(address).status_code for address in listed[:3]} == {200}
    assert hub.get("/sitemap/y-z.xml").status_code == hub.get("/sitemap/nothing.xml").status_code == 404


def described(hub, name):
    page = html.fromstring(hub.get(f"/items/{hub.item_id(name)}").text)
    (block,) = page.xpath("//head/script[@type='application/ld+json']")
    return block.text


def test_a_page_holds_its_item_in_schema_org(hub):
    hub.harvest([record("known", Metadata(title=(Text("A </script><b>title</b> & more"),), doi="10.1000/182"))])
    text = described(hub, "known")
    assert "<" not in text
    said = json.loads(text)
    assert said["name"] == ["A </script><b>title</b> & more"]
    item_id = hub.item_id("known")
    address = f"{hub.client.base_url}/items/{item_id}"
    assert (said["@id"], said["sameAs"]) == (address, "https://doi.org/10.1000/182")
    assert hub.get(f"/api/v1/items/{item_id}", format="schemaorg").json() == said
    policy = hub.get(f"/items/{item_id}").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy


def test_it_expands_to_the_terms_of_schema_org(hub):
    def load(address, _options):
        assert address == "https://schema.org/"
        context = {"@context": {"@vocab": "https://schema.org/", "url": {"@type": "@id"}, "sameAs": {"@type": "@id"}}}
        return {"contextUrl": None, "documentUrl": address, "document": context}

    said = json.loads(described(hub, "7"))
    (node,) = jsonld.expand(said, {"documentLoader": load})
    assert node["@type"] == ["https://schema.org/Report"]
    assert node["https://schema.org/name"] == [{"@value": "Survey of schools 07"}]
    (author,) = node["https://schema.org/author"]
    assert author["https://schema.org/name"] == [{"@value": "Author 3"}]
    assert node["https://schema.org/datePublished"] == [{"@value": "2007"}]
