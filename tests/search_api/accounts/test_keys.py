"""Programs with keys."""

import asyncio

import pytest

from harvester.store.accounts.keys import add_key, list_keys, make_key, revoke_key
from harvester.store.accounts.roles import AccountError
from harvester.store.accounts.users import change_role, disable_user
from search_api.edge import keys
from search_api.edge.keys import KeyQuotas
from search_api.edge.quotas import key_of
from tests.search_api.accounts.conftest import WORDS, opened_site

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


def with_quota(site, quota, name="fast"):
    return add_key(site.store, name, user="alice", role="viewer", expires=0.0, quota=quota, **BY)


def test_a_key_with_a_quota_is_counted_by_it_wherever_it_asks(site, alice):
    (added, key), (_, other) = with_quota(site, 2), with_quota(site, 2, "other")
    paths = ("/api/v1/items", "/watched", "/items")
    answers = [site.client.get(path, headers=bearer(key)) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=2;w=60'
    assert answers[0].headers["ratelimit"] == '"key";r=1;t=60'
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert site.client.get("/watched", headers=bearer(other)).status_code == 200
    assert "ratelimit" not in site.client.get("/items").headers
    assert (added.quota, list_keys(site.store)[0].quota) == (2, 2)


def test_a_key_without_a_quota_is_counted_as_its_address_is_and_one_with_it_is_not(tmp_path):
    with opened_site(tmp_path, rate_limit=1) as site:
        site.add_user("alice", "operator")
        (_, plain), (_, fast) = with_quota(site, None, "plain"), with_quota(site, 3)
        odd = bearer(make_key())
        asked = [site.client.get("/watched", headers=sent) for sent in (bearer(plain), bearer(plain), odd)]
        assert [answer.status_code for answer in asked] == [200, 429, 429]
        assert asked[0].headers["ratelimit-policy"] == '"default";q=1;w=60'
        assert [site.client.get("/watched", headers=bearer(fast)).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    "given",
    ["Bearer", "Bearer x", f"Basic {make_key()}", f"Bearer {make_key()[:-1]}", "Bearer é"],
    ids=["nothing", "no key", "another scheme", "cut short", "odd letters"],
)
def test_what_has_not_the_form_of_a_key_is_looked_up_nowhere(given):
    assert key_of({"headers": [(b"authorization", given.encode())]}) == ""


def test_a_key_is_read_whatever_the_case_of_its_scheme():
    key = make_key()
    assert key_of({"headers": [(b"authorization", f"bEARER  {key}".encode())]}) == key
    assert key_of({"headers": []}) == ""


@pytest.mark.parametrize("quota", [0, -1, 1_000_001])
def test_a_quota_is_a_number_of_requests(site, alice, quota):
    with pytest.raises(AccountError, match="1 to 1,000,000"):
        with_quota(site, quota)


def test_quotas_are_looked_up_each_five_seconds_and_some_are_remembered(site, alice, monkeypatch):
    added, key = with_quota(site, 2)
    now = [0.0]
    quotas = KeyQuotas(site.store, clock=lambda: now[0])

    def asked(text):
        found = asyncio.run(quotas(text))
        return None if found is None else (found.key, found.limit)

    assert asked(key) == (added.id, 2)
    revoke_key(site.store, added.id, **BY)
    now[0] = 4.9
    assert asked(key) == (added.id, 2)
    now[0] = 5.0
    assert asked(key) is None
    monkeypatch.setattr(keys, "MOST_KEYS", 3)
    for _ in range(5):
        assert asked(make_key()) is None
    assert len(quotas._kept) == 3
