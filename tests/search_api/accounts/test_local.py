"""A hub without users: its own machine may operate it, nobody else, and no page that its browser opens."""

import asyncio
import socket

import httpx
import pytest

from search_api.accounts.forging import form_token
from tests.search_api.accounts.conftest import PAGE, opened_site


def ask(site, path="/operator", **headers):
    return site.client.get(path, headers=headers)


def test_who_sits_at_the_machine_is_the_local_operator(site):
    assert ask(site).text == "local"
    assert ask(site, Host="localhost:8080").text == "local"
    assert ask(site, Host="[::1]:8080").text == "local"
    assert ask(site).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "attacker.example"},
        {"Host": "127.0.0.1.attacker.example"},
        {"Host": "localhost.attacker.example"},
        {"Host": "127.0.0.1@attacker.example"},
        {"Host": "attacker.example@127.0.0.1"},
        {"Host": ""},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    ],
)
def test_what_a_proxy_or_a_foreign_page_had_a_hand_in_is_refused_with_the_next_step(site, headers):
    for path in ("/operator", "/api/v1/operator"):
        answer = ask(site, path, **headers)
        assert answer.status_code == 403
        assert "oaihub users add NAME --role admin" in answer.json()["detail"]


def test_a_link_that_a_person_followed_is_answered(site):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert ask(site, **followed).text == "local"


def test_what_speaks_as_proxies_do_is_refused(site):
    with socket.create_connection((site.client.base_url.host, site.client.base_url.port), timeout=10) as connection:
        connection.sendall(b"GET /operator HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "changed", [{"public_url": "https://hub.example.org"}, {"trusted_proxies": "192.0.2.1"}, {"trusted_proxies": "*"}]
)
def test_a_hub_behind_a_proxy_has_no_local_operator(tmp_path, changed):
    with opened_site(tmp_path, **changed) as site:
        assert ask(site).status_code == 403


def test_another_address_of_the_machine_is_not_local(site):
    transport = httpx.ASGITransport(app=site.app, client=("192.0.2.7", 50_000))
    request = httpx.Request("GET", "http://127.0.0.1/operator")

    async def send():
        return await transport.handle_async_request(request)

    assert asyncio.run(send()).status_code == 403


def test_no_page_of_others_may_read_what_an_operator_reads(site):
    assert site.client.get("/api/v1/items").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in ask(site, "/api/v1/operator").headers
    assert "access-control-allow-origin" not in ask(site, "/api/v1/operator", Origin="https://a.example").headers


def test_a_change_needs_the_token_of_a_form_and_a_page_of_ours(site):
    token = form_token(site.app.state.access, b"local")
    own = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}
    sent = {"what": "paused", "form_token": token}
    assert site.client.post("/operator/do", data=sent, headers=own).text == "local paused"
    assert site.client.post("/operator/do", data={"what": "paused"}, headers=own).status_code == 403
    for foreign in ({"Origin": "https://attacker.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert site.client.post("/operator/do", data=sent, headers=foreign).status_code == 403


def test_as_soon_as_there_is_a_user_all_must_sign_in(site):
    site.add_user("alice", "admin")
    assert ask(site).status_code == 401
    assert ask(site).headers["www-authenticate"] == 'Bearer realm="oaihub"'
    led = ask(site, "/operator?a=1", **PAGE)
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Foperator%3Fa%3D1")
    assert led.headers["cache-control"] == "no-store"
