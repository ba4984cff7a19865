"""The demonstration: the item every test knows, written the way repositories write it, over real OAI-PMH."""

import os
import signal
import subprocess
import sys
from collections import Counter

import oaipmh_scythe
import pytest
from lxml import etree
from msgspec.structs import replace
from sickle import Sickle

from workers.demo import demo_records, serve_demo
from workers.demo.records import Grant
from workers.demo.render import citation, render_oai_datacite, render_oai_dc

DC = "{http://purl.org/dc/elements/1.1/}"
DATACITE = {"d": "http://datacite.org/schema/kernel-4"}


@pytest.fixture(scope="module")
def records():
    return demo_records()


def dc_values(record):
    root = etree.fromstring(render_oai_dc(record))
    values = {}
    for element in root:
        values.setdefault(element.tag.removeprefix(DC), []).append(element.text)
    return values


def test_there_are_300_records_with_titles_of_their_own_and_some_are_deleted(records):
    assert len(records) == 300
    assert len({record.title for record in records}) == 300
    assert sum(record.deleted for record in records) == 12
    assert [record.number for record in records] == list(range(1, 301))
    assert records == demo_records()


def test_known_item_in_dublin_core(records):
    assert dc_values(records[0]) == {
        "title": ["Partnering for Improvement: Improvement Communities and Their Role in Scale Up"],
        "creator": ["Cannata, M.", "Cohen-Vogel, L.", "Sorum, M."],
        "subject": ["Improvement science", "Networked improvement communities", "Scaling up"],
        "description": [
            (
                "How improvement communities, in which district and school staff work with researchers and developers, "
                "take part in bringing a design for high school reform to scale."
            )
        ],
        "date": [None],
        "type": [
            "Research/Scholarly Media",
            "Published Text",
            "Preprint/Forthcoming Resource",
            "Methodological",
            "Empirical",
        ],
        "identifier": [
            "https://hub.example.org/items/1",
            "https://doi.org/10.1080/0161956X.2017.1368633",
            (
                "Cannata, M., Cohen-Vogel, L., & Sorum, M. (2017). Partnering for Improvement: Improvement Communities "
                "and Their Role in Scale Up. Peabody Journal of Education, 92(5), 569–588. "
                "https://doi.org/10.1080/0161956X.2017.1368633"
            ),
        ],
        "relation": [
            (
                "info:eu-repo/grantAgreement/Institute%20of%20Education%20Sciences%20%28IES%29//"
                "Institute%20of%20Education%20Sciences%20Grant%20%23R305C10023"
            )
        ],
    }


def test_known_item_in_datacite(records):
    root = etree.fromstring(render_oai_datacite(records[0]))

    def texts(path):
        return [element.text for element in root.iterfind(f".//d:{path.replace('/', '/d:')}", DATACITE)]

    assert texts("resource/identifier") == ["10.1080/0161956X.2017.1368633"]
    assert texts("creator/familyName") == ["Cannata", "Cohen-Vogel", "Sorum"]
    assert texts("publicationYear") == [":unav"]
    assert texts("dates") == []
    assert texts("resourceType") == ["Research/Scholarly Media"]
    assert texts("fundingReference/funderName") == ["Institute of Education Sciences (IES)"]
    assert texts("fundingReference/awardNumber") == ["Institute of Education Sciences Grant #R305C10023"]
    assert texts("relatedItem/titles/title") == ["Peabody Journal of Education"]
    place = [texts(f"relatedItem/{name}") for name in ("volume", "issue", "firstPage", "lastPage")]
    assert place == [["92"], ["5"], ["569"], ["588"]]


def test_special_issue_holds_the_link_to_its_part(records):
    issue = records[1]
    assert issue.title == "Peabody Journal of Education [Special Issue]: New Frontiers in Scaling Up Research"
    has_part = "{http://purl.org/dc/terms/}hasPart"
    assert dc_values(issue)[has_part] == ["https://doi.org/10.1080/0161956X.2017.1368633"]
    links = etree.fromstring(render_oai_datacite(issue)).findall(".//d:relatedIdentifier", DATACITE)
    assert [(link.get("relationType"), link.text) for link in links] == [("HasPart", "10.1080/0161956X.2017.1368633")]


def test_grants_survive_slashes_and_blanks_in_their_parts(records):
    record = replace(records[2], grants=(Grant("A/B", "P 1", "N/1#2"),))
    assert dc_values(record)["relation"] == ["info:eu-repo/grantAgreement/A%2FB/P%201/N%2F1%232"]


def test_citation_stands_with_the_identifiers_in_every_second_record(records):
    bibliographic = "{http://purl.org/dc/terms/}bibliographicCitation"
    cited = [record for record in records if citation(record)]
    assert {record.number % 2 for record in cited if bibliographic in dc_values(record)} == {0}
    assert {record.number % 2 for record in cited if bibliographic not in dc_values(record)} == {1}


def test_only_articles_and_chapters_have_a_citation_and_it_stands_in_one_place(records):
    bibliographic = "{http://purl.org/dc/terms/}bibliographicCitation"
    for record in records:
        values = dc_values(record)
        sentences = [text for text in values["identifier"] if not text.startswith("https://")]
        sentences += values.get(bibliographic, [])
        assert sentences == ([citation(record)] if record.journal or record.book else [])
        assert bool(record.volume) == bool(record.journal)


def test_sickle_and_scythe_read_both_formats_and_the_sets(records):
    with serve_demo() as server:
        sickle = Sickle(server.url)
        assert sickle.Identify().granularity == "YYYY-MM-DDThh:mm:ssZ"
        assert {known.metadataPrefix for known in sickle.ListMetadataFormats()} == {"oai_dc", "oai_datacite"}
        in_sets = Counter(spec for record in records for spec in record.sets)
        for spec, count in in_sets.items():
            assert len(list(sickle.ListIdentifiers(metadataPrefix="oai_dc", set=spec))) == count
        assert {"topic", "type"} | set(in_sets) == {known.setSpec for known in sickle.ListSets()}
        with oaipmh_scythe.Scythe(server.url) as scythe:
            for prefix in ("oai_dc", "oai_datacite"):
                found = list(scythe.list_records(metadata_prefix=prefix))
                assert len(found) == 300
                assert sum(record.deleted for record in found) == 12


# A shell starts what it puts in the background with SIGINT ignored, and that is inherited.
INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("workers.demo", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_prints_its_address_and_ends_in_order(number):
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip()
        assert Sickle(url).Identify().repositoryName == "Educational research hub (demonstration)"
        os.kill(process.pid, number)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_taken_port_is_named():
    with serve_demo() as server:
        port = server.url.split(":")[2].partition("/")[0]
        command = [sys.executable, "-m", "workers.demo", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
