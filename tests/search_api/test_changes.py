"""The change feed, sets of saved filters, and the Atom feed: a copy that follows them is always right."""

import datetime as dt
import time
from functools import partial

import feedparser
import pytest
import sickle
from lxml import etree
from oaipmh_scythe import Scythe

from harvester.store.filters import fill_filter, remove_filter, save_filter
from harvester.store.items import iter_items
from indexer.document import to_document
from indexer.matching import encode_conditions, matches, pick_matching
from search_api.grammar import parse_condition
from search_api.oai.asking import stamp
from tests.harvester.harvesting import harvest_all, keep, open_here
from tests.search_api.conftest import made_item, opened, record

FIRST, SECOND = 1_700_000_000, 1_700_001_000
ATOM = "{http://www.w3.org/2005/Atom}"
FILTERS = ("genre:Empirical", "-genre:Empirical", "date:2004..2011", "year:..2005", "audience:teachers", "audience:!")


@pytest.fixture
def hub(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 31)], now=FIRST)
        yield hub


def change_some(hub, now=SECOND):
    """One goes, one comes, one enters the filter genre:Empirical, one leaves it, one changes in it."""
    changed = {"2": None, "31": made_item(32), "3": made_item(34), "4": made_item(35), "6": made_item(36)}
    hub.harvest([record(name, metadata) for name, metadata in changed.items()], now=now)


def save(hub, name, *said):
    conditions = encode_conditions([parse_condition(text) for text in said])
    saved = save_filter(hub.store, name, said, conditions, FIRST)
    fill_filter(hub.store, saved, partial(pick_matching, conditions), now=lambda: FIRST)


def follow(hub, copy, cursor="", **parameters):
    """Apply changes to a copy until none waits; give the last cursor."""
    while True:
        answer = hub.get("/api/v1/changes", cursor=cursor, **parameters).json()
        for change in answer["changes"]:
            if change["change"] == "put":
                copy[change["id"]] = change["item"]["version"]
            else:
                copy.pop(change["id"], None)
        cursor = answer["next"]
        if not answer["more"]:
            return cursor


def found(hub, **parameters):
    return {item["id"]: item["version"] for item in hub.get("/api/v1/items", size=100, **parameters).json()["items"]}


@pytest.mark.parametrize("said", FILTERS)
def test_a_filter_without_an_index_finds_what_the_index_finds(hub, said):
    change_some(hub)
    documents = [to_document(item) for item in iter_items(hub.store)]
    assert {one.id for one in documents if matches(one, [parse_condition(said)])} == set(found(hub, filter=said))


@pytest.mark.parametrize("said", FILTERS)
@pytest.mark.parametrize("size", [3, 100])
def test_a_copy_that_follows_the_changes_is_right(hub, said, size):
    copy = {}
    cursor = follow(hub, copy, filter=said, size=size)
    assert copy == found(hub, filter=said)
    change_some(hub)
    follow(hub, copy, cursor, filter=said, size=size)
    assert copy == found(hub, filter=said)
    hub.harvest([record("5", None)], now=SECOND - 500)  # a clock that runs behind
    follow(hub, copy, cursor, filter=said, size=size)
    assert copy == found(hub, filter=said)


def test_changes_are_told_apart(hub):
    first = hub.get("/api/v1/changes", filter="genre:Empirical", size=100).json()
    assert {change["change"] for change in first["changes"]} == {"put"}
    assert (len(first["changes"]), first["more"]) == (15, False)
    change_some(hub)
    told = hub.get("/api/v1/changes", filter="genre:Empirical", cursor=first["next"]).json()
    names = {hub.item_id(name): name for name in ("2", "31", "3", "4", "6")}
    assert {names[change["id"]]: change["change"] for change in told["changes"]} == {
        "2": "delete", "31": "put", "3": "put", "4": "leave", "6": "put",
    }  # fmt: skip
    since = hub.get("/api/v1/changes", filter="genre:Empirical", since="2023-11-14T22:30:00Z").json()
    assert since["changes"] == told["changes"]
    again = hub.get("/api/v1/changes", filter="genre:Empirical", cursor=told["next"]).json()
    assert (again["changes"], again["more"]) == ([], False)
    refused = hub.get("/api/v1/changes", filter="genre:Methodological", cursor=told["next"])
    assert (refused.status_code, refused.json()["parameter"]) == (400, "cursor")
    assert hub.get("/api/v1/changes", since="yesterday").json()["parameter"] == "since"


