"""What every answer is sent with, and who is turned away: over HTTP, against the served application."""

import contextlib
import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import brotli
import msgspec
import pytest
import zstandard
from msgspec import structs
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from harvester.item import Text
from search_api import exporting
from search_api.app import create_app
from search_api.edge.quotas import MOST_CLIENTS, Quotas
from tests.search_api.conftest import SETTINGS, made_item, opened, record, served

PAGE = "https://page.example"
SAFELISTED = {
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
}
"""What a script may always read (Fetch standard, CORS-safelisted response-header names)."""

FOR_BROWSERS = {"content-encoding", "date", "transfer-encoding", "vary", "x-content-type-options"}
ANNOUNCED = {"deprecation", "sunset"}  # sent once something is to end
READ = [
    "/api/v1/items?size=1",
    "/api/v1/items?size=0",
    "/api/v1/items/{}",
    "/api/v1/items/{}?format=bibtex",
    "/api/v1/items/{}/linked",
    "/api/v1/items/{}/history",
    "/api/v1/items/none",
    "/api/v1/changes",
    "/api/v1/export",
    "/api/v1/properties/genre/values?size=1",
    "/api/items?per_page=1",
    "/openapi.json",
    "/oai?verb=Identify",
]
LARGE_ITEMS = 120
"""Of 100 kB each: more than the buffers of a connection hold, some megabytes on loopback."""

LAST_CHUNK = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def large_hub(tmp_path_factory):
    """A hub whose items are long."""
    long = (Text("word " * 20_000),)
    with opened(tmp_path_factory.mktemp("large"), "embedded:") as hub:
        items = (structs.replace(made_item(number), abstract=long) for number in range(LARGE_ITEMS))
        hub.harvest([record(str(number), item) for number, item in enumerate(items)])
        yield hub


def unpack(coding, body):
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return {"gzip": gzip.decompress, "br": brotli.decompress}[coding](body)


def with_settings(hub, routes=(), **changed):
    return served(create_app(hub.store, hub.index, structs.replace(SETTINGS, **changed), routes=routes))


