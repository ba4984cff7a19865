"""The admins' pages of people and of who did what."""

import re

import pytest

from harvester.store.accounts.invitations import find_link, invite_user
from harvester.store.accounts.keys import add_key, find_key, list_keys
from harvester.store.accounts.sessions import open_session
from harvester.store.accounts.signing import prove_user
from harvester.store.accounts.users import get_user, list_users
from harvester.store.operating.audit import audit, list_audit
from tests.search_api.accounts.conftest import OTHER, WORDS, opened_site

BY = {"actor": "command:tester", "now": 1_800_000_000.0}
URL = "http://127.0.0.1"


@pytest.fixture
def site(tmp_path):
    with opened_site(tmp_path, public_url=URL) as site:
        yield site


@pytest.fixture
def ada(site, browser):
    site.add_user("ada", "admin")
    browser.sign_in("ada")
    return browser


def act(browser, name, action, **fields):
    return browser.post(f"/admin/users/{name}/{action}", page=f"/admin/users/{name}", **fields)


def invite(browser, **fields):
    sent = {"name": "bob", "mail": "bob@hub.example", "role": "editor", "way": "show"} | fields
    return browser.post("/admin/users", page="/admin/users", **sent)


def link_in(page):
    return re.search(r'<code id="secret">http://127\.0\.0\.1(?::\d+)?/welcome/([\w-]{43})</code>', page)[1]


def mails(site):
    with site.store.connect() as connection:
        return connection.exec_driver_sql("SELECT recipient, text FROM mails ORDER BY id").all()


def test_only_admins_see_and_change_people(site, browser):
    site.add_user("otto", "operator")
    site.add_user("eva", "editor")
    for name in ("otto", "eva"):
        browser.cookies.clear()
        browser.sign_in(name)
        for path in ("/admin", "/admin/users", "/admin/users/otto", "/admin/audit"):
            assert browser.get(path).status_code == 403
        refused = browser.post("/admin/users/otto/role", role="admin")
        assert (refused.status_code, get_user(site.store, "otto").role) == (403, "operator")
    browser.cookies.clear()
    assert browser.get("/admin/users").headers["location"].startswith("/sign-in")


def test_people_are_listed_with_what_they_may_and_where_they_stand(site, ada):
    site.add_user("otto", "operator")
    invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)
    page = ada.get("/admin/users").text
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr>.*?</tr>", page)[1:]]
    assert [row[:2] for row in rows] == [["ada", "admin"], ["bob", "editor"], ["otto", "operator"]]
    assert "invited, has no password yet" in page
    assert rows[2][-1] == "never"
    assert ada.get("/admin/users/nobody").status_code == 404


def test_somebody_is_invited_by_a_link_that_is_shown_once(site, ada):
    answer = invite(ada)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    link = find_link(site.store, link_in(answer.text), now=site.clock())
    assert (link.user, link.kind) == ("bob", "invite")
    assert "/welcome/" not in ada.get("/admin/users").text + ada.get("/admin/users/bob").text
    assert mails(site) == []
    assert [(one.actor, one.action) for one in list_audit(site.store, object="user:bob")] == [
        ("ada", "link"),
        ("ada", "add"),
    ]


def test_somebody_is_invited_by_mail(site, ada):
    answer = invite(ada, way="mail")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/users/bob?done=invited")
    assert "bob is invited; the mail is on its way." in ada.get(answer.headers["location"]).text
    ((recipient, text),) = mails(site)
    assert recipient == "bob@hub.example"
    assert re.search(rf"^{URL}/welcome/[\w-]{{43}}$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "ADA"}, "name", "user of this name already"),
        ({"name": "a b"}, "name", "letters a-z"),
        ({"mail": "bob"}, "mail", "name@host"),
        ({"mail": "", "way": "mail"}, "mail", "no mail address"),
        ({"role": "boss"}, None, "no role"),
    ],
)
def test_who_cannot_be_invited_is_not_and_what_was_typed_stays(site, ada, change, field, said):
    answer = invite(ada, **change)
    page = answer.text
    assert (answer.status_code, said in page) == (400, True)
    assert len(list_users(site.store)) == 1
    assert f'value="{change.get("name", "bob")}"' in page
    if field:
        assert re.search(rf'<span class="wrong" id="{field}-wrong">[^<]*{said}', page)


def test_a_role_is_changed_and_somebody_kept_out_and_let_in(site, ada):
    site.add_user("otto", "operator")
    with site.browser() as otto:
        otto.sign_in("otto")
        assert act(ada, "otto", "role", role="viewer").headers["location"] == "/admin/users/otto?done=role"
        assert otto.get("/operated").status_code == 403
        assert act(ada, "otto", "disable").status_code == 303
        assert otto.get("/account").status_code == 303  # to the sign-in
    assert "disabled" in ada.get("/admin/users/otto").text
    assert act(ada, "otto", "enable").status_code == 303
    assert not get_user(site.store, "otto").disabled
    assert {
        entry.actor
        for entry in list_audit(site.store, object="user:otto")
        if entry.action in {"role", "disable", "enable"}
    } == {"ada"}


@pytest.mark.parametrize(("action", "fields"), [("role", {"role": "reader"}), ("disable", {}), ("enable", {})])
def test_nobody_changes_his_own_rights(site, ada, action, fields):
    site.add_user("ben", "admin")
    answer = act(ada, "ada", action, **fields)
    assert (answer.status_code, "Nobody can take his own rights away" in answer.text) == (400, True)
    user = get_user(site.store, "ada")
    assert (user.role, user.disabled) == ("admin", False)
    assert "/admin/users/ada/disable" not in ada.get("/admin/users/ada").text


