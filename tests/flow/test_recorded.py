"""Recorded pages of real repositories through `oaihub run`: HTTP, archive, store, index and facets.

The other opinion on every count is plain Python over the same pages (counting.py), with tables that name their source.
"""

import json
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import zstandard
from msgspec import Struct

from tests.conftest import RECORDINGS
from tests.flow.counting import OAI, RULES, Recorded, count, dois, years
from tests.flow.hub import Hub, wait_until
from tests.flow.recordings import LISTS, Source, serving


class Flow(Struct, frozen=True):
    """A hub that works and has harvested every source once; `runs` are these first runs."""

    hub: Hub
    api: httpx.Client
    sources: dict[str, Source]
    runs: dict[str, Any]

    def ask(self, *filters: str, q: str = "", facet: str = "", size: int = 1) -> Any:
        pairs = [("filter", text) for text in filters] + [("facet", facet)] * bool(facet) + [("q", q)] * bool(q)
        answer = self.api.get("/items", params=[*pairs, ("size", str(size))])
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, key: str, *filters: str) -> dict[str, Any]:
        """Walk all items of a source that a filter gives, page by page; by OAI identifier."""
        found: list[Any] = []
        asked: dict[str, Any] = {"filter": [f"endpoint:{key}", *filters], "size": 100, "sort": "title", "cursor": ""}
        while asked["cursor"] is not None:
            answer = self.api.get("/items", params=asked).json()
            found += answer["items"]
            asked["cursor"] = answer["next"]
        items = {item["provenance"][0]["identifier"]: item for item in found}
        assert len(items) == len(found)
        return items


@pytest.fixture(scope="module")
def sources() -> Iterator[dict[str, Source]]:
    if not RECORDINGS.is_dir():
        pytest.skip(f"recorded pages are left out: there is no {RECORDINGS.resolve()}")
    with serving(RECORDINGS) as served:
        yield served


@pytest.fixture(scope="module", params=["embedded", pytest.param("servers", marks=pytest.mark.slow)])
def flow(request, sources, tmp_path_factory) -> Iterator[Flow]:
    settings = request.getfixturevalue("servers") if request.param == "servers" else {}
    hub = Hub(tmp_path_factory.mktemp(request.param), **settings)
    with hub.running() as api:
        adding = ("endpoints", "add", "--allow-private", "--prefix", "oai_dc")
        hub.in_turn(*((*adding, key, source.repository.url) for key, source in sources.items()))
        hub.harvest_by_workers(sources)
        flow = Flow(hub, api, sources, runs_of(hub))
        wait_until(lambda: flow.ask()["total"] == sum(len(source.live) for source in sources.values()))
        yield flow


def runs_of(hub: Hub) -> dict[str, Any]:
    """Give the latest run of each endpoint."""
    return {run["endpoint"]: run for run in reversed(hub.told("runs")["runs"])}


def test_every_record_is_accounted_for(flow):
    for key, source in flow.sources.items():
        first: dict[str, Recorded] = {}
        for record in source.records:
            first.setdefault(record.identifier, record)
        deleted = sum(record.deleted for record in first.values())
        run = flow.runs[key]
        assert run["state"] == "complete"
        assert run["balance"] == {
            "received": len(source.records),
            "new": len(first) - deleted,
            "changed": 0,
            "unchanged": 0,
            "deleted": deleted,
            "duplicate": len(source.records) - len(first),
            "rejected": 0,
        }


def test_archive_has_every_page_byte_for_byte(flow):
    for key, source in flow.sources.items():
        files = sorted((flow.hub.folder / "data" / "archive" / f"{flow.runs[key]['id']:08d}").iterdir())
        assert [zstandard.decompress(file.read_bytes()) for file in files] == source.pages


def test_live_records_are_found_and_no_others(flow):
    for key, source in flow.sources.items():
        assert set(flow.items(key)) == {record.identifier for record in source.live}
    assert flow.ask(facet="endpoint")["facets"]["endpoint"]["values"] == [
        {"value": key, "label": key, "count": len(source.live), "selected": False, "filter": f"endpoint:{key}"}
        for key, source in sorted(flow.sources.items(), key=lambda pair: -len(pair[1].live))
    ]


