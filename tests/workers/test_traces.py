"""One trace for each page, from its attempts to the index; exported by OpenTelemetry's own SDK to memory."""

import subprocess
import sys

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


def test_nothing_is_needed_where_it_is_not_installed():
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "oaihub[otel]" in done.stderr
