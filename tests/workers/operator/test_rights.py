"""Every address of the operator, those that come later too: who may, who may not, and what no request brings down."""

import re

import pytest
from starlette.routing import Route

from harvester.store.accounts.roles import ROLES
from harvester.store.operating.audit import list_audit
from tests.search_api.accounts.conftest import Browser
from tests.workers.operator.breaking import make_all
from tests.workers.operator.conftest import WORDS

PREFIXES = ("/operator", "/api/v1/operator", "/metrics")
NUL = "\0"
ASKED = {"key": "fine", "run": "1", "plan": "1", "action": "pause"}
ODD = ("", "0", "x", "9223372036854775808", "9" * 40, "-1", "é", "%00", "..%2f..", "a" * 2_000, "<b>", "'", "%ff")


def filled(path):
    return re.sub(r"{(\w+)}", lambda name: ASKED[name[1]], path)


def places(hub):
    """Give method and path of each of the operator's addresses, as the application has them."""
    found = [
        (method, filled(route.path))
        for route in hub.app.routes
        if isinstance(route, Route) and route.path.startswith(PREFIXES)
        for method in sorted(route.methods - {"HEAD"})
    ]
    assert {method for method, _ in found} == {"GET", "POST"}
    assert len(found) > 40
    return found


@pytest.fixture
def browsers(hub):
    """Give a browser in which a user of a role has signed in."""
    opened = []

    def signed_in(role):
        hub.add_user(f"a-{role}", role)
        browser = hub.browser()
        opened.append(browser.client)
        assert browser.sign_in(f"a-{role}", WORDS).status_code == 303
        return browser

    yield signed_in
    for client in opened:
        client.close()


def changes(hub):
    return [one for one in list_audit(hub.store) if one.action not in {"sign-in", "add"}]


def test_nobody_comes_in_without_having_signed_in(hub):
    hub.add_user("alice", "operator")
    for method, path in places(hub):
        answer = hub.client.request(method, path, headers={"Host": "hub.example.org"})
        assert answer.status_code == 401, path
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
    assert changes(hub) == []


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_comes_where_its_rights_lead(hub, browsers, role):
    make_all(hub.tools)
    before = changes(hub)
    browser = browsers(role)
    token = browser.form_token()
    needed = {}
    for method, path in places(hub):
        sent = {"form_token": token} if method == "POST" else None
        answer = browser.client.request(
            method, path, data=sent, headers={"Accept": "application/json", "Host": "hub.example.org"}
        )
        if answer.status_code == 403:
            needed[method, path] = answer.json()["right"]
        else:
            assert answer.status_code in {200, 400, 404, 409}, path
    watching = {place for place in places(hub) if place[0] == "GET" and not place[1].endswith(("/stop", "/change"))}
    rights = ROLES[role]
    wanted = dict.fromkeys(watching, "watch") | dict.fromkeys(set(places(hub)) - watching, "operate")
    assert needed == {place: right for place, right in wanted.items() if right not in rights}
    if "operate" not in rights:
        assert changes(hub) == before


def test_no_change_without_the_form_of_the_session_and_a_page_of_ours(hub, browsers):
    browser, other = browsers("operator"), browsers("admin")
    token, foreign = browser.form_token(), other.form_token()
    for method, path in places(hub):
        if method != "POST":
            continue
        for said, given in (
            ({}, ""),
            ({}, foreign),
            ({"Sec-Fetch-Site": "cross-site"}, token),
            ({"Sec-Fetch-Site": "same-site"}, token),
            ({"Origin": "https://attacker.example"}, token),
            ({"Origin": "null"}, token),
            ({"Origin": "http://[::1"}, token),
        ):
            answer = browser.client.post(path, json={"scope": "everything"}, headers={"X-Form-Token": given} | said)
            assert (answer.status_code, "nothing was done" in answer.text) == (403, True), (path, said)
    assert changes(hub) == []


def test_other_methods_do_nothing(hub, browsers):
    browser = browsers("admin")
    for method, path in places(hub):
        for other in {"PUT", "DELETE", "PATCH", "POST"} - {method}:
            assert browser.client.request(other, path).status_code in {404, 405}, (other, path)
    assert changes(hub) == []


def test_whatever_a_path_or_question_says_is_answered(hub):
    make_all(hub.tools)
    names = ("path", "label", "still", "failing", "before", "cause", "endpoint", "kind", "name")
    routes = [one.path for one in hub.app.routes if isinstance(one, Route) and one.path.startswith(PREFIXES[:2])]
    for odd in ODD:
        query = "&".join(f"{name}={odd}" for name in names)
        asked_for = {re.sub(r"{\w+}", odd, path) for path in routes if "{" in path}
        for asked in (*asked_for, *(f"{filled(path)}?{query}" for path in routes)):
            answer = hub.client.get(asked, headers={"Accept": "text/html"})
            assert answer.status_code in {200, 400, 404, 405}, (asked, answer.text)


BODIES = (
    b'{"run": 99999999999999999999, "cause": "x"}',
    b'{"run": 9223372036854775807, "cause": "x"}',
    b'{"run": 9223372036854775807}',
    b'{"plan": 9223372036854775807}',
    b'{"plan": 9223372036854775808}',
    b'{"scope": "endpoint", "name": "a\\u0000b"}',
    b'{"scope": "everything", "reason": "\\u0000"}',
    b'{"scope": "everything", "reason": "' + b"a" * 501 + b'"}',
    b'{"endpoint": "\\u0000"}',
    b'{"kind": "page", "key": "\\u0000"}',
    b'{"endpoint": "fine", "rule": "* * * * *", "jitter": "99999999999999999999d"}',
    b'{"endpoint": "fine", "rule": "* * * * *", "zone": "../../etc/passwd"}',
    b'{"run": ' + b"[" * 50_000,
    b"\xff",
    b"[]",
    b"null",
)


def test_whatever_a_body_says_is_answered(hub, browsers):
    make_all(hub.tools)
    browser = browsers("operator")
    before = changes(hub)
    headers = {"X-Form-Token": browser.form_token(), "Content-Type": "application/json"}
    for method, path in places(hub):
        for body in BODIES if method == "POST" and path.startswith("/api") else ():
            answer = browser.client.post(path, content=body, headers=headers)
            assert answer.status_code in {400, 404, 409}, (path, body[:80], answer.text)
    assert changes(hub) == before


def test_a_form_with_a_character_that_databases_refuse_is_answered(hub, browsers):
    operator = browsers("operator")
    with hub.browser().client as client:
        assert Browser(client).sign_in(f"a-oper{NUL}ator", f"{WORDS}{NUL}").status_code == 403
    answer = operator.post("/operator/do/pause", scope="everything", reason=f"a{NUL}b")
    assert answer.status_code == 303
    assert [one.details["reason"] for one in changes(hub)] == ["a\ufffdb"]
