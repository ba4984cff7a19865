"""The one door to the network, against a real server on loopback."""

import datetime as dt
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.harvesting import open_harvesting
from harvester.http import (
    CertificateError,
    ContactMissingError,
    Http,
    PageTooLargeError,
    UnreachableError,
    retry_after_s,
)
from harvester.settings import HarvesterSettings
from tests.harvester.answering import running


def test_get_sends_parameters_once_encoded_and_says_who_asks(server, client):
    response = client.get(f"{server.url}/plain?base=1", {"resumptionToken": "a+b=&c/|ü%20"})
    path, headers = server.seen[-1]
    assert response.body == b"plain"
    assert path == "/plain?base=1&resumptionToken=a%2Bb%3D%26c%2F%7C%C3%BC%2520"
    assert headers["From"] == "librarian@example.org"
    assert "mailto:librarian@example.org" in headers["User-Agent"]


@pytest.mark.parametrize(
    ("path", "body", "notes"),
    [
        ("plain", b"plain", {}),
        ("gzip", b"squeezed" * 100, {}),
        ("deflate", b"squeezed", {}),
        ("rawdeflate", b"squeezed" * 100, {}),
        ("members", b"squeezed", {}),
        ("pieces", b"squeezed", {}),
        ("nothing", b"", {}),
        ("onebyte", b"x", {}),
        ("unsaid", b"squeezed", {"encoding_mismatch": 1}),
        ("wrongname", b"squeezed", {"encoding_mismatch": 1}),
        ("liar", b"no gzip at all", {"encoding_mismatch": 1}),
        ("xmlliar", b"<xml/>", {"encoding_mismatch": 1}),
        ("redirect", b"plain", {"redirected": 1}),
    ],
)
def test_answers_are_unpacked_by_what_they_are_and_redirects_followed(server, client, path, body, notes):
    response = client.get(f"{server.url}/{path}")
    assert (response.body, response.notes, response.moved_to) == (body, notes, "")


ECHO = "verb=Identify&key=a%2Bb"


@pytest.mark.parametrize(
    ("way", "moved", "notes"),
    [
        ("to/301/keep/echo", "/echo", {"redirected": 1, "moved": 1}),
        ("to/308/keep/echo", "/echo", {"redirected": 1, "moved": 1}),
        ("to/301/keep/to/308/keep/echo", "/echo", {"redirected": 1, "moved": 1}),
        ("to/301/keep/to/302/keep/echo", "/to/302/keep/echo", {"redirected": 1, "moved": 1}),
        ("to/302/keep/to/301/keep/echo", "", {"redirected": 1}),
        ("to/307/keep/echo", "", {"redirected": 1}),
        ("to/301/drop/echo", "/echo", {"redirected": 1, "moved": 1, "lost_arguments": 1}),
        ("to/302/drop/echo", "", {"redirected": 1, "lost_arguments": 1}),
    ],
)
def test_redirects_keep_the_arguments_and_tell_where_it_has_moved_for_good(server, client, way, moved, notes):
    response = client.get(f"{server.url}/{way}", {"verb": "Identify", "key": "a+b"})
    assert response.body.decode() == f"GET /echo?{ECHO} "
    assert response.moved_to == (server.url + moved if moved else "")
    assert response.notes == notes


def test_address_that_moved_keeps_a_query_of_its_own(server, client):
    response = client.get(f"{server.url}/to/301/keep/echo?repo=7", {"verb": "Identify"})
    assert (response.moved_to, response.body) == (f"{server.url}/echo?repo=7", b"GET /echo?repo=7&verb=Identify ")


def test_redirect_without_arguments_is_taken_once_only(server, client):
    count = len(server.seen)
    response = client.get(f"{server.url}/to/301/drop/to/301/drop/plain", {"verb": "Identify"})
    assert (response.body, response.notes["lost_arguments"]) == (b"plain", 1)
    assert [path for path, _ in server.seen[count:]][-1] == "/plain?verb=Identify"


