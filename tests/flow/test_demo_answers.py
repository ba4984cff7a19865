"""The demonstration repository, harvested in the foreground and searched, as a person does it on a first day.

Every count is held against the records that the repository is made of, the known item against what issue 3 says of it.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from indexer.fields import FIELDS
from tests.flow.hub import ROOT, Hub
from workers.demo import DemoRecord, demo_records

SEARCH = ("search", "improvement", "--filter", "genre:Empirical", "--facet", "resource_status")
TITLE = "Partnering for Improvement: Improvement Communities and Their Role in Scale Up"
DOI = "10.1080/0161956x.2017.1368633"
GRANT = "Institute of Education Sciences Grant #R305C10023"
FUNDER = "Institute of Education Sciences (IES)"

LIVE = [record for record in demo_records() if not record.deleted]


def words(record: DemoRecord) -> set[str]:
    """Give the words that a record is found by."""
    people = [name for creator in record.creators for name in creator]
    paid = [text for grant in record.grants for text in (grant.funder, grant.number)]
    terms = [record.resource_type, *record.statuses, *record.genres, *record.subjects]
    texts = [record.title, record.abstract, record.journal, record.book, record.publisher, *people, *paid, *terms]
    return set(re.findall(r"[^\W_]+", " ".join(texts).casefold()))


FOUND = [record for record in LIVE if "improvement" in words(record) and "Empirical" in record.genres]
STATUSES = Counter(status for record in FOUND for status in record.statuses)


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    """The demonstration repository, served by a process of its own."""
    command = [sys.executable, "-P", "-m", "workers.demo"]
    with subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            yield demo.stdout.readline().strip()
        finally:
            demo.terminate()


def harvested(hub: Hub, url: str, prefix: str | None = None) -> Hub:
    """Harvest in a format, or in the one that is found to say the most."""
    done = hub.oaihub("harvest", "--allow-private", url, *(("--prefix", prefix) if prefix else ()))
    assert (done.code, done.err) == (0, "")
    assert f"run 1 of 127.0.0.1 ({prefix or 'oai_dc'}): complete" in done.out
    return hub


@pytest.fixture(scope="module")
def on_laptop(demo_url, tmp_path_factory) -> Hub:
    return harvested(Hub(tmp_path_factory.mktemp("laptop")), demo_url)


@pytest.fixture(scope="module")
def on_servers(demo_url, servers, tmp_path_factory) -> Hub:
    return harvested(Hub(tmp_path_factory.mktemp("servers"), **servers), demo_url)


@pytest.fixture(params=["on_laptop", "on_servers"])
def hub(request) -> Hub:
    return request.getfixturevalue(request.param)


def only(answer: Any) -> Any:
    """Give the one item of an answer."""
    assert answer["total"] == len(answer["items"]) == 1
    return answer["items"][0]


def test_search_finds_the_known_item_with_right_counts(hub):
    answer = hub.told(*SEARCH, "--size", "100")
    assert answer["total"] == len(FOUND) == 32
    assert {item["title"][0]["value"] for item in answer["items"]} == {record.title for record in FOUND}
    facet = answer["facets"]["resource_status"]
    assert {one["value"]: one["count"] for one in facet["values"]} == STATUSES
    assert (facet["label"], facet["missing"], facet["other"], facet["exact"]) == ("Resource status", 0, 0, True)
    told = hub.in_turn(*((*SEARCH[:4], "--filter", one["filter"], "--json") for one in facet["values"]))
    assert [json.loads(answer)["total"] for answer in told] == [one["count"] for one in facet["values"]]


def test_search_prints_the_known_item_and_the_counts(hub):
    done = hub.oaihub(*SEARCH)
    assert done.out.splitlines()[0] == f"{len(FOUND)} items"
    assert re.search(
        rf"\n{re.escape(TITLE)}  \[\w+\]\n  Cannata, M.; Cohen-Vogel, L.; Sorum, M. \(2017\)\n"
        rf"  Peabody Journal of Education, 92\(5\), 569–588\n  https://doi.org/{re.escape(DOI)}\n",
        done.out,
    )
    for status, count in STATUSES.items():
        assert re.search(rf'\n +{status} +{count} +resource_status:"{status}"', done.out)


def test_known_item_has_every_field(hub):
    item = only(hub.told("search", "--filter", f"doi:{DOI}"))
    assert hub.told("show", item["id"]) == item
    check_known_item(item)
    (record,) = item["provenance"]
    assert (record["identifier"], tuple(record["sets"])) == ("oai:hub.example.org:item-0001", LIVE[0].sets)


def check_known_item(item: Any) -> None:
    assert item["title"] == [{"value": TITLE}]
    assert [agent["name"] for agent in item["creator"]] == ["Cannata, M.", "Cohen-Vogel, L.", "Sorum, M."]
    assert (item["container"]["title"], item["volume"], item["issue"]) == ("Peabody Journal of Education", "92", "5")
    assert (item["pages"]["start"], item["pages"]["end"]) == ("569", "588")
    assert item["date"] == {"edtf": "2017", "year": 2017, "precision": "year", "literal": "2017"}
    assert item["origin"]["date"] == "citation"
    assert item["quality"] == ["date_from_citation"]
    assert labels(item["resource_type"]) == ["Research/Scholarly Media"]
    assert labels(item["resource_status"]) == ["Published Text", "Preprint/Forthcoming Resource"]
    assert labels(item["genre"]) == ["Methodological", "Empirical"]
    assert [(grant["funder"], grant["number"]) for grant in item["funding"]] == [(FUNDER, GRANT)]
    assert item["doi"] == DOI
    assert {"scheme": "doi", "value": DOI, "url": f"https://doi.org/{DOI}"} in item["identifier"]
    assert sorted(one["value"] for one in item["identifier"]) == [DOI, LIVE[0].url]
    assert [one["value"] for one in item["subject"]] == list(LIVE[0].subjects)
    assert item["citation"]["text"].endswith(
        "Peabody Journal of Education, 92(5), 569–588. https://doi.org/" + LIVE[0].doi
    )


def labels(terms: list[dict[str, str]]) -> list[str]:
    return [term["label"] for term in terms]


def test_special_issue_is_an_item_that_holds_the_link(hub):
    filters = (f"has_part:https://doi.org/{LIVE[0].doi}", f"doi:{DOI}")
    told = hub.in_turn(*(("search", "--filter", text, "--json") for text in filters))
    issue, part = (only(json.loads(answer)) for answer in told)
    assert title(issue) == "Peabody Journal of Education [Special Issue]: New Frontiers in Scaling Up Research"
    assert issue["links"] == [{"relation": "has_part", "doi": part["doi"]}]
    assert (title(part), part["id"] != issue["id"]) == (TITLE, True)


def test_every_property_of_the_known_item_finds_it_among_the_right_number(hub):
    of_2017 = [record for record in LIVE if record.year == "2017"]
    expected = {
        "volume:92": [record for record in LIVE if record.volume == "92"],
        "issue:5": [record for record in LIVE if record.issue == "5"],
        "pages:569-588": [LIVE[0]],
        "year:2017": of_2017,
        "date:2017..2017": of_2017,
        'container:"Peabody Journal of Education"': [LIVE[0]],
        'creator:"Cohen-Vogel, L."': [LIVE[0]],
        'resource_type:"Research/Scholarly Media"': [
            record for record in LIVE if record.resource_type == "Research/Scholarly Media"
        ],
        'resource_status:"Preprint/Forthcoming Resource"': [
            record for record in LIVE if "Preprint/Forthcoming Resource" in record.statuses
        ],
        "genre:Methodological": [record for record in LIVE if "Methodological" in record.genres],
        f'funder:"{FUNDER}"': [record for record in LIVE if FUNDER in {grant.funder for grant in record.grants}],
        f'grant_number:"{GRANT}"': [LIVE[0]],
        'subject:"Scaling up"': [record for record in LIVE if "Scaling up" in record.subjects],
        "set:topic:networks": [record for record in LIVE if "topic:networks" in record.sets],
        "quality:date_from_citation": [record for record in LIVE if not record.date],
    }
    told = hub.in_turn(*(("search", "--filter", text, "--size", "300", "--json") for text in expected))
    found = {
        text: {title(item) for item in json.loads(answer)["items"]} for text, answer in zip(expected, told, strict=True)
    }
    assert found == {text: {record.title for record in records} for text, records in expected.items()}
    assert all(TITLE in titles for titles in found.values())


def test_servers_give_the_same_json(on_laptop, on_servers):
    facets = ",".join(f"{name}:100" for name, field in FIELDS.items() if field.facet)
    few = ("--filter", "-genre:Empirical", "--filter", "doi:*", "--facet", "creator,subject,year")
    phrase = ('"scale up"', "--filter", "year:2012..", "--filter", "funder:!", "--facet", "set,rights")
    searches = [
        *((*SEARCH, "--sort", sort) for sort in ("title", "-title", "date", "-date")),
        ("search", "--facet", facets, "--sort", "title", "--size", "300"),
        ("search", *few, "--sort", "-date"),
        ("search", *phrase, "--sort", "date"),
    ]
    commands = [(*search, "--json") for search in searches]
    for ours, theirs in zip(on_laptop.in_turn(*commands), on_servers.in_turn(*commands), strict=True):
        assert json.loads(ours)["items"]
        assert without_chance(ours) == without_chance(theirs)


def test_servers_give_the_same_items_by_relevance(on_laptop, on_servers):
    answers = []
    for hub in (on_laptop, on_servers):
        answer = json.loads(without_chance(hub.in_turn((*SEARCH, "--size", "100", "--json"))[0]))
        scores = [item.pop("score") for item in answer["items"]]
        assert scores == sorted(scores, reverse=True)
        answer["items"].sort(key=lambda item: item["id"])
        answers.append(answer)
    assert answers[0] == answers[1]


def test_second_format_adds_to_the_items_and_takes_nothing_away(demo_url, tmp_path):
    hub = harvested(Hub(tmp_path), demo_url, "oai_dc")
    asked = (
        "search",
        "--facet",
        "metadata_prefix,resource_status,genre,funder:100,volume:100",
        "--size",
        "1",
        "--json",
    )
    harvest = ("harvest", demo_url, "--allow-private", "--prefix", "oai_datacite", "--json")
    before, _, after, known = hub.in_turn(asked, harvest, asked, ("search", "--filter", f"doi:{DOI}", "--json"))
    first, second = json.loads(before)["facets"], json.loads(after)["facets"]
    assert json.loads(after)["total"] == json.loads(before)["total"] == len(LIVE)
    prefixes = {one["value"]: one["count"] for one in second.pop("metadata_prefix")["values"]}
    assert prefixes == {"oai_dc": len(LIVE), "oai_datacite": len(LIVE)}
    del first["metadata_prefix"]
    assert second == first
    check_known_item(only(json.loads(known)))


def without_chance(answer: str) -> str:
    """Give the JSON of a search with OAI identifiers for ids, without cursors and times: other stores have others."""
    for item in json.loads(answer)["items"]:
        answer = answer.replace(item["id"], item["provenance"][0]["identifier"])
    answer = re.sub(r'"harvested":"[^"]+"', '"harvested":""', answer)
    return re.sub(r'"next":"[^"]+"', '"next":""', answer)


def title(item: Any) -> str:
    return item["title"][0]["value"]
