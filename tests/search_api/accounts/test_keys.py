"""Programs with keys."""

import pytest

from harvester.store.accounts.keys import add_key, list_keys, make_key, revoke_key
from harvester.store.accounts.users import change_role, disable_user
from tests.search_api.accounts.conftest import WORDS

BY = {"actor": "command:tester", "now": 1_800_000_000.0}


@pytest.fixture
def key(site, alice):
    return add_key(site.store, "ci", user="alice", role="viewer", expires=BY["now"] + 60, **BY)[1]


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def test_a_program_with_a_key_is_told_whose_it_is(site, key):
    answer = site.client.get("/api/v1/account", headers=bearer(key))
    assert answer.json() == {"name": "alice", "role": "viewer", "rights": ["read", "watch"], "actor": "alice:ci"}
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert site.client.get("/watched", headers={"Authorization": f"bearer {key}"}).text == "alice:ci"


def test_who_brings_nothing_is_told_how_to_ask(site, alice):
    answer = site.client.get("/api/v1/account", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/docs#not-signed-in")
    assert answer.headers["www-authenticate"] == 'Bearer realm="oaihub"'


@pytest.mark.parametrize(
    "given",
    ["Bearer", "Bearer x", "Basic YTpi", "Bearer é", pytest.param(f"Bearer {make_key()}", id="a key of nobody")],
)
def test_what_is_no_key_is_refused_also_where_a_session_would_do(site, browser, alice, given):
    browser.sign_in()
    answer = browser.client.get("/watched", headers={"Authorization": given.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="oaihub", error="invalid_token"'


def test_a_key_changes_things_without_a_form(site, alice, key):
    _, strong = add_key(site.store, "strong", user="alice", role="operator", expires=0.0, **BY)
    sent = {"what": "paused"}
    assert site.client.post("/operated", data=sent, headers=bearer(strong)).text == "alice:strong paused"
    weak = site.client.post("/operated", data=sent, headers=bearer(key) | {"Origin": "https://a.example"})
    assert (weak.status_code, weak.json()["right"]) == (403, "operate")
    assert 'error="insufficient_scope", scope="operate"' in weak.headers["www-authenticate"]


@pytest.mark.parametrize("how", ["expired", "revoked", "disabled", "demoted"])
def test_a_key_that_is_over_opens_nothing_at_once(site, key, how):
    assert site.client.get("/watched", headers=bearer(key)).status_code == 200
    if how == "expired":
        site.clock.now += 60
    if how == "revoked":
        revoke_key(site.store, list_keys(site.store)[0].id, **BY)
    if how == "disabled":
        disable_user(site.store, "alice", **BY)
    if how == "demoted":
        change_role(site.store, "alice", "contributor", **BY)
    assert site.client.get("/watched", headers=bearer(key)).status_code == (403 if how == "demoted" else 401)


def test_a_key_has_no_part_in_the_account_itself(site, key):
    for path in ("/account", "/account/password", "/account/sessions", "/sign-out"):
        method = "GET" if path == "/account" else "POST"
        sent = {"current": WORDS, "new": "nine red trains wait", "again": "nine red trains wait"}
        answer = site.client.request(method, path, headers=bearer(key), data=sent)
        assert answer.status_code == 401
