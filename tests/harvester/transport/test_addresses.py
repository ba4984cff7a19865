"""Only public addresses are connected to, whatever names, redirects and second looks say."""

import socket

import pytest

from harvester.http import Http, PrivateAddressError, UnreachableError
from harvester.transport.addresses import is_public


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
        ("64:ff9b:1::1", False),
        ("2001:0:1::", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::127.0.0.1", False),
        ("::", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("2606:4700::1111", True),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


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


PUBLIC = {"public.example": "93.184.215.14", "other.example": "2001:4860:4860::8888"}


@pytest.fixture
def internet(server, monkeypatch):
    """An internet in which the server of this test has the public addresses; `internet` may be changed by a test."""
    names = {name: [address] for name, address in PUBLIC.items()}

    def resolve(host, port, *_, **__):
        answers = names[host]
        found = answers.pop(0) if isinstance(answers[0], list) else answers
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def create_connection(address, *_, **__):
        assert address[0] in PUBLIC.values(), f"a connection to {address}"
        connection = socket.socket()
        connection.connect(("127.0.0.1", server.server_port))
        return connection

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    return names


@pytest.fixture
def guarded():
    with Http(contact="librarian@example.org", timeout_s=2) as opened:
        yield opened


@pytest.mark.usefixtures("internet")
@pytest.mark.parametrize("host", PUBLIC)
def test_public_address_is_reached(guarded, host):
    assert guarded.get(f"http://{host}/plain").body == b"plain"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:1::",
    ],
)
def test_redirect_to_a_private_address_is_refused(server, guarded, internet, address):
    internet["inside.example"] = [address]
    guarded._client.headers["X-Away"] = "inside.example"
    with pytest.raises(PrivateAddressError, match=r"inside\.example"):
        guarded.get("http://public.example/away")
    literal = f"[{address}]" if ":" in address else address
    internet[address] = [address]
    guarded._client.headers["X-Away"] = literal
    with pytest.raises(PrivateAddressError):
        guarded.get("http://public.example/away")
    assert server.seen[-1][0] == "/away"


def test_name_that_changes_its_address_between_two_looks_is_refused(guarded, internet):
    internet["rebound.example"] = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]]
    guarded._client.headers["Connection"] = "close"  # so that the second request connects anew
    assert guarded.get("http://rebound.example/plain").body == b"plain"  # connected to what was checked, asked once
    with pytest.raises(PrivateAddressError):
        guarded.get("http://rebound.example/plain")


def test_name_with_one_private_address_among_its_own_is_refused(guarded, internet):
    internet["mixed.example"] = ["93.184.215.14", "10.0.0.1"]
    with pytest.raises(PrivateAddressError, match=r"10\.0\.0\.1"):
        guarded.get("http://mixed.example/plain")
