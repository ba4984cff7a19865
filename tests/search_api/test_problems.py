"""What is refused, and how: problem details that name the parameter and the next step."""

from pathlib import Path

import pytest
from starlette.routing import Route

from indexer.engines import open_index
from indexer.engines.embedded import EmbeddedIndex
from indexer.errors import IndexUnavailableError
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served


def problem(answer, status):
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    ("parameters", "parameter", "advice"),
    [
        ({"fitler": "genre:x"}, "fitler", "did you mean filter?"),
        ({"q": ["a", "b"]}, "q", "give it once"),
        ({"size": "0"}, "size", "from 1 to 1,000"),
        ({"size": "1001"}, "size", "from 1 to 1,000"),
        ({"size": "٣"}, "size", "from 1 to 1,000"),
        ({"size": ""}, "size", "from 1 to 1,000"),
        ({"sort": "-relevance", "q": "a"}, "sort", "relevance, date, -date, title"),
        ({"sort": "relevance"}, "sort", "give q"),
        ({"filter": "genre"}, "filter", "name:value"),
        ({"filter": ""}, "filter", "name:value"),
        ({"filter": ":x"}, "filter", "name:value"),
        ({"filter": "genre:"}, "filter", "genre:!"),
        ({"filter": 'genre:""'}, "filter", "genre:!"),
        ({"filter": 'genre:"a'}, "filter", "not closed"),
        ({"filter": '"genre:a'}, "filter", "not closed"),
        ({"filter": 'genre:"a" b'}, "filter", "closing quote"),
        ({"filter": "gnre:Empirical"}, "filter", "did you mean genre?"),
        ({"filter": "no_such_thing_here:a"}, "filter", "/api/v1/properties"),
        ({"filter": "abstract:word"}, "filter", "search it with q"),
        ({"filter": "date:2015-13.."}, "filter", "no month 13"),
        ({"filter": "date:.."}, "filter", "at least one end"),
        ({"filter": "year:2017..2015"}, "filter", "ends before it starts"),
        ({"filter": [f"genre:{n}" for n in range(201)]}, "filter", "at most 200"),
        ({"facet": "abstract"}, "facet", "q"),
        ({"facet": "gnre"}, "facet", "did you mean genre?"),
        ({"facet": "genre:0"}, "facet", "from 1 to 1,000"),
        ({"facet": "genre:1001"}, "facet", "from 1 to 1,000"),
        ({"facet": "genre:many"}, "facet", "from 1 to 1,000"),
        ({"facet": "genre,genre"}, "facet", "each once"),
        ({"facet": ":5"}, "facet", "genre:50"),
        ({"facet": ",".join(f"x{n}" for n in range(101))}, "facet", "at most 100"),
        ({"cursor": "abc"}, "cursor", "start again without it"),
        ({"cursor": "é"}, "cursor", "start again without it"),
        ({"q": " ".join(f"w{n}" for n in range(101))}, "q", "100 words"),
    ],
)
def test_wrong_parameter_is_named(hub, parameters, parameter, advice):
    body = problem(hub.get("/api/v1/items", **parameters), 400)
    assert (body["type"], body["title"], body["parameter"]) == ("/docs#bad-parameter", "Bad parameter", parameter)
    assert advice in body["detail"]


def test_cursor_of_another_query_is_refused(hub):
    cursor = hub.get("/api/v1/items", size=1, q="survey", filter="genre:*").json()["next"]
    assert hub.get("/api/v1/items", size=1, q="survey", filter="genre:*", cursor=cursor).status_code == 200
    for other in (
        {"q": "schools", "filter": "genre:*"},
        {"q": "survey"},
        {"q": "survey", "filter": "genre:*", "sort": "date"},
    ):
        body = problem(hub.get("/api/v1/items", cursor=cursor, **other), 400)
        assert body["parameter"] == "cursor"
        assert "another query" in body["detail"]


@pytest.mark.parametrize("path", ["/api/v1/properties", "/api/v1/items/{}", "/api/v1/items/{}/explain"])
def test_parameter_of_another_address_is_refused(hub, path):
    assert problem(hub.get(path.format(hub.item_id("known")), size="5"), 400)["parameter"] == "size"