def test_a_saved_filter_is_a_set_that_others_harvest(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("search_api.oai.answering.SETTLED_S", -2.0)
    save(hub, "empirical", "genre:Empirical")
    address = f"{hub.client.base_url}/oai"
    client = sickle.Sickle(address)
    assert [one.setSpec for one in client.ListSets()][-1] == "filter:empirical"
    listed = list(client.ListRecords(metadataPrefix="oai_dc", set="filter:empirical"))
    assert {one.header.identifier.rpartition(":")[2] for one in listed} == set(found(hub, filter="genre:Empirical"))
    assert {tuple(one.header.setSpecs) for one in listed} == {("endpoint:made", "filter:empirical")}
    (tmp_path / "copy").mkdir()
    with open_here(tmp_path / "copy") as harvesting:
        endpoint = keep(harvesting, address, sets=("filter:empirical",))
        assert harvest_all(harvesting, endpoint).state == "complete"
        assert len([item for item in iter_items(harvesting.store) if not item.deleted]) == 15
        change_some(hub, now := int(time.time()))
        assert harvest_all(harvesting, endpoint).state == "complete"
        copied = {item.title[0].value for item in iter_items(harvesting.store) if not item.deleted}
    ours = {
        item["title"][0]["value"]
        for item in hub.get("/api/v1/items", filter="genre:Empirical", size=99).json()["items"]
    }
    assert copied == ours
    newer = client.ListIdentifiers(metadataPrefix="oai_dc", set="filter:empirical", **{"from": stamp(now)})
    told = {one.identifier.rpartition(":")[2]: one.deleted for one in newer}
    names = {"2": True, "31": False, "3": False, "4": True, "6": False}
    assert told == {hub.item_id(name): gone for name, gone in names.items()}
    live = client.GetRecord(identifier=f"oai:127.0.0.1:{hub.item_id('4')}", metadataPrefix="oai_dc")
    assert (live.deleted, live.header.setSpecs) == (False, ["endpoint:made"])
    with Scythe(address) as scythe:
        assert len(list(scythe.list_records(metadata_prefix="oai_datacite", set_="filter:empirical"))) == 17


def test_the_set_of_a_removed_filter_is_no_more(hub, monkeypatch):
    monkeypatch.setattr("search_api.oai.answering.PAGE", 5)
    save(hub, "empirical", "genre:Empirical")
    arguments = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "set": "filter:empirical"}
    page = etree.fromstring(hub.client.get("/oai", params=arguments).content)
    token = page.findtext(".//{*}resumptionToken")
    remove_filter(hub.store, "empirical")
    refused = hub.client.get("/oai", params={"verb": "ListIdentifiers", "resumptionToken": token})
    assert 'code="badResumptionToken"' in refused.text
    assert 'code="noRecordsMatch"' in hub.client.get("/oai", params=arguments).text


def check_atom(root):
    """Check what RFC 4287 demands of a feed and its entries (4.1.1, 4.1.2)."""
    for one in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, name
            assert one.findtext(f"{ATOM}{name}").strip()
        dt.datetime.fromisoformat(one.findtext(f"{ATOM}updated"))
        assert one.findtext(f"{ATOM}id").startswith("http")
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in one.findall(f"{ATOM}link")]
        assert len(kinds) == len(set(kinds))
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert root.findtext(f"{ATOM}author/{ATOM}name")


def test_the_feed_is_atom_with_the_newest_first(hub):
    change_some(hub)
    answer = hub.get("/api/v1/feed.atom", filter="genre:Empirical", size=10)
    assert answer.headers["content-type"].partition(";")[0] == "application/atom+xml"
    check_atom(etree.fromstring(answer.content))
    read = feedparser.parse(answer.content)
    assert not read.bozo
    assert read.version == "atom10"
    assert time.gmtime(SECOND) == read.feed.updated_parsed
    wanted = hub.get("/api/v1/items", filter="genre:Empirical", sort="-harvested", size=100).json()["items"]
    following = next(link.href for link in read.feed.links if link.rel == "next")
    older = feedparser.parse(hub.client.get(following).content)
    assert [entry.link.rpartition("/")[2] for entry in (*read.entries, *older.entries)] == [one["id"] for one in wanted]
    assert read.entries[-1].author.startswith("Author")


def test_a_feed_without_items_is_atom_too(hub):
    root = etree.fromstring(hub.get("/api/v1/feed.atom", q="nothing of this").content)
    check_atom(root)
    assert root.find(f"{ATOM}entry") is None
    assert hub.get("/api/v1/feed.atom", sort="title").json()["parameter"] == "sort"
    page = hub.get("/items", filter="genre:Empirical", q="survey").text
    assert 'href="/api/v1/feed.atom?q=survey&amp;filter=genre%3AEmpirical"' in page
