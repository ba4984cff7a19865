"""The API gives the same JSON whichever engine is behind it."""

from pathlib import Path

import pytest

from harvester.store.items import iter_items
from indexer.document import to_document
from indexer.engines import open_index
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served

SEARCHES = [
    {},
    {"q": "improvement", "sort": "title", "facet": "resource_status,genre,year"},
    {
        "filter": ["genre:Empirical", "language:de", "-year:2025"],
        "facet": "genre:1,language,audience",
        "sort": "-title",
    },
    {"filter": ["genre:!", "date:2004..2011"], "facet": ['"dc:odd \\"name\\", too"', "creator"], "size": "3"},
    {"filter": "audience:teachers", "sort": "harvested", "size": "4"},
    {"filter": ['"dc:odd \\"name\\", too":"a..b"']},
    {"facet": "no_such_name"},
]


@pytest.fixture
def elastic_client(hub, fresh_elasticsearch_url):
    index = open_index(fresh_elasticsearch_url, data_dir=Path("unused"))
    index.create()
    index.write([to_document(item) for item in iter_items(hub.store)])
    index.refresh()
    with served(create_app(hub.store, index, SETTINGS)) as client:
        yield client
    index.close()


def test_same_answers(hub, elastic_client):
    for search in SEARCHES:
        embedded = hub.client.get("/api/v1/items", params=search).json()
        elastic = elastic_client.get("/api/v1/items", params=search).json()
        assert elastic == embedded, search
        if embedded.get("next"):
            following = {**search, "cursor": embedded["next"]}
            expected = hub.client.get("/api/v1/items", params=following).json()
            assert elastic_client.get("/api/v1/items", params=following).json() == expected
    assert elastic_client.get("/api/v1/properties").json() == hub.get("/api/v1/properties").json()
