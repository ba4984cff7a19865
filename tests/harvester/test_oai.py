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
from harvester.parsing.record import BadResumptionTokenError, NotOaiError, PageCutError, parse_page
from tests.faults import (
    connection_reset,
    cut_connection,
    cut_page,
    gzip_only_said,
    gzip_unsaid,
    gzipped,
    html_page,
    in_charset,
    oai_error,
    redirect,
    retry_later,
    server_error,
    with_status,
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
            lambda parameters: _same(fetch_page(http, repository.url, parameters).body), list_parameters("oai_dc")
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
        (server_error(403), RefusedError),
        (html_page(404), RefusedError),
        (html_page(503), RetryLaterError),
        (connection_reset(), UnreachableError),
    ],
)
def test_http_trouble_is_told_apart(repository, http, fault, error):
    repository.misbehave(fault, times=2)  # httpx itself tries a connection once more
    with pytest.raises(error):
        fetch_page(http, repository.url, list_parameters("oai_dc"))


@pytest.mark.parametrize("status", [200, 202, 403])
def test_wall_against_robots_is_kept_as_evidence_and_told_by_its_title(repository, http, status):
    repository.misbehave(html_page(status, "Just a moment"))
    response = fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert response.status == status
    with pytest.raises(NotOaiError, match="titled 'Just a moment'") as caught:
        parse_page(response.body)
    assert caught.value.kind == "blocked"


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_document_inside_an_http_error_is_read_and_noted(repository, http, status, codec):
    repository.misbehave(lambda answer: with_status(status)(in_charset(codec, codec)(answer)))
    response = fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert len(parse_page(response.body).elements) == 50
    assert response.notes == {"error_status": 1}


@pytest.mark.parametrize(
    ("fault", "notes"),
    [(gzipped(), {}), (gzip_unsaid(), {"encoding_mismatch": 1}), (gzip_only_said(), {"encoding_mismatch": 1})],
)
def test_page_is_read_whatever_is_said_of_its_packing(repository, http, fault, notes):
    repository.misbehave(fault)
    response = fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert (len(parse_page(response.body).elements), response.notes) == (50, notes)


def test_repository_that_moved_is_followed_and_tells_its_new_address(repository, http):
    with Repository(made_entries(3)) as new:
        repository.misbehave(redirect(new.url, 301))  # drops the arguments
        response = fetch_page(http, repository.url, list_parameters("oai_dc"))
        assert len(parse_page(response.body).elements) == 3
        assert response.moved_to == new.url


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_repository_is_asked_by_the_method_it_takes(repository, http, method):
    repository.methods = {method}
    identity = identify(http, repository.url, method=method)
    assert identity.name == "Repository for tests"
    parameters = list_parameters("oai_dc")
    page = parse_page(fetch_page(http, repository.url, parameters, method=method).body)
    token = list_parameters("oai_dc", token=page.token)
    assert len(parse_page(fetch_page(http, repository.url, token, method=method).body).elements) == 50
    assert {request.method for request in repository.requests} == {method}
    repository.methods = {"HEAD"}
    with pytest.raises(RefusedError, match="HTTP status 405"):
        fetch_page(http, repository.url, parameters, method=method)


@pytest.mark.parametrize("wait", ["864000", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_wait_is_a_day_at_most(repository, http, wait):
    repository.misbehave(retry_later(wait))
    with pytest.raises(RetryLaterError) as caught:
        fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert caught.value.seconds == 86_400


def test_wait_that_the_server_names_is_kept(repository, http):
    repository.misbehave(retry_later("120"))
    with pytest.raises(RetryLaterError, match="asks to wait 120 s") as caught:
        fetch_page(http, repository.url, list_parameters("oai_dc"))
    assert caught.value.seconds == 120


def test_gzip_and_protocol_errors_inside_http_errors_are_read(repository, http):
    repository.misbehave(gzipped())
    assert len(parse_page(fetch_page(http, repository.url, list_parameters("oai_dc")).body).elements) == 50
    repository.misbehave(oai_error("badResumptionToken"))
    with pytest.raises(BadResumptionTokenError):
        parse_page(fetch_page(http, repository.url, list_parameters("oai_dc", token="old")).body)


def test_page_over_the_limit_is_an_error_and_no_cut_page(repository):
    with Http(allow_private=True, max_bytes=2000) as small, pytest.raises(PageTooLargeError):
        fetch_page(small, repository.url, list_parameters("oai_dc"))


def test_cut_page_is_an_error_of_the_page(repository, http):
    repository.misbehave(cut_page(0.99))
    with pytest.raises(PageCutError):
        parse_page(fetch_page(http, repository.url, list_parameters("oai_dc")).body)


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
