"""One trace for each page, from its attempts to the index; exported by OpenTelemetry's own SDK to memory."""

import http.server
import subprocess
import sys
import threading

import pytest

from harvester.spans import page_span
from indexer.indexing import index_outbox
from tests.faults import server_error
from tests.harvester.harvesting import harvest_all, keep
from tests.test_house import ROOT
from workers.tools import Tools

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="oaihub[otel] is not installed")
export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from harvester.spans import IS_THERE, note, note_indexed, page_span, span
from workers.traces import open_traces
with page_span("a", "b", "1/1"), span("c"):
    note(outcome="stored")
note_indexed("b", ["1/1"], 0.0)
open_traces("http://127.0.0.1:1/v1/traces").close()
assert not IS_THERE
"""


SENDING = """
import os, sys
from harvester.spans import page_span
from workers.traces import open_traces
traces = open_traces(sys.argv[1])
with page_span("harvest", "a store", "1/1"):
    pass
traces.close()
os._exit(0)  # as a process of a pool ends
"""


@pytest.fixture(scope="module")
def exporter():
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.trace import set_tracer_provider  # noqa: PLC0415

    kept = export.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    set_tracer_provider(provider)
    return kept


def test_a_page_is_one_trace_from_its_first_attempt_to_the_index(exporter, tmp_path, repository):
    repository.misbehave(server_error(500), page=2)
    tools = Tools({"OAIHUB_DATA_DIR": str(tmp_path), "OAIHUB_ALLOW_PRIVATE": "1", "OAIHUB_BACKOFF_S": "0.001"})
    exporter.clear()
    assert harvest_all(tools.harvesting, keep(tools.harvesting, repository.url)).state == "complete"
    index_outbox(tools.store, tools.index, limit=1_000, lease_s=60)
    tools.close()
    spans = exporter.get_finished_spans()
    by_page = {
        page: [one for one in spans if one.attributes.get("oaihub.page") == page] for page in ("1/0", "1/1", "1/2")
    }
    told = {
        page: [(one.name, one.attributes.get("oaihub.outcome")) for one in found] for page, found in by_page.items()
    }
    assert told == {
        "1/0": [("harvest", "stored"), ("index", None)],
        "1/1": [("harvest", "waiting"), ("harvest", "stored"), ("index", None)],
        "1/2": [("harvest", "stored"), ("index", None)],
    }
    traces = {page: {one.context.trace_id for one in found} for page, found in by_page.items()}
    assert [len(found) for found in traces.values()] == [1, 1, 1]
    assert len(set.union(*traces.values())) == 3
    fetches = [one for one in spans if one.name == "fetch"]
    assert {one.context.trace_id for one in fetches} == set.union(*traces.values())
    attempts = [one for one in by_page["1/1"] if one.name == "harvest"]
    assert {one.parent.span_id for one in fetches} >= {one.context.span_id for one in attempts}
    assert [one.attributes["oaihub.attempt"] for one in attempts] == [1, 2]


def test_pages_of_other_stores_are_other_traces(exporter):
    exporter.clear()
    for place in ("a", "b"):
        with page_span("harvest", place, "1/0"):
            pass
    assert len({one.context.trace_id for one in exporter.get_finished_spans()}) == 2


def test_what_has_gathered_is_sent_to_the_collector_at_the_end():
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: PLC0415
        ExportTraceServiceRequest,
    )

    taken = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        done = subprocess.run(
            [sys.executable, "-c", SENDING, url], cwd=ROOT, capture_output=True, text=True, check=False
        )
        server.shutdown()
    assert (done.returncode, done.stderr) == (0, "")
    ((path, sent),) = taken
    (resource,) = sent.resource_spans
    named = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert (path, named["service.name"]) == ("/v1/traces", "oaihub")
    assert [span.name for scope in resource.scope_spans for span in scope.spans] == ["harvest"]


def test_nothing_is_needed_where_it_is_not_installed():
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "oaihub[otel]" in done.stderr