def test_the_last_admin_who_can_sign_in_stays_also_for_who_asks_by_key(site, ada):
    site.add_user("ben", "admin")
    _, key = add_key(site.store, "ci", user="ben", role="admin", expires=0.0, **BY)
    sent = {"headers": {"Authorization": f"Bearer {key}"}}
    act(ada, "ben", "role", role="admin")
    invite(ada, name="cleo", role="admin")
    with site.store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET password = '' WHERE name = 'ben'")
    for action, data in (("disable", {}), ("role", {"role": "reader"})):
        answer = site.client.post(f"/admin/users/ada/{action}", data=data, **sent)
        assert (answer.status_code, "last admin who can sign in" in answer.text) == (400, True)
    assert get_user(site.store, "ada").role == "admin"


def test_a_link_for_another_password_is_shown_or_mailed(site, ada):
    invite(ada)
    with site.store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET password = 'x' WHERE name = 'bob'")
    shown = link_in(act(ada, "bob", "link").text)
    assert find_link(site.store, shown, now=site.clock()).kind == "reset"
    assert act(ada, "bob", "link", way="mail").headers["location"] == "/admin/users/bob?done=link"
    assert find_link(site.store, shown, now=site.clock()) is None  # a new one ends the former
    assert [recipient for recipient, _ in mails(site)] == ["bob@hub.example"]
    act(ada, "bob", "disable")
    assert act(ada, "bob", "link").status_code == 400


def test_sessions_of_somebody_are_seen_and_ended(site, ada):
    site.add_user("otto", "operator")
    proven = prove_user(site.store, "otto", WORDS, now=site.clock())
    open_session(site.store, proven, client="a <browser>", life_s=60, now=site.clock())
    assert "a &lt;browser&gt;" in ada.get("/admin/users/otto").text
    act(ada, "otto", "sign-out")
    assert "a &lt;browser&gt;" not in ada.get("/admin/users/otto").text


def test_keys_of_somebody_get_a_quota_and_are_revoked(site, ada):
    site.add_user("otto", "operator")
    key, text = add_key(site.store, "ci", user="otto", role="viewer", expires=0.0, **BY)
    assert act(ada, "otto", "quota", key=str(key.id), quota="120").status_code == 303
    assert list_keys(site.store, "otto")[0].quota == 120
    for quota in ("many", "0", "-1", "1000001"):
        assert act(ada, "otto", "quota", key=str(key.id), quota=quota).status_code == 400
    act(ada, "otto", "quota", key=str(key.id), quota="")
    assert list_keys(site.store, "otto")[0].quota is None
    assert act(ada, "ada", "revoke", key=str(key.id)).status_code == 400  # it is not hers
    assert find_key(site.store, text, site.clock())
    assert act(ada, "otto", "revoke", key=str(key.id)).status_code == 303
    assert find_key(site.store, text, site.clock()) is None
    assert act(ada, "otto", "quota", key=str(key.id), quota="5").status_code == 400
    done = [(entry.actor, entry.action) for entry in list_audit(site.store, object="key:otto:ci")]
    assert done[:3] == [("ada", "revoke"), ("ada", "quota"), ("ada", "quota")]


def test_what_is_no_action_is_not_found(site, ada):
    site.add_user("otto", "operator")
    assert act(ada, "otto", "promote").status_code == 404
    assert ada.post("/admin/users/nobody/disable").status_code == 404


def test_the_machine_of_a_hub_without_users_invites_its_first_admin(tmp_path):
    with opened_site(tmp_path) as site, site.browser() as local:
        sent = {"name": "ada", "mail": "", "role": "editor", "way": "show"}
        refused = local.post("/admin/users", page="/admin/users", **sent)
        assert (refused.status_code, "first user must be an admin" in refused.text) == (400, True)
        page = local.post("/admin/users", page="/admin/users", **sent | {"role": "admin"}).text
        token = link_in(page)
        assert local.get("/admin/users").status_code == 303
        local.post(f"/welcome/{token}", page=f"/welcome/{token}", new=OTHER, again=OTHER)
        assert local.get("/admin/users").status_code == 200


def test_who_did_what_is_shown_filtered_and_paged(site, ada):
    for number in range(120):
        actor = "ben" if number % 2 else "otto:ci"
        audit(
            site.store,
            actor=actor,
            action="pause",
            object=f"endpoint:e{number % 3}",
            details={"why": f"<b>{number}"},
            now=1.0,
        )
    page = ada.get("/admin/audit").text
    assert page.count("<tr>") == 101
    assert "&lt;b&gt;119" in page
    assert "<b>" not in page
    (older,) = re.findall(r'href="(/admin/audit\?before=\d+)"', page)
    rest = ada.get(older).text
    assert "&lt;b&gt;0</div>" in rest
    assert not set(re.findall(r"&lt;b&gt;\d+", page)) & set(re.findall(r"&lt;b&gt;\d+", rest))
    one = ada.get("/admin/audit", params={"actor": "otto:ci", "object": "endpoint:e1"}).text
    assert one.count("<tr>") == 1 + 20
    assert 'value="otto:ci"' in one
    assert "The newest first: nothing." in ada.get("/admin/audit?actor=nobody").text
    assert ada.get("/admin/audit?before=x%27").status_code == 200


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "path", ["/admin/users", "/admin/users/ada", "/admin/audit", "/admin/hub/template", "/account"]
)
def test_pages_are_complete_in_each_language(ada, path, language):
    answer = ada.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, f'<html lang="{language}">' in answer.text) == (200, True)
    assert answer.text.count("<h1>") == 1
