"""What only Elasticsearch has: a network, a node that may be busy, several generations, passwords."""

import json
import random
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harvester.item import Subject, Term
from indexer.document import Document, to_document
from indexer.engines import elastic_bulk, open_index
from indexer.engines.elastic_bulk import bodies, make_line
from indexer.engines.elastic_mapping import index_body
from indexer.engines.options import NodeOptions
from indexer.errors import IndexMismatchError, IndexUnavailableError, SearchTimeoutError
from indexer.fields import table_digest
from indexer.index import WriteReport
from indexer.query import FacetRequest, Query
from tests.indexer.making import make_item
from tests.oracle import brute


class Node(ThreadingHTTPServer):
    """Answers as scripted: a list of (status, body as a function of the document ids); the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.script = [(200, lambda ids: outcome(ids, 201))]
        self.seen: list[list[str]] = []
        self.headers: list[str | None] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Node

    def do_GET(self) -> None:
        """Tell of one generation, the live one."""
        meta = {"_meta": {"digest": table_digest()}}
        self._answer(200, json.dumps({"items-1": {"aliases": {"items": {}}, "mappings": meta}}).encode())

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        ids = [json.loads(line)["index"]["_id"] for line in lines[::2]] if "_bulk" in self.path else []
        with self.server.lock:
            self.server.seen.append(ids)
            self.server.headers.append(self.headers.get("Authorization"))
            script = self.server.script
            status, make = script.pop(0) if len(script) > 1 else script[0]
        self._answer(status, make(ids))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def outcome(ids: list[str], *statuses: int) -> bytes:
    """Give a bulk answer; statuses are dealt in turn."""
    items = [{"index": {"_id": item_id, "status": statuses[n % len(statuses)]}} for n, item_id in enumerate(ids)]
    for item in items:
        if item["index"]["status"] >= 300:
            item["index"]["error"] = {"type": "some_exception", "reason": "because"}
    return json.dumps({"errors": any(status >= 300 for status in statuses), "items": items}).encode()


def refusal(reason: str) -> bytes:
    return json.dumps(
        {"error": {"root_cause": [{"type": "t", "reason": reason}], "type": "t", "reason": reason}}
    ).encode()


@pytest.fixture
def node(monkeypatch) -> Iterator[Node]:
    monkeypatch.setattr(elastic_bulk, "FIRST_PAUSE_S", 0.001)
    server = Node()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def write(node: Node, tmp_path, count: int = 4) -> WriteReport:
    index = open_index(f"http://{node.url}", data_dir=tmp_path)
    try:
        return index.write([Document(id=f"x{n}", version=1) for n in range(count)])
    finally:
        index.close()


def test_a_busy_node_gets_halves_until_it_takes_them(node, tmp_path):
    node.script = [(429, lambda _: refusal("circuit breaker")), (200, lambda ids: outcome(ids, 201))]
    assert write(node, tmp_path) == WriteReport(4, 0)
    assert node.seen == [["x0", "x1", "x2", "x3"], ["x0", "x1"], ["x2", "x3"]]


def test_single_documents_that_found_no_place_are_sent_again(node, tmp_path):
    node.script = [(200, lambda ids: outcome(ids, 201, 429)), (200, lambda ids: outcome(ids, 201))]
    assert write(node, tmp_path) == WriteReport(4, 0)
    assert node.seen == [["x0", "x1", "x2", "x3"], ["x1"], ["x3"]]


def test_a_node_that_stays_busy_is_unavailable(node, tmp_path):
    node.script = [(429, lambda _: refusal("circuit breaker"))]
    with pytest.raises(IndexUnavailableError, match="too busy: t: circuit breaker"):
        write(node, tmp_path, 1)
    assert len(node.seen) == 6


def test_a_refused_document_is_set_aside_and_an_older_one_is_done(node, tmp_path):
    node.script = [(200, lambda ids: outcome(ids, 201, 409, 400, 200))]
    report = write(node, tmp_path)
    assert (report.written, report.newer) == (2, 1)
    assert [(error.item_id, error.reason) for error in report.rejected] == [("x2", "some_exception: because")]


def test_a_document_too_large_for_the_node_is_set_aside_alone(node, tmp_path):
    node.script = [(413, lambda _: refusal("too large")), (413, lambda _: refusal("too large"))]
    node.script += [(200, lambda ids: outcome(ids, 201))]
    report = write(node, tmp_path, 2)
    assert (report.written, [error.item_id for error in report.rejected]) == (1, ["x0"])


@pytest.mark.parametrize("status", [403, 503])
def test_a_blocked_or_broken_index_is_unavailable(node, tmp_path, status):
    node.script = [(200, lambda ids: outcome(ids, status))]
    with pytest.raises(IndexUnavailableError, match=f"{status} some_exception: because"):
        write(node, tmp_path)


def test_a_search_that_runs_out_of_time_is_no_answer(node, tmp_path):
    node.script = [(200, lambda _: b'{"responses":[{"timed_out":true,"status":200}]}')]
    index = open_index(f"http://{node.url}", data_dir=tmp_path)
    with pytest.raises(SearchTimeoutError, match="longer than 20 s"):
        index.search(Query())
    for ask in (lambda: index.properties(Query()), lambda: index.values(Query(), "genre", after="", limit=1)):
        node.script = [(200, lambda _: b'{"timed_out":true}')]
        with pytest.raises(SearchTimeoutError):
            ask()
    index.close()


def test_user_and_password_of_the_url_are_sent_and_not_shown(node, tmp_path):
    node.script = [(401, lambda _: refusal("security: wrong password"))]
    index = open_index(f"http://hub:s%40cret@{node.url}", data_dir=tmp_path)
    with pytest.raises(IndexMismatchError) as raised:
        index.search(Query())
    index.close()
    assert node.headers == ["Basic aHViOnNAY3JldA=="]  # hub:s@cret
    assert "cret" not in str(raised.value)


def test_no_node_at_all_is_unavailable(tmp_path):
    index = open_index("http://127.0.0.1:1", data_dir=tmp_path)
    with pytest.raises(IndexUnavailableError, match=r"http://127\.0\.0\.1:1 does not answer"):
        index.ping()
    with pytest.raises(IndexUnavailableError, match="does not answer"):
        index.write([Document(id="x", version=1)])
    index.close()


def test_bodies_are_cut_at_two_and_a_half_megabytes():
    documents = [Document(id=f"x{n}", version=1, text="w" * 1_000_000) for n in range(8)]
    assert [len(lines) for lines in bodies(documents)] == [3, 3, 2]
    assert make_line(Document(id='q"', version=7, deleted=True)).content == (
        b'{"index":{"_id":"q\\"","version":7,"version_type":"external_gte"}}\n{"id":"q\\"","version":7,"deleted":true}\n'
    )


def test_an_index_that_was_never_created_says_so(fresh_elasticsearch_url, tmp_path):
    index = open_index(fresh_elasticsearch_url, data_dir=tmp_path)
    with pytest.raises(IndexUnavailableError, match="create it first"):
        index.ping()
    with pytest.raises(IndexUnavailableError):
        index.write([Document(id="x", version=1)])
    index.close()


def test_processes_that_create_at_once_share_one_generation(fresh_elasticsearch_url, tmp_path):
    indices = [open_index(fresh_elasticsearch_url, data_dir=tmp_path) for _ in range(4)]
    threads = [threading.Thread(target=index.create) for index in indices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert indices[0].write([Document(id="x", version=1)]) == WriteReport(1, 0)
    for index in indices:
        index.close()


def test_counts_of_several_shards_say_how_far_off_they_may_be(fresh_elasticsearch_url, tmp_path):
    """Values of equal weight, of which each shard tells its own first ones only."""
    draw = random.Random(3)
    subjects = [tuple(Subject(f"s{draw.randrange(60):02}") for _ in range(3)) for _ in range(600)]
    documents = [to_document(make_item(n, subject=found, genre=(Term("a"),))) for n, found in enumerate(subjects)]
    make_index_of_shards(fresh_elasticsearch_url, 3)
    index = open_index(fresh_elasticsearch_url, data_dir=tmp_path)
    index.write(documents)
    index.refresh()
    bounds = []
    for size in (1, 5, 60):
        query = Query(size=0, facets=(FacetRequest("subject", size), FacetRequest("genre", size)))
        found = index.search(query).facets
        truth = brute.facet(documents, query, "subject", 60)
        true_counts = {bucket.value: bucket.count for bucket in truth.values}
        bounds.append(found["subject"].error_bound)
        for bucket in found["subject"].values:
            assert true_counts[bucket.value] - bounds[-1] <= bucket.count <= true_counts[bucket.value]
        counted = sum(bucket.count for bucket in found["subject"].values) + found["subject"].other
        assert counted == sum(true_counts.values())
        assert found["subject"].missing == truth.missing
        assert found["genre"] == brute.facet(documents, query, "genre", size)
    assert bounds[0] > 0
    assert bounds[1] > 0
    assert bounds[2] == 0
    index.close()


def make_index_of_shards(url: str, shards: int) -> None:
    """Make an index of a prefix as an operator may, of more than one shard."""
    node, _, prefix = url.rpartition("/")
    body = index_body(NodeOptions()) | {"aliases": {f"{prefix}-items": {}}}
    body["settings"]["number_of_shards"] = shards
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{node}/{prefix}-items-1", json.dumps(body).encode(), headers, method="PUT")
    urllib.request.urlopen(asked, timeout=30).close()


def test_unknown_urls_are_refused(tmp_path):
    with pytest.raises(IndexMismatchError, match="use embedded: or http"):
        open_index("sqlite:///x", data_dir=tmp_path)
