"""What an address may hold that opens a door is shown nowhere."""

import logging
import traceback

import pytest

from harvester.endpoint import BadEndpointError, Endpoint, check_endpoint
from harvester.errors import HarvestError
from harvester.http import (
    CertificateError,
    ContactMissingError,
    PageTooLargeError,
    PrivateAddressError,
    RetryLaterError,
    UnreachableError,
)
from harvester.oai import RefusedError
from harvester.transport.redaction import redact

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://r.example/oai?verb=Identify", "https://r.example/oai?verb=Identify"),
        ("https://r.example/oai?resumptionToken=a%7Cb&set=key", "https://r.example/oai?resumptionToken=a%7Cb&set=key"),
        ("https://r.example/@me/oai", "https://r.example/@me/oai"),
        ("https://r.example:8443/@me", "https://r.example:8443/@me"),
        ("https://[2001:db8::1]:80/oai", "https://[2001:db8::1]:80/oai"),
        (f"https://user:{SECRET}@r.example/oai", "https://***@r.example/oai"),
        (f"https://{SECRET}@r.example/oai", "https://***@r.example/oai"),
        (f"https://user:{SECRET}/x@r.example/oai", "https://***@r.example/oai"),
        (f"https://r.example/oai?key={SECRET}&set=a", "https://r.example/oai?key=***&set=a"),
        (f"https://r.example/oai?a=1&API_KEY={SECRET}#x", "https://r.example/oai?a=1&API_KEY=***#x"),
        (f"https://r.example/oai?access_token={SECRET}", "https://r.example/oai?access_token=***"),
        (f"https://r.example/oai?X-Amz-Signature={SECRET}", "https://r.example/oai?X-Amz-Signature=***"),
        (f"https://r.example/oai;jsessionid={SECRET}?verb=x", "https://r.example/oai;jsessionid=***"),
        (f"two: http://a:{SECRET}@b/ 'http://c/?pwd={SECRET}'", "two: http://***@b/ 'http://c/?pwd=***'"),
    ],
)
def test_secrets_in_addresses_are_taken_out(text, shown):
    if SECRET in shown:
        pytest.fail("the table is wrong")
    assert redact(text) == shown


@pytest.mark.parametrize(
    "address",
    [
        "http://user:{}@127.0.0.1:1/oai?apikey={}",
        "http://user:{}@127.0.0.1:{port}/drip?token={}",
        "http://user:{}@127.0.0.1:{port}/bomb?token={}",
        "http://user:{}@127.0.0.1:{port}/damaged?key={}",
        "http://user:{}@127.0.0.1:{port}/loop?key={}",
        "http://user:{}@127.0.0.1:{port}/to/302/keep/damaged?key={}",
        "http://user:{}@127.0.0.1:bad/?key={}",
        "http://user:{}/@127.0.0.1/?key={}",
        "ftp://user:{}@127.0.0.1/?key={}",
    ],
)
def test_no_error_and_no_log_line_shows_a_secret(server, client, caplog, address):
    url = address.replace("{port}", str(server.server_port)).replace("{}", SECRET)
    with caplog.at_level(logging.DEBUG, logger="httpx"), pytest.raises(HarvestError) as caught:
        client.get(url, {"verb": "Identify"})
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in caught.value.url
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "error",
    [
        UnreachableError(f"http://u:{SECRET}@r/?key={SECRET}", "x"),
        RetryLaterError(f"http://u:{SECRET}@r/?key={SECRET}", 503, 1),
        PageTooLargeError(f"http://u:{SECRET}@r/?key={SECRET}", 1),
        PrivateAddressError(f"http://u:{SECRET}@r/?key={SECRET}", "x"),
        ContactMissingError(f"http://u:{SECRET}@r/?key={SECRET}"),
        CertificateError(f"http://u:{SECRET}@r/?key={SECRET}", "x"),
        RefusedError(f"http://u:{SECRET}@r/?key={SECRET}", 404),
    ],
)
def test_every_error_with_an_address_takes_its_secrets_out(error):
    assert error.url == "http://***@r/?key=***"
    assert SECRET not in str(error)


def test_bad_endpoint_does_not_show_its_secrets():
    with pytest.raises(BadEndpointError) as caught:
        check_endpoint(Endpoint(key="a", base_url=f"ftp://u:{SECRET}@r/?key={SECRET}"))
    assert SECRET not in str(caught.value)
