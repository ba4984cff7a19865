"""Asking a repository, against a real one on loopback that misbehaves on demand."""

import pytest
from sickle import Sickle, oaiexceptions

from harvester.errors import RetryableError
from harvester.http import Http, PageTooLargeError, RetryLaterError, UnreachableError
from harvester.oai import (
    EndlessListError,
    OAIClient,
    RefusedError,
    fetch_page,
    fit_granularity,
    identify,
    iter_pages,
    list_parameters,
)
from harvester.record import BadResumptionTokenError, PageCutError, parse_page
from tests.faults import (
    connection_reset,
    cut_connection,
    cut_page,
    gzipped,
    html_page,
    oai_error,
    retry_later,
    server_error,
)
from tests.repository import Repository, made_entries


@pytest.fixture(scope="module")
def http():
    with Http(allow_private=True, timeout_s=5) as client:
        yield client


@pytest.fixture
def repository():
    with Repository(made_entries(120, deleted_every=10), page_size=50) as running:
        yield running


@pytest.fixture
def client(repository, http):
    return OAIClient(repository.url, http)


def test_client_is_a_sickle_and_lists_everything_in_order(client):
    assert isinstance(client, Sickle)
    records = list(client.ListRecords(metadataPrefix="oai_dc"))
    assert [record.header.identifier for record in records] == [f"oai:test:{number}" for number in range(1, 121)]
    assert sum(record.deleted for record in records) == 12
    assert records[0].metadata["title"] == ["Record 1"]


def test_small_verbs_give_sickles_classes(client):
    assert client.Identify().deletedRecord == "persistent"
    assert sorted(one.setSpec for one in client.ListSets()) == ["set0", "set1", "set2"]
    assert "oai_dc" in [one.metadataPrefix for one in client.ListMetadataFormats()]
    assert client.GetRecord(identifier="oai:test:7", metadataPrefix="oai_dc").header.identifier == "oai:test:7"
    assert len(list(client.ListIdentifiers(metadataPrefix="oai_dc", ignore_deleted=True))) == 108


def test_errors_are_sickles_too(client):
    with pytest.raises(oaiexceptions.IdDoesNotExist):
        client.GetRecord(identifier="oai:test:0", metadataPrefix="oai_dc")
    with pytest.raises(oaiexceptions.CannotDisseminateFormat):
        list(client.ListRecords(metadataPrefix="marc"))


@pytest.mark.parametrize("fault", [cut_page(), html_page(), server_error(), cut_connection(), connection_reset()])
def test_list_that_breaks_in_the_middle_never_ends_in_silence(repository, client, fault):
    repository.misbehave(fault, page=2, times=None)
    with pytest.raises(RetryableError):
        list(client.ListRecords(metadataPrefix="oai_dc"))


def test_token_that_repeats_is_noticed(http):
    with Repository(made_entries(20), page_size=10) as repository:
        first = http.get(repository.url, {"verb": "ListRecords", "metadataPrefix": "oai_dc"}).body
        repository.serve_pages([first, first, first])
        pages = iter_pages(
            lambda parameters: _same(fetch_page(http, repository.url, parameters)), list_parameters("oai_dc")
        )
        with pytest.raises(EndlessListError, match="token 'page-2' comes again"):
            list(pages)


def _same(body):
    return body.replace(b"page-3", b"page-2")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (retry_later("120"), RetryLaterError),
        (retry_later("1", status=429), RetryLaterError),
        (server_error(502), UnreachableError),
        (html_page(403), RefusedError),
        (connection_reset(), UnreachableError),
    ],
)
def test_http_trouble_is_told_apart(repository, http, fault, error):
    repository.misbehave(fault, times=2)  # httpx itself tries a connection once more
    with pytest.raises(error):
        fetch_page(http, repository.url, list_parameters("oai_dc"))


def test_wait_that_the_server_names_is_kept(repository, http):
    repository.misbehave(retry_later("120"))
    with pytest.raises(RetryLaterError, match="asks to wait 120 s") as caught:
        fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert caught.value.seconds == 120


def test_gzip_and_protocol_errors_inside_http_errors_are_read(repository, http):
    repository.misbehave(gzipped())
    assert len(parse_page(fetch_page(http, repository.url, list_parameters("oai_dc"))).elements) == 50
    repository.misbehave(oai_error("badResumptionToken"))
    with pytest.raises(BadResumptionTokenError):
        parse_page(fetch_page(http, repository.url, list_parameters("oai_dc", token="old")))


def test_page_over_the_limit_is_an_error_and_no_cut_page(repository):
    with Http(allow_private=True, max_bytes=2000) as small, pytest.raises(PageTooLargeError):
        fetch_page(small, repository.url, list_parameters("oai_dc"))


def test_cut_page_is_an_error_of_the_page(repository, http):
    repository.misbehave(cut_page(0.99))
    with pytest.raises(PageCutError):
        parse_page(fetch_page(http, repository.url, list_parameters("oai_dc")))


def test_identify_tells_what_the_repository_is(repository, http):
    identity = identify(http, repository.url)
    assert (identity.name, identity.granularity) == ("Repository for tests", "YYYY-MM-DDThh:mm:ssZ")
    assert identity.base_url == repository.url


@pytest.mark.parametrize(
    ("granularity", "text"),
    [("YYYY-MM-DD", "2026-01-02"), ("YYYY-MM-DDThh:mm:ssZ", "2026-01-02T03:04:05Z"), ("", "2026-01-02T03:04:05Z")],
)
def test_datestamps_are_sent_in_the_repositorys_granularity(granularity, text):
    assert fit_granularity("2026-01-02T03:04:05Z", granularity) == text


def test_token_stands_alone_and_empty_arguments_are_left_out():
    assert list_parameters("oai_dc", set_spec="a", since="2026-01-01", token="t") == {
        "verb": "ListRecords",
        "resumptionToken": "t",
    }
    assert list_parameters("oai_dc", set_spec="", until="2026-01-01") == {
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
        "until": "2026-01-01",
    }
