"""The one door to the network, against a real server on loopback."""

import datetime as dt
import gzip
import http.server
import threading
import time
import zlib

import pytest

from harvester.addresses import is_public
from harvester.http import (
    ContactMissingError,
    Http,
    PageTooLargeError,
    PrivateAddressError,
    UnreachableError,
    retry_after_s,
)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        name = self.path.partition("?")[0].strip("/")
        getattr(self, f"answer_{name}")()

    def send(self, body, status=200, **headers):
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_plain(self):
        self.send(b"plain")

    def answer_gzip(self):
        self.send(gzip.compress(b"squeezed" * 100), Content_Encoding="gzip")

    def answer_deflate(self):
        self.send(zlib.compress(b"squeezed"), Content_Encoding="deflate")

    def answer_bomb(self):
        self.send(gzip.compress(bytes(64 << 20)), Content_Encoding="gzip")

    def answer_cutgzip(self):
        self.send(gzip.compress(b"squeezed" * 100)[:-9], Content_Encoding="gzip")

    def answer_liar(self):
        self.send(b"no gzip at all", Content_Encoding="gzip")

    def answer_short(self):
        self.send(b"short", Content_Length="500")
        self.close_connection = True

    def answer_redirect(self):
        self.send(b"", 302, Location="/plain?moved=1")

    def answer_error(self):
        self.send(b"<OAI-PMH/>", 503, Retry_After="7")

    def answer_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(100):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.seen = []
        running.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def client():
    with Http(
        allow_private=True, contact="librarian@example.org", timeout_s=2, deadline_s=1, max_bytes=1 << 20
    ) as opened:
        yield opened


def test_get_sends_parameters_once_encoded_and_says_who_asks(server, client):
    response = client.get(f"{server.url}/plain?base=1", {"resumptionToken": "a+b=&c/|ü%20"})
    path, headers = server.seen[-1]
    assert response.body == b"plain"
    assert path == "/plain?base=1&resumptionToken=a%2Bb%3D%26c%2F%7C%C3%BC%2520"
    assert headers["From"] == "librarian@example.org"
    assert "mailto:librarian@example.org" in headers["User-Agent"]


@pytest.mark.parametrize(
    ("path", "body"), [("gzip", b"squeezed" * 100), ("deflate", b"squeezed"), ("redirect", b"plain")]
)
def test_answers_are_unpacked_and_redirects_followed(server, client, path, body):
    assert client.get(f"{server.url}/{path}").body == body


def test_error_status_comes_with_its_body_and_headers(server, client):
    response = client.get(f"{server.url}/error")
    assert (response.status, response.body, response.headers["retry-after"]) == (503, b"<OAI-PMH/>", "7")


@pytest.mark.parametrize("path", ["cutgzip", "liar", "short", "drip"])
def test_broken_and_dripping_answers_are_errors(server, client, path):
    begun = time.monotonic()
    with pytest.raises(UnreachableError, match=f"/{path} cannot be reached"):
        client.get(f"{server.url}/{path}")
    assert time.monotonic() - begun < 4


def test_bomb_is_stopped_at_the_limit(server, client):
    with pytest.raises(PageTooLargeError, match="more than 1048576 bytes"):
        client.get(f"{server.url}/bomb")


def test_refused_connection_names_the_address(client):
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:1/oai cannot be reached"):
        client.get("http://127.0.0.1:1/oai")


def test_private_address_is_refused_however_it_is_spelt(server):
    with Http(contact="librarian@example.org") as guarded:
        count = len(server.seen)
        for host in (
            "127.0.0.1",
            "localhost",
            "127.1",
            "0x7f000001",
            "2130706433",
            "[::ffff:127.0.0.1]",
            "user@127.0.0.1",
        ):
            with pytest.raises((PrivateAddressError, UnreachableError)):
                guarded.get(f"http://{host}:{server.server_port}/plain")
        assert len(server.seen) == count


def test_public_repository_is_not_asked_without_a_contact():
    with Http() as anonymous, pytest.raises(ContactMissingError, match="set OAIHUB_CONTACT"):
        anonymous.get("https://repository.example/oai")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("192.0.0.8", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_forms(text, seconds):
    assert retry_after_s(text, dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)) == seconds