def raw(client, path, **headers):
    """Give an answer with its body as it was sent."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("path", ["/api/v1/items", "/api/v1/export?format=csv", "/items", "/openapi.json"])
def test_answers_are_packed_as_asked_for(hub, coding, path):
    plain, body = raw(hub.client, path, **{"Accept-Encoding": "identity"})
    packed, sent = raw(hub.client, path, **{"Accept-Encoding": coding})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == coding
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert unpack(coding, sent) == body
    assert len(sent) < len(body)


def test_small_answers_and_files_that_are_packed_are_sent_as_they_are(hub):
    for path in ("/healthz", "/api/v1/export?format=xlsx"):
        assert "content-encoding" not in raw(hub.client, path, **{"Accept-Encoding": "gzip, br, zstd"})[0].headers


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/api/v1/items", "no-cache"),
        ("/api/v1/items?facet=genre", "no-cache"),
        ("/api/v1/items/{}", "no-cache"),
        ("/api/v1/items/{}/linked", "no-cache"),
        ("/api/v1/properties", "no-cache"),
        ("/api/v1/properties/genre/values", "no-cache"),
        ("/api/v1/context.jsonld", "public, max-age=3600"),
        ("/openapi.json", "public, max-age=3600"),
        ("/docs", "public, max-age=3600"),
        ("/", "no-cache"),
        ("/items", "no-cache"),
        ("/items/{}", "no-cache"),
    ],
)
def test_unchanged_answer_is_304_in_every_coding(hub, path, policy):
    path = path.format(hub.item_id("known"))
    answer = hub.client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, policy)
    assert answer.headers["etag"].startswith('W/"')
    for coding in ("identity", "gzip"):
        headers = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": coding}
        same = hub.client.get(path, headers=headers)
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == answer.headers["etag"]
        assert same.headers["cache-control"] == policy
        assert "content-type" not in same.headers
    assert hub.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_result_has_another_etag(hub):
    assert hub.get("/api/v1/items", size=1).headers["etag"] != hub.get("/api/v1/items", size=2).headers["etag"]


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/api/v1/items?size=0", 400), ("/none", 404)])
def test_what_may_differ_at_once_is_not_kept(hub, path, status):
    answer = hub.client.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert "etag" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/api/v1/items", "/api/v1/items/{}", "/api/v1/properties", "/openapi.json", "/docs", "/", "/items", "/oai"],
)
def test_head_has_the_headers_of_get(hub, path):
    path = path.format(hub.item_id("known"))
    got, head = hub.client.get(path), hub.client.head(path)
    own = {"x-request-id", "date"}
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {k: v for k, v in head.headers.items() if k not in own} == {
        k: v for k, v in got.headers.items() if k not in own
    }


def test_head_of_an_export_reads_nothing_more_than_its_first_page(hub):
    head = hub.client.head("/api/v1/export?format=csv")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("path", ["/api/v1/items", "/api/v1/items?size=0", "/api/v1/none", "/openapi.json"])
def test_pages_of_others_may_read_the_api(hub, path):
    answer = hub.client.get(path, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == "*"
    readable = answer.headers["access-control-expose-headers"].lower()
    assert {"etag", "link", "x-request-id", "ratelimit", "retry-after"} <= set(readable.split(", "))
    assert "access-control-allow-credentials" not in answer.headers


def test_scripts_may_read_every_header_that_is_sent(hub):
    with with_settings(hub, rate_limit=len(READ) + 1) as client:
        answers = [client.get(path.format(hub.item_id("known")), headers={"Origin": PAGE}) for path in READ]
        answers += [client.post("/api/v1/items"), client.get("/api/v1/items"), client.get("/api/v1/items")]
    assert {answer.status_code for answer in answers} == {200, 400, 404, 405, 429}
    sent = {name for answer in answers for name in answer.headers if not name.startswith("access-control-")}
    exposed = {name for answer in answers for name in answer.headers["access-control-expose-headers"].split(", ")}
    assert sent - SAFELISTED - FOR_BROWSERS == {name.lower() for name in exposed} - ANNOUNCED


def test_preflight_is_answered(hub):
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    answer = hub.client.options("/api/v1/items", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert answer.headers["access-control-allow-headers"] == "*"
    assert answer.headers["access-control-max-age"] == "86400"


def test_pages_of_the_hub_are_not_for_scripts_of_others(hub):
    for path in ("/", "/items", "/docs", "/healthz"):
        assert "access-control-allow-origin" not in hub.client.get(path, headers={"Origin": PAGE}).headers


def test_only_origins_of_the_list_may_read(hub):
    with with_settings(hub, cors_origins=f"{PAGE} https://other.example") as client:
        listed = client.get("/api/v1/items", headers={"Origin": PAGE})
        foreign = client.get("/api/v1/items", headers={"Origin": "https://evil.example"})
    assert listed.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in foreign.headers
    assert "Origin" in listed.headers["vary"]
    assert "Origin" in foreign.headers["vary"]


def test_client_beyond_its_quota_is_told_when_to_go_on(hub):
    with with_settings(hub, rate_limit=2) as client:
        first, second, third = (client.get("/api/v1/items?size=1") for _ in range(3))
        assert client.get("/healthz").status_code == 200
    assert first.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert first.headers["ratelimit"] == '"default";r=1;t=60'
    assert second.headers["ratelimit"].startswith('"default";r=0;t=')
    assert (third.status_code, third.json()["type"]) == (429, "/docs#quota-exceeded")
    assert 0 < int(third.headers["retry-after"]) <= 60
    assert third.headers["ratelimit"].startswith('"default";r=0;t=')
    assert third.headers["access-control-allow-origin"] == "*"


def test_forwarded_address_counts_only_where_the_proxy_is_trusted(hub):
    for trusted, status in (("", 429), ("127.0.0.1", 200)):
        with with_settings(hub, rate_limit=1, trusted_proxies=trusted) as client:
            answers = [client.get("/healthz/none", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in (1, 2)]
        assert answers[1].status_code == (429 if status == 429 else 404)


def test_windows_end_and_are_forgotten():
    now = [0.0]
    quotas = Quotas(None, limit=1, keys=None, refuse=None, clock=lambda: now[0])
    assert quotas._count("a") == (1, 60)
    now[0] = 59.5
    assert quotas._count("a") == (2, 1)
    now[0] = 60.0
    assert quotas._count("a") == (1, 60)
    for number in range(MOST_CLIENTS + 10):
        quotas._count(str(number))
    assert len(quotas._windows) == MOST_CLIENTS


def test_too_many_at_once_are_503_and_watchers_are_answered(hub):
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow(_request):
        begun.release()
        go_on.wait(20)
        return PlainTextResponse("done")

    with (
        with_settings(hub, [Route("/slow", slow)], searches_at_once=1) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        held = [pool.submit(client.get, "/slow", timeout=30) for _ in range(5)]  # one works, four wait
        assert begun.acquire(timeout=10)
        deadline = time.monotonic() + 5
        refused = None
        while time.monotonic() < deadline and refused is None:
            answer = pool.submit(client.get, "/api/v1/items", timeout=0.5)
            refused = answer.result() if answer.exception() is None else None
        assert client.get("/healthz").status_code == 200
        go_on.set()
        assert {one.result().status_code for one in held} <= {200, 503}
        assert client.get("/api/v1/items").status_code == 200  # every place was given back
    assert (refused.status_code, refused.json()["type"]) == (503, "/docs#busy")
    assert refused.headers["retry-after"]


def begin_export(client) -> socket.socket:
    """Ask for an export, with little room for what is not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(10)
    connection.connect((client.base_url.host, client.base_url.port))
    connection.sendall(b"GET /api/v1/export HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
    return connection


def read_to_its_end(connection: socket.socket, pause_s: float = 0.0) -> bytes:
    """Read all that comes, with a pause after each megabyte."""
    received, paused = bytearray(), 0
    while piece := connection.recv(65_536):
        received += piece
        if pause_s and len(received) - paused > 1_000_000:
            paused = len(received)
            time.sleep(pause_s)
    return bytes(received)


def test_an_export_that_nobody_reads_is_cut_and_its_place_is_free_again(large_hub, caplog, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 5)
    with (
        with_settings(large_hub, exports_at_once=1, export_stalled_s=2) as client,
        begin_export(client) as stalled,
    ):
        time.sleep(0.2)  # the place is taken
        following = client.get("/api/v1/export?format=csv", timeout=30)  # waits for it
        rest = read_to_its_end(stalled)
    assert following.status_code == 200
    assert len(following.text.splitlines()) == 1 + LARGE_ITEMS
    assert 0 < rest.count(b'"oai:made:') < LARGE_ITEMS
    assert not rest.endswith(LAST_CHUNK)  # so that no client takes it for the whole
    assert "stream cut, nothing went out of it" in caplog.text


def test_an_export_that_is_read_slowly_is_not_cut(large_hub, monkeypatch):
    monkeypatch.setattr(exporting, "PAGE", 5)
    begun = time.monotonic()
    with with_settings(large_hub, export_stalled_s=2) as client, begin_export(client) as slow:
        received = read_to_its_end(slow, pause_s=0.4)
    assert time.monotonic() - begun > 2 * 2
    assert received.count(b'"oai:made:') == LARGE_ITEMS
    assert received.endswith(LAST_CHUNK)


def test_long_address_and_large_body_are_refused(hub):
    long = hub.client.get("/api/v1/items?q=" + "a" * 32_768)
    assert (long.status_code, long.json()["type"]) == (414, "/docs#too-long")
    large = hub.client.post("/oai", content=iter([b"a" * 600_000] * 2))
    assert (large.status_code, large.json()["type"]) == (413, "/docs#too-large")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 600_000, 431),
        (b"GET /" + b"a" * 600_000, 431),
    ],
)
def test_what_is_no_request_is_a_problem_too(hub, sent, status):
    with socket.create_connection((hub.client.base_url.host, hub.client.base_url.port), timeout=10) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in head
    assert msgspec.json.decode(body)["status"] == status
