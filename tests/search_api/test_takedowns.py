"""An item that was taken down is gone at every address, and those who copy the hub are told that it is deleted."""

import time

import pytest
from lxml import etree

from harvester.store.works.takedowns import take_down, undo_takedown
from tests.search_api.conftest import made_item, opened, record

OAI = "{http://www.openarchives.org/OAI/2.0/}"


@pytest.fixture
def hub(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 6)])
        yield hub


def status_in_oai(hub, item_id):
    root = etree.fromstring(hub.get("/oai", verb="ListIdentifiers", metadataPrefix="oai_dc").content)
    for header in root.iter(f"{OAI}header"):
        if header.findtext(f"{OAI}identifier").endswith(item_id):
            return header.get("status")
    raise AssertionError(item_id)


@pytest.mark.parametrize("public", [False, True])
def test_an_item_taken_down_is_gone_everywhere_and_its_reason_is_told_only_where_it_is_public(hub, public):
    item_id = hub.item_id("3")
    assert status_in_oai(hub, item_id) is None
    take_down(hub.store, item_id, actor="command:test", reason="Doe asked", public=public, now=time.time())
    for path in (f"/api/v1/items/{item_id}", f"/items/{item_id}", f"/api/v1/items/{item_id}/explain"):
        answer = hub.get(path)
        assert (answer.status_code, "taken down by the operator" in answer.text) == (410, True)
        assert ("Doe asked" in answer.text) is public
    hub.harvest([record("3", made_item(3))], now=1_700_000_200)  # the repository says it again
    assert hub.get("/api/v1/items").json()["total"] == 4
    assert item_id not in hub.get("/api/v1/export", format="jsonl").text
    assert item_id not in hub.get("/sitemap.xml").text
    assert status_in_oai(hub, item_id) == "deleted"
    changes = hub.get("/api/v1/changes", since="2000-01-01").json()["changes"]
    assert [change["change"] for change in changes if change["id"] == item_id] == ["delete"]


def test_an_item_taken_down_by_mistake_comes_back_with_its_id(hub):
    item_id = hub.item_id("3")
    before = hub.get(f"/api/v1/items/{item_id}").json()
    take_down(hub.store, item_id, actor="command:test", reason="Doe asked", now=time.time())
    hub.harvest([])
    undo_takedown(hub.store, item_id, actor="command:test", now=time.time())
    hub.harvest([])
    after = hub.get(f"/api/v1/items/{item_id}").json()
    changing = {"version", "harvested"}
    assert {name: after[name] for name in after.keys() - changing} == {
        name: before[name] for name in before.keys() - changing
    }
    assert hub.get("/api/v1/items").json()["total"] == 5
