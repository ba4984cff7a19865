"""One's own keys on the account's page."""

import re

import pytest

from harvester.store.accounts.keys import add_key, list_keys

BY = {"actor": "command:tester", "now": 1_800_000_000.0}


@pytest.fixture
def signed(browser, alice):
    browser.sign_in()
    return browser


def make(browser, name="ci", role="viewer", days="30"):
    return browser.post("/account/keys", name=name, role=role, days=days)


def key_in(page):
    return re.search(r'<code id="secret">(oaihub_[0-9a-f]{72})</code>', page)[1]


def test_a_key_is_made_and_shown_once(site, signed):
    answer = make(signed)
    key = key_in(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    told = site.client.get("/api/v1/account", headers={"Authorization": f"Bearer {key}"}).json()
    assert (told["actor"], told["rights"]) == ("alice:ci", ["read", "watch"])
    page = signed.get("/account").text
    assert key not in page
    assert key[:30] not in page
    (kept,) = list_keys(site.store, "alice")
    assert (kept.role, kept.expires, kept.quota) == ("viewer", site.clock() + 30 * 86_400, None)


@pytest.mark.parametrize(
    ("days", "end_s"), [("90", 90 * 86_400), ("365", 365 * 86_400), ("never", None), ("1000000", 30 * 86_400)]
)
def test_a_key_ends_when_it_was_chosen_to(site, signed, days, end_s):
    make(signed, days=days)
    assert list_keys(site.store)[0].expires == (0 if end_s is None else site.clock() + end_s)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"role": "admin"}, "no more than its user"),
        ({"role": "boss"}, "there is no role"),
        ({"name": "a b"}, "letters, digits"),
        ({"name": ""}, "letters, digits"),
    ],
)
def test_a_key_that_cannot_be_is_refused(site, signed, sent, said):
    answer = make(signed, **sent)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert list_keys(site.store) == []
    assert "admin:" not in signed.get("/account").text  # nor is it offered


def test_a_name_is_taken_as_long_as_its_key_is_good(site, signed):
    make(signed)
    assert "revoke it, or take another name" in make(signed).text
    key = list_keys(site.store)[0]
    assert signed.post("/account/keys/revoke", key=str(key.id)).status_code == 303
    assert list_keys(site.store)[0].revoked == site.clock()
    assert "revoked" in signed.get("/account").text
    assert make(signed).status_code == 200


def test_nobody_revokes_the_key_of_another(site, signed):
    site.add_user("bob", "admin")
    other, _ = add_key(site.store, "of-bob", user="bob", role="admin", expires=0.0, **BY)
    assert signed.post("/account/keys/revoke", key=str(other.id)).status_code == 303
    assert list_keys(site.store, "bob")[0].revoked == 0
    assert "of-bob" not in signed.get("/account").text


def test_a_program_makes_no_key_for_itself(site, alice):
    _, key = add_key(site.store, "ci", user="alice", role="operator", expires=0.0, **BY)
    sent = {"name": "more", "role": "operator", "days": "never"}
    answer = site.client.post("/account/keys", data=sent, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401
    assert len(list_keys(site.store)) == 1


def test_a_foreign_page_makes_no_key(site, signed):
    answer = signed.post(
        "/account/keys", name="x", role="viewer", days="never", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert signed.client.post("/account/keys", data={"name": "x", "role": "viewer", "days": "30"}).status_code == 403
    assert list_keys(site.store) == []
