"""The loopback repository is believed by every other test, so it is tested with clients of other people."""

import time
from pathlib import Path

import httpx
import oaipmh_scythe
import pytest
from sickle import Sickle
from sickle.oaiexceptions import BadResumptionToken, CannotDisseminateFormat, NoRecordsMatch

from tests import faults
from tests.repository import Repository, made_entries, oai_dc, read_recording
from workers.demo.provider import Entry

REAL = Path(__file__).parents[1] / "../shared/data/real"
FIRST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


def test_sickle_and_scythe_read_every_record_in_pages():
    with Repository(made_entries(120, deleted_every=10), page_size=50) as repository:
        records = list(Sickle(repository.url).ListRecords(metadataPrefix="oai_dc"))
        assert repository.pages_served == [1, 2, 3]
        assert [record.header.identifier for record in records] == [f"oai:test:{n}" for n in range(1, 121)]
        assert sum(record.deleted for record in records) == 12
        with oaipmh_scythe.Scythe(repository.url) as scythe:
            assert len(list(scythe.list_identifiers(metadata_prefix="oai_dc"))) == 120


def test_list_is_chosen_by_set_and_by_inclusive_dates():
    with Repository(made_entries(30)) as repository:
        sickle = Sickle(repository.url)
        assert len(list(sickle.ListRecords(metadataPrefix="oai_dc", set="set1"))) == 10
        window = {"from": "2024-01-01T00:05:00Z", "until": "2024-01-01T00:09:00Z"}
        records = list(sickle.ListRecords(metadataPrefix="oai_dc", **window))
        assert [record.header.identifier for record in records] == [f"oai:test:{n}" for n in range(5, 10)]
        with pytest.raises(NoRecordsMatch):
            list(sickle.ListRecords(metadataPrefix="oai_dc", **{"from": "2024-01-02"}))
        with pytest.raises(CannotDisseminateFormat):
            list(sickle.ListRecords(metadataPrefix="marc21"))
        with pytest.raises(BadResumptionToken):
            list(sickle.ListRecords(resumptionToken="made up"))


def test_last_page_of_several_closes_the_list_with_an_empty_token():
    with Repository(made_entries(4), page_size=2) as repository:
        first = httpx.get(repository.url, params=FIRST).text
        assert 'completeListSize="4" cursor="0">' in first
        token = first.partition('cursor="0">')[2].partition("<")[0]
        last = httpx.get(repository.url, params={"verb": "ListRecords", "resumptionToken": token}).text
        assert '<resumptionToken completeListSize="4" cursor="2"></resumptionToken></ListRecords>' in last


def test_record_changed_between_pages_comes_again_and_none_is_skipped():
    with Repository(made_entries(4), page_size=2) as repository:
        records = Sickle(repository.url).ListRecords(metadataPrefix="oai_dc")
        seen = [next(records).header.identifier, next(records).header.identifier]
        repository.put(Entry("oai:test:1", "2024-02-01T00:00:00Z", (), metadata={"oai_dc": oai_dc(title="Again")}))
        repository.delete("oai:test:3", "2024-02-02T00:00:00Z")
        seen += [record.header.identifier for record in records]
        assert seen == ["oai:test:1", "oai:test:2", "oai:test:4", "oai:test:1", "oai:test:3"]


def test_recorded_pages_are_chained_and_otherwise_untouched():
    body = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate/><ListRecords>'
    pages = [
        body
        + b'<record>1 \xc3\xa9</record><resumptionToken cursor="0">old/token</resumptionToken>'
        + b"</ListRecords></OAI-PMH>\n",
        body + b"<record>2</record></ListRecords></OAI-PMH>",
        body + b"<record>3</record><resumptionToken>old</resumptionToken></ListRecords></OAI-PMH>",
    ]
    with Repository() as repository:
        repository.serve_pages(pages)
        answers = [httpx.get(repository.url, params=FIRST).content]
        answers += [
            httpx.get(repository.url, params={"verb": "ListRecords", "resumptionToken": token}).content
            for token in ("page-2", "page-3")
        ]
        assert answers[0] == pages[0].replace(b"old/token", b"page-2")
        assert answers[1] == pages[1].replace(b"</record>", b"</record><resumptionToken>page-3</resumptionToken>")
        assert answers[2] == pages[2].replace(b"old", b"")
        assert repository.pages_served == [1, 2, 3]