@pytest.mark.parametrize("name", RULES)
def test_facet_counts_are_those_of_the_records(flow, name):
    for key, source in flow.sources.items():
        values = {record.identifier: set(RULES[name](record)) for record in source.live}
        facet = flow.ask(f"endpoint:{key}", facet=f"{name}:1000")["facets"][name]
        assert {one["value"]: one["count"] for one in facet["values"]} == count(source.live, RULES[name])
        assert facet["missing"] == sum(not found for found in values.values())
        assert (facet["other"], facet["exact"]) == (0, True)
        for one in facet["values"][:1]:
            with_it = {identifier for identifier, found in values.items() if one["value"] in found}
            assert set(flow.items(key, one["filter"])) == with_it


@pytest.mark.parametrize("key", LISTS)
def test_every_value_of_a_facet_filters_to_its_count(flow, key):
    chosen = {"endpoint": [f"endpoint:{key}"], "year": ["year:1900..2014"]}
    names = ["set", "year", "resource_type", "resource_status", "language", "creator", "publisher", "subject", "format"]
    facets = flow.ask(*chosen["endpoint"], *chosen["year"], q="of", facet=",".join(names))["facets"]
    assert list(facets) == names
    for name, facet in facets.items():
        others = [text for property_, texts in chosen.items() if property_ != name for text in texts]
        tokens = {one["filter"]: one["count"] for one in facet["values"]} | {facet["missing_filter"]: facet["missing"]}
        assert {token: flow.ask(*others, token, q="of")["total"] for token in tokens} == tokens
        everything = flow.ask(*others, q="of", facet=f"{name}:1000")["facets"][name]
        rest = sum(one["count"] for one in everything["values"][len(facet["values"]) :])
        assert facet["other"] == rest + everything["other"]


def test_chosen_values_stay_among_the_others_of_their_facet(flow):
    live = flow.sources["colostate"].live
    chosen = ("endpoint:colostate", "year:2013", "resource_type:report")
    both = flow.ask(*chosen, facet="year:1000,resource_type")["facets"]
    reports = [record for record in live if "Report" in record.values["type"]]
    assert {one["value"]: one["count"] for one in both["year"]["values"]} == count(reports, years)
    assert [one["value"] for one in both["year"]["values"] if one["selected"]] == ["2013"]
    of_2013 = [record for record in live if years(record) == ["2013"]]
    counts = {one["value"]: one["count"] for one in both["resource_type"]["values"]}
    assert counts == count(of_2013, RULES["resource_type"])


def test_dois_are_found_in_every_spelling(flow):
    for key, source in flow.sources.items():
        having = {record.identifier for record in source.live if dois(record)}
        assert set(flow.items(key, "doi:*")) == having
        assert set(flow.items(key, "doi:!")) == {record.identifier for record in source.live} - having
        for doi in sorted(set().union(*map(dois, source.live)))[:10]:
            named = {record.identifier for record in source.live if doi in dois(record)}
            for spelling in (doi.upper(), f"https://doi.org/{doi}", f"doi:{doi}"):
                assert set(flow.items(key, f'doi:"{spelling}"')) == named


def test_second_harvest_writes_nothing(flow):
    items = {key: flow.items(key) for key in flow.sources}
    written = documents_written(flow.hub)
    flow.hub.harvest_by_workers(flow.sources)
    for key, run in runs_of(flow.hub).items():
        source = flow.sources[key]
        different = len({record.identifier for record in source.records})
        assert run["id"] > flow.runs[key]["id"]
        assert run["state"] == "complete"
        assert run["balance"] == dict.fromkeys(run["balance"], 0) | {
            "received": len(source.records),
            "unchanged": different,
            "duplicate": len(source.records) - different,
        }
        lists = [asked.parameters for asked in source.repository.requests if asked.page == 1]
        answered = ET.fromstring(source.pages[0]).findtext(f"{OAI}responseDate")
        assert moment(answered) - moment(lists[-1]["from"]) == timedelta(hours=1)
    assert documents_written(flow.hub) == written
    assert {key: flow.items(key) for key in flow.sources} == items


def moment(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


def documents_written(hub: Hub) -> int:
    """Give a number that grows with every write to the index: the node's count, or tantivy's last operation."""
    if url := hub.environ.get("OAIHUB_INDEX_URL"):
        with urllib.request.urlopen(f"{url}*/_stats/indexing", timeout=30) as response:
            return int(json.load(response)["_all"]["primaries"]["indexing"]["index_total"])
    (meta,) = (hub.folder / "data" / "index").rglob("meta.json")
    return int(json.loads(meta.read_bytes())["opstamp"])