@pytest.mark.parametrize(
    "way", ["echo?repo=7", "to/307/keep/echo?repo=7", "to/301/keep/echo?repo=7", "to/303/keep/echo?repo=7"]
)
def test_post_sends_a_form_and_stays_a_post(server, client, way):
    response = client.ask(f"{server.url}/{way}", {"verb": "Identify", "key": "a+b"}, method="POST")
    assert response.body.decode() == f"POST /echo?repo=7 {ECHO}"


@pytest.mark.parametrize("path", ["loop", "file"])
def test_redirect_that_leads_nowhere_is_an_error(server, client, path):
    with pytest.raises(UnreachableError):
        client.get(f"{server.url}/{path}")


def test_error_status_comes_with_its_body_and_headers(server, client):
    response = client.get(f"{server.url}/error")
    assert (response.status, response.body, response.headers["retry-after"]) == (503, b"<OAI-PMH/>", "7")


@pytest.mark.parametrize("path", ["cutgzip", "damaged", "brotli", "short", "drip", "headerdrip"])
def test_broken_and_dripping_answers_are_errors(server, client, path):
    begun = time.monotonic()
    with pytest.raises(UnreachableError, match=f"/{path} cannot be reached"):
        client.get(f"{server.url}/{path}")
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("path", ["bomb", "unsaidbomb", "bombs"])
def test_bomb_is_stopped_at_the_limit(server, client, path):
    with pytest.raises(PageTooLargeError, match="more than 1048576 bytes"):
        client.get(f"{server.url}/{path}")


def test_bomb_is_stopped_by_its_ratio_before_the_limit(server):
    with Http(allow_private=True, max_bytes=1 << 40) as patient, pytest.raises(PageTooLargeError):
        patient.get(f"{server.url}/bomb")


def test_slow_answer_of_one_thread_does_not_end_that_of_another(server, client):
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(client.get, f"{server.url}/drip")
        while not slow.done():
            assert client.get(f"{server.url}/plain").body == b"plain"
        assert isinstance(slow.exception(), UnreachableError)


def test_refused_connection_names_the_address(client):
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1/oai cannot be reached"):
        client.get("http://127.0.0.1:1/oai")


@pytest.fixture(scope="module")
def tls_server():
    """A server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with running(context) as server:
        yield server.url


def test_certificate_that_nobody_vouches_for_is_refused_but_where_that_is_allowed(tls_server, client):
    with pytest.raises(CertificateError, match="verify_tls off for this endpoint"):
        client.get(f"{tls_server}/plain")
    with Http(allow_private=True, verify_tls=False) as trusting:
        assert trusting.get(f"{tls_server}/plain").body == b"plain"
    with pytest.raises(CertificateError):
        client.get(f"{tls_server}/plain")


def test_endpoints_share_a_client_only_if_they_trust_alike(tmp_path, tls_server):
    settings = HarvesterSettings(data_dir=tmp_path, timeout_s=5)
    with closing(open_harvesting(settings)) as harvesting:
        strict = Endpoint(key="a", base_url=tls_server, allow_private=True)
        lax = replace(strict, key="b", verify_tls=False)
        public = Endpoint(key="c", base_url=tls_server)
        clients = [harvesting.http(endpoint) for endpoint in (strict, lax, public, replace(strict, key="d"))]
        assert len({id(client) for client in clients}) == 3
        assert clients[0] is clients[3]
        assert clients[1].get(f"{tls_server}/plain").body == b"plain"
        with pytest.raises(CertificateError):
            clients[0].get(f"{tls_server}/plain")
        with pytest.raises(ContactMissingError):
            clients[2].get(f"{tls_server}/plain")


def test_public_repository_is_not_asked_without_a_contact():
    with Http() as anonymous, pytest.raises(ContactMissingError, match="set OAIHUB_CONTACT"):
        anonymous.get("https://repository.example/oai")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        (" 120 ", 120.0),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 +99999999", None),
        ("-5", None),
        ("²", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_forms(text, seconds):
    assert retry_after_s(text, dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)) == seconds


@given(st.one_of(st.text(), st.text("0123456789 :,+-GMTMonNov", max_size=40)))
def test_no_retry_after_stops_the_harvest(text):
    seconds = retry_after_s(text, dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC))
    assert seconds is None or 0 <= seconds < float("inf")