@pytest.mark.skipif(not REAL.is_dir(), reason="recorded pages are not here")
@pytest.mark.parametrize(
    ("recordings", "records", "deleted"),  # counts of ../shared/data/real/MANIFEST.tsv
    [
        (["arxiv/scrapi__arxiv_oai_0.xml.gz"], 897, 0),
        (["asu-repository/scrapi__asu_0.xml.gz", "asu-repository/scrapi__asu_1.xml.gz"], 79, 1),
        (["dspace/scrapi__udel_0.xml.gz", "dspace/scrapi__udel_1.xml.gz", "dspace/scrapi__udel_15.xml.gz"], 278, 0),
    ],
)
def test_real_recordings_are_served_as_one_list(recordings, records, deleted):
    with Repository() as repository:
        repository.serve_pages([read_recording(REAL / name) for name in recordings])
        found = list(Sickle(repository.url).ListRecords(metadataPrefix="oai_dc"))
        assert (len(found), sum(record.deleted for record in found)) == (records, deleted)
        assert repository.pages_served == list(range(1, len(recordings) + 1))


def test_faults_happen_at_their_page_as_often_as_said():
    with Repository(made_entries(4), page_size=2) as repository:
        repository.misbehave(faults.server_error(500), page=1, times=2)
        assert [httpx.get(repository.url, params=FIRST).status_code for _ in range(3)] == [500, 500, 200]
        repository.misbehave(faults.server_error(500), page=2)
        assert httpx.get(repository.url, params=FIRST).status_code == 200
        assert httpx.get(repository.url, params={"verb": "Identify"}).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "expected"),
    [
        (faults.html_page(403), 403, b"<!DOCTYPE html>"),
        (faults.retry_later("120"), 503, b"busy"),
        (faults.oai_error("badResumptionToken", "expired"), 200, b'<error code="badResumptionToken">expired</error>'),
        (faults.gzipped(), 200, b"<title>Record 1</title>".replace(b"title", b"dc:title")),
        (faults.altered(b"Record 1", b"Record \x03"), 200, b"Record \x03"),
    ],
)
def test_fault_answers_what_it_says(fault, status, expected):
    with Repository(made_entries(1)) as repository:
        repository.misbehave(fault)
        response = httpx.get(repository.url, params=FIRST)
        assert (response.status_code, expected in response.content) == (status, True)


def test_cut_page_is_whole_http_and_cut_connection_is_not():
    with Repository(made_entries(20)) as repository:
        whole = httpx.get(repository.url, params=FIRST).content
        repository.misbehave(faults.cut_page(0.5))
        half = httpx.get(repository.url, params=FIRST).content
        assert len(half) == len(whole) // 2
        repository.misbehave(faults.cut_connection(0.5))
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            httpx.get(repository.url, params=FIRST)
        repository.misbehave(faults.connection_reset())
        with pytest.raises(httpx.ReadError, match="reset"):
            httpx.get(repository.url, params=FIRST)


def test_slow_answer_comes_late():
    with Repository(made_entries(1)) as repository:
        repository.misbehave(faults.slow(0.3))
        start = time.monotonic()
        httpx.get(repository.url, params=FIRST)
        assert time.monotonic() - start >= 0.3


def test_closing_ends_connections_that_a_client_keeps():
    with httpx.Client() as client:
        with Repository(made_entries(1)) as repository:
            client.get(repository.url, params=FIRST)
        with pytest.raises(httpx.HTTPError):
            client.get(repository.url, params=FIRST)