def test_unknown_address_item_and_method(hub):
    assert "/nothing" in problem(hub.get("/api/v1/nothing"), 404)["detail"]
    assert "'nobody'" in problem(hub.get("/api/v1/items/nobody"), 404)["detail"]
    assert problem(hub.get("/api/v1/items/%00"), 404)["title"] == "Not found"
    refused = hub.client.post("/api/v1/items")
    assert problem(refused, 405)["title"] == "Method not allowed"
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_deleted_item_is_gone(hub):
    item_id = hub.item_id("gone")
    assert problem(hub.get(f"/api/v1/items/{item_id}"), 410)["id"] == item_id


def test_request_id_of_a_proxy_is_kept_unless_odd(hub):
    kept = hub.client.get("/healthz", headers={"X-Request-Id": "abc-123"})
    made = hub.client.get("/healthz", headers={"X-Request-Id": "a b<script>"})
    assert kept.headers["x-request-id"] == "abc-123"
    assert made.headers["x-request-id"] not in {"", "a b<script>"}
    assert "server" not in kept.headers


@pytest.fixture(scope="module")
def index_away():
    """An index whose server is not there: nothing listens at port 1."""
    index = open_index("http://reader:passwort@127.0.0.1:1/hub", data_dir=Path("unused"))
    yield index
    index.close()


def test_index_away_is_503_without_its_address(hub, index_away):
    with served(create_app(hub.store, index_away, SETTINGS)) as client:
        for path in ("/api/v1/items", "/api/v1/properties", "/readyz"):
            answer = client.get(path, timeout=60)
            assert problem(answer, 503)["type"] == "/docs#unavailable"
            assert answer.headers["retry-after"] == "5"
            assert "127.0.0.1" not in answer.text
        assert answer.json()["missing"] == ["index"]


def test_readiness_asks_what_is_passed_in(hub):
    def broker_away():
        raise IndexUnavailableError("no broker")

    with served(create_app(hub.store, hub.index, SETTINGS, readiness=[("broker", broker_away)])) as client:
        body = problem(client.get("/readyz"), 503)
    assert body["missing"] == ["broker"]
    assert "Not ready: broker" in body["detail"]


def test_ready_and_alive(hub):
    assert hub.get("/readyz").json() == {"status": "ready"}
    assert hub.get("/healthz").json() == {"status": "alive"}


def test_fault_of_ours_is_500_with_request_id_and_logged(hub, caplog):
    def fail(request):
        raise RuntimeError("inner words")

    with served(create_app(hub.store, hub.index, SETTINGS, routes=[Route("/fail", fail)])) as client:
        answer = client.get("/fail")
    assert problem(answer, 500)["type"] == "/docs#internal"
    assert "inner words" not in answer.text
    assert "inner words" in caplog.text


def test_browser_gets_a_page(hub):
    answer = hub.client.get("/items/nobody", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no item &#x27;nobody&#x27;" in answer.text
    program = hub.get("/items", sort="odd")
    assert problem(program, 400)["parameter"] == "sort"


@pytest.mark.parametrize("asked", ["items", "items?facet=genre", "items?q=of&facet=year", "properties/genre/values"])
def test_a_search_that_takes_too_long_is_504_and_says_what_to_ask_less_of(hub, asked):
    limited = EmbeddedIndex(hub.folder / "index", timeout_s=1e-6)  # no search is that fast
    with served(create_app(hub.store, limited, SETTINGS)) as client:
        answer = client.get(f"/api/v1/{asked}")
    limited.close()
    body = problem(answer, 504)
    assert body["type"] == "/docs#timed-out"
    assert "longer than 1e-06 s: ask for fewer facets" in body["detail"]
    assert hub.client.get(f"/api/v1/{asked}").status_code == 200


def test_the_token_of_a_link_is_neither_logged_nor_told(hub, caplog):
    def fail(request):
        raise IndexUnavailableError("away")

    links = [f"/{kind}/5ecret-t0ken/fail" for kind in ("pass", "welcome")]
    with served(create_app(hub.store, hub.index, SETTINGS, routes=[Route(link, fail) for link in links])) as client:
        answers = [client.get(link) for link in (*links, *(f"{link}/nothing" for link in links))]
        answers += [client.put(link) for link in links]
    assert [answer.status_code for answer in answers] == [503, 503, 404, 404, 405, 405]
    assert [record.path for record in caplog.records if hasattr(record, "path")] == ["/pass/…", "/welcome/…"]
    assert "5ecret" not in caplog.text + "".join(answer.text for answer in answers)
