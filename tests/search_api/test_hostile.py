"""Hostile requests, against the served application on both engines: none makes it fail.

`OAIHUB_TEST_HOSTILE` is how many each engine gets (5,000 without it).
"""

import http.client
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from harvester.store.items import iter_items
from indexer.document import to_document
from indexer.engines import open_index
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served
from tests.search_api.hostile import iter_requests

COUNT = int(os.environ.get("OAIHUB_TEST_HOSTILE", "5000"))


def ask(base, method, target, headers):
    """Send a request as it is, which no careful client would; give status, headers and body."""
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=30)
    connection._validate_path = lambda _: None
    try:
        connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.encode("latin-1"))
        if method in {"POST", "PUT"}:
            connection.putheader("Content-Length", "0")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def check_all(client, item_id):
    base = urlsplit(str(client.base_url))
    seen = {}
    for method, target, headers in iter_requests(20_261_125, COUNT, item_id):
        status, told, body = ask(base, method, target, headers)
        seen[status] = seen.get(status, 0) + 1
        request = (status, method, target[:300], headers, body[:300])
        assert status < 500, request
        if status >= 400 and method != "HEAD" and "content-encoding" not in told:
            if told["content-type"].startswith("text/html"):
                continue
            assert told["content-type"] == "application/problem+json", request
            problem = msgspec.json.decode(body)
            assert problem["status"] == status, request
            assert problem["type"] != "/docs#bad-parameter" or problem["parameter"] is not None, request
    assert {200, 400, 404} <= seen.keys()


@pytest.mark.slow
def test_embedded_answers_every_hostile_request(hub):
    check_all(hub.client, hub.item_id("known"))


@pytest.mark.slow
def test_elasticsearch_answers_every_hostile_request(hub, fresh_elasticsearch_url):
    index = open_index(fresh_elasticsearch_url, data_dir=Path("unused"))
    index.create()
    index.write([to_document(item) for item in iter_items(hub.store)])
    index.refresh()
    with served(create_app(hub.store, index, SETTINGS, contact="a.person@hub.example.org")) as client:
        check_all(client, hub.item_id("known"))
    index.close()
