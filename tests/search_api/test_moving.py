"""Old ids over HTTP: what was merged, and what was deleted after it, leads to the item that holds the work now."""

import pytest

from harvester.item import Agent, Date, Identifier, Metadata, Text
from harvester.store import open_store
from harvester.store.endpoints import put_endpoint
from indexer.engines import open_index
from indexer.indexing import index_outbox
from search_api.app import create_app
from tests.search_api.conftest import ENDPOINT, SETTINGS, Hub, harvest, record, served

WORK = Metadata(
    title=(Text("One work in three places"),),
    creator=(Agent("Roe, Ann"),),
    date=Date("2017", 2017, "year"),
    doi="10.1000/one",
    identifier=(Identifier("doi", "10.1000/one"),),
)


@pytest.fixture
def hub(tmp_path):
    """Three records of one work, made one after the other, and joined."""
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store:
        put_endpoint(store, ENDPOINT)
        for number in (1, 2, 3):
            harvest(store, [record(str(number), WORK)], now=1_700_000_000 + number)
        index = open_index("embedded:", data_dir=tmp_path)
        index.create()
        index_outbox(store, index, limit=100, lease_s=60)
        with served(create_app(store, index, SETTINGS)) as client:
            yield Hub(tmp_path, store, index, client)
        index.close()


def delete(hub, name, now):
    harvest(hub.store, [record(name, None)], now=1_700_000_100 + now)
    index_outbox(hub.store, hub.index, limit=100, lease_s=60)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/items/{}",
        "/api/v1/items/{}/explain",
        "/api/v1/items/{}/linked",
        "/items/{}",
        "/items/{}/history",
        "/items/{}.ris",
    ],
)
def test_a_merged_id_moves_to_the_same_address_of_its_lead_with_the_query(hub, path):
    lead, merged = hub.item_id("1"), hub.item_id("3")
    answer = hub.client.get(path.format(merged))
    assert (answer.status_code, answer.headers["cache-control"]) == (301, "no-cache")
    assert answer.headers["x-request-id"]
    assert answer.next_request.url.path == path.format(lead)
    assert hub.client.get(path.format(merged), follow_redirects=True).status_code == 200
    asked = hub.client.get(path.format(merged) + "?format=ris&x=a%26b&x=%C3%BC")
    assert asked.next_request.url.raw_path == path.format(lead).encode() + b"?format=ris&x=a%26b&x=%C3%BC"
    head = hub.client.head(path.format(merged))
    assert (head.status_code, head.content) == (301, b"")


def test_the_id_of_a_deleted_lead_moves_to_the_next_in_one_step(hub):
    first, second, third = (hub.item_id(name) for name in "123")
    delete(hub, "1", now=1)
    delete(hub, "2", now=2)
    for old in (first, second):
        assert hub.get(f"/api/v1/items/{old}").next_request.url.path == f"/api/v1/items/{third}"
    found = hub.get(f"/api/v1/items/{third}").json()
    assert [one["identifier"] for one in found["provenance"]] == ["oai:made:3"]
    hub.index.refresh()
    assert [item["id"] for item in hub.get("/api/v1/items").json()["items"]] == [third]


def test_the_ids_of_a_work_that_is_gone_everywhere_are_gone(hub):
    for number, name in enumerate("123"):
        delete(hub, name, now=number)
    for name in "123":
        answer = hub.get(f"/api/v1/items/{hub.item_id(name)}")
        assert (answer.status_code, answer.json()["id"]) == (410, hub.item_id(name))
