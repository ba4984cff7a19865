"""Signing in and out by forms, as browsers do, and what a session is good for."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.store.accounts.sessions import list_sessions
from harvester.store.accounts.signing import Proven
from harvester.store.accounts.users import change_role, disable_user, set_password
from search_api.accounts import entering
from tests.search_api.accounts.conftest import OTHER, WORDS, opened_site
from tests.search_api.test_pages import Page

BY = {"actor": "command:tester", "now": 1_800_000_000.0}


def session_of(browser):
    return browser.cookies.get("oaihub_session")


def test_who_signs_in_is_led_back_and_named(browser, alice):
    led = browser.get("/watched")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fwatched")
    form = Page(browser.get(led.headers["location"]))
    assert dict(form.fields)["next"] == "/watched"
    entered = browser.sign_in(next="/watched")
    assert (entered.status_code, entered.headers["location"]) == (303, "/watched")
    assert browser.get("/watched").text == "alice"
    account = Page(browser.get("/account"))
    assert account.links["alice"] == "/account"
    assert "Your role is operator" in account.source
    assert browser.get("/sign-in").headers["location"] == "/account"


def test_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(browser, alice):
    sent = browser.sign_in().headers["set-cookie"]
    assert re.fullmatch(r"oaihub_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=lax", sent)


def test_the_cookie_of_a_hub_that_is_reached_by_https_goes_over_nothing_else(tmp_path):
    with opened_site(tmp_path, public_url="https://hub.example.org") as site:
        site.add_user("alice", "operator")
        answer = site.client.get("/sign-in")
        kept = answer.headers["set-cookie"]
        assert kept.startswith("__Host-oaihub_visit=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
        assert "Domain" not in kept
        token = dict(Page(answer).fields)["form_token"]
        visit = kept.partition(";")[0]
        sent = {"form_token": token, "name": "alice", "password": WORDS}
        own = {"Origin": "https://hub.example.org", "Cookie": visit}
        entered = site.client.post("/sign-in", data=sent, headers=own)
        assert entered.headers["set-cookie"].startswith("__Host-oaihub_session=")
        session = entered.headers["set-cookie"].partition(";")[0]
        assert site.client.get("/watched", headers={"Cookie": session}).text == "alice"
        plain = session.removeprefix("__Host-")
        assert site.client.get("/watched", headers={"Cookie": plain}).status_code == 401


@pytest.mark.parametrize("case", ["wrong", "unknown", "disabled", "locked"])
def test_all_that_is_wrong_looks_the_same(site, browser, alice, case):
    if case == "disabled":
        disable_user(site.store, "alice", **BY)
    name = "nobody" if case == "unknown" else "alice"
    if case == "locked":
        for number in range(5):
            with site.browser() as other:
                site.app.state.access.tries.forgive("127.0.0.1")
                other.sign_in(password=f"{OTHER} {number}")
        site.app.state.access.tries.forgive("127.0.0.1")
    answer = browser.sign_in(name, OTHER if case == "wrong" else WORDS)
    page = re.sub(r'(name="form_token" value=)"[^"]*"', r"\1", answer.text).replace(name, "NAME")
    assert answer.status_code == 403
    assert session_of(browser) is None
    assert ">Name and password do not go together, or too many wrong ones came before; " in page
    with site.browser() as other:
        same = other.sign_in("nobody else", WORDS)
    assert page == re.sub(r'(name="form_token" value=)"[^"]*"', r"\1", same.text).replace("nobody else", "NAME")


def test_an_address_with_five_wrong_passwords_has_to_wait(site, browser, alice):
    site.add_user("bob", "viewer")
    for number in range(5):
        assert browser.sign_in(f"somebody{number}", OTHER).status_code == 403
    waits = browser.sign_in("bob")
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "15")
    site.clock.now += 15
    assert browser.sign_in("bob").status_code == 303
    with site.browser() as other:  # the count begins anew
        assert other.sign_in("bob", OTHER).status_code == 403
        assert other.sign_in("bob").status_code == 303


def test_many_wrong_passwords_at_once_are_no_more_than_many_in_a_row(site, alice):
    with site.browser() as browser:
        token = browser.form_token("/sign-in")

        def guess(number):
            sent = {"form_token": token, "name": "alice", "password": f"{OTHER} {number}"}
            return browser.client.post("/sign-in", data=sent).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(16)))
    assert sorted(answers) == [403] * 5 + [429] * 11


def test_hashes_are_bounded_however_many_sign_in(site, alice, monkeypatch):
    running, most, lock = [0], [0], threading.Lock()

    def prove_user(store, name, password, *, now):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.05)
        with lock:
            running[0] -= 1
        return Proven(alice.id, "alice", "")

    monkeypatch.setattr(entering, "prove_user", prove_user)
    with site.browser() as browser:
        token = browser.form_token("/sign-in")
        sent = {"form_token": token, "name": "alice", "password": WORDS}
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: browser.client.post("/sign-in", data=sent), range(8)))
    assert most[0] == 2


@pytest.mark.parametrize(
    "path",
    [
        "//attacker.example/",
        "https://attacker.example/",
        "/\\attacker.example",
        "\\\\attacker.example",
        "/\t/attacker.example",
        "/\n/attacker.example",
        " //attacker.example",
        "javascript:alert(1)",
        "attacker.example",
        "",
    ],
)
def test_nobody_is_led_to_another_address(browser, alice, path):
    page = Page(browser.client.get("/sign-in", params={"next": path}))
    assert dict(page.fields)["next"] == "/account"
    assert browser.sign_in(next=path).headers["location"] == "/account"
    assert browser.client.get("/sign-in", params={"next": path}).headers["location"] == "/account"


@pytest.mark.parametrize("is_real", [False, True])
def test_signing_in_makes_a_session_that_nobody_knew_before(site, browser, alice, is_real):
    site.add_user("bob", "viewer")
    with site.browser() as attacker:
        attacker.sign_in("bob")
        planted = session_of(attacker) if is_real else "A" * 43
        token = browser.form_token("/sign-in")
        browser.cookies.set("oaihub_session", planted, domain="127.0.0.1", path="/")
        sent = {"form_token": token, "name": "alice", "password": WORDS}
        assert browser.client.post("/sign-in", data=sent).status_code == 303
        assert session_of(browser) not in {None, planted}
        assert browser.get("/watched").text == "alice"
        attacker.cookies.set("oaihub_session", planted, domain="127.0.0.1", path="/")
        assert attacker.get("/watched").status_code == 303  # neither alice's nor any more bob's


def test_a_form_of_another_session_or_page_changes_nothing(site, browser, alice):
    with site.browser() as attacker:
        site.add_user("bob", "operator")
        attacker.sign_in("bob")
        foreign = attacker.form_token()
    browser.sign_in()
    token = browser.form_token()
    for given in ("", "x", foreign, token[:-4] + "AAAA", "A" * 88, "é"):
        answer = browser.post("/operated", form_token=given, what="paused")
        assert answer.status_code == 403
        assert "nothing was done" in answer.text
    for said in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
    ):
        answer = browser.client.post("/operated", data={"form_token": token, "what": "paused"}, headers=said)
        assert (answer.status_code, "another address" in answer.text) == (403, True)
    assert browser.post("/operated", what="paused").text == "alice paused"
    by_header = {"X-Form-Token": token, "Origin": site.url}
    assert browser.client.post("/operated", data={"what": "paused"}, headers=by_header).text == "alice paused"


def test_signing_in_needs_a_form_of_this_browser(site, browser, alice):
    with site.browser() as attacker:
        token = attacker.form_token("/sign-in")
    sent = {"form_token": token, "name": "alice", "password": WORDS}
    assert browser.client.post("/sign-in", data=sent).status_code == 403  # no cookie
    browser.get("/sign-in")
    assert browser.client.post("/sign-in", data=sent).status_code == 403  # the cookie of another form
    assert browser.post("/sign-in", page="/sign-in", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert session_of(browser) is None


def test_two_tabs_work_side_by_side(browser, alice):
    first, second = browser.form_token("/sign-in"), browser.form_token("/sign-in")
    sent = {"name": "alice", "password": WORDS}
    assert browser.client.post("/sign-in", data=sent | {"form_token": first}).status_code == 303
    old = browser.form_token()
    assert browser.client.post("/operated", data={"form_token": old}).status_code == 200
    assert browser.client.post("/operated", data={"form_token": old}).status_code == 200  # no token is used up
    assert browser.client.post("/sign-in", data=sent | {"form_token": second}).status_code == 303
    answer = browser.client.post("/operated", data={"form_token": old})  # of the session before
    assert (answer.status_code, "reload" in answer.text) == (403, True)
    assert browser.post("/operated").status_code == 200


def test_the_same_token_never_looks_the_same(browser, alice):
    browser.sign_in()
    assert len({browser.form_token() for _ in range(5)}) == 5


def test_a_right_that_lacks_is_named(site, browser):
    site.add_user("vera", "viewer")
    browser.sign_in("vera")
    assert browser.get("/watched").text == "vera"
    answer = browser.client.get("/operated", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["type"], answer.json()["right"]) == (403, "/docs#forbidden", "operate")
    assert "vera may read, watch" in answer.json()["detail"]
    change_role(site.store, "vera", "operator", **BY)
    assert browser.get("/operated").text == "vera"  # at once
    change_role(site.store, "vera", "reader", **BY)
    assert browser.get("/watched").status_code == 403


@pytest.mark.parametrize("waits", [[7_201], [7_000] * 6 + [1_201]])
def test_a_session_is_over_after_two_idle_or_twelve_hours(site, browser, alice, waits):
    browser.sign_in()
    for wait_s in waits[:-1]:
        site.clock.now += wait_s
        assert browser.get("/watched").text == "alice"
    site.clock.now += waits[-1]
    assert browser.get("/watched").status_code == 303
    assert browser.client.post("/operated", data={}).status_code == 401


def test_signing_out_ends_the_session_for_good(browser, alice):
    browser.sign_in()
    token = session_of(browser)
    out = browser.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert session_of(browser) is None
    browser.cookies.set("oaihub_session", token, domain="127.0.0.1", path="/")
    assert browser.get("/watched").status_code == 303


def test_a_user_who_is_disabled_is_out_at_once(site, browser, alice):
    browser.sign_in()
    disable_user(site.store, "alice", **BY)
    assert browser.get("/watched").status_code == 303


def test_another_password_ends_all_other_sessions(site, browser, alice):
    browser.sign_in()
    before = session_of(browser)
    with site.browser() as other:
        other.sign_in()
        changed = browser.post("/account/password", current=WORDS, new=OTHER, again=OTHER)
        assert (changed.status_code, changed.headers["location"]) == (303, "/account")
        assert other.get("/watched").status_code == 303
    assert session_of(browser) != before
    assert browser.get("/watched").text == "alice"
    with site.browser() as other:
        assert other.sign_in(password=WORDS).status_code == 403
        assert other.sign_in(password=OTHER).status_code == 303


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"current": OTHER, "new": OTHER, "again": OTHER}, "not the password you have now"),
        ({"current": WORDS, "new": OTHER, "again": WORDS}, "not the same both times"),
        ({"current": WORDS, "new": "short", "again": "short"}, "A password has 12 to 1,000 characters"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(browser, alice, sent, said):
    browser.sign_in()
    token = session_of(browser)
    assert said in browser.post("/account/password", **sent).text
    assert session_of(browser) == token
    assert browser.get("/watched").text == "alice"


def test_sessions_are_listed_and_ended(site, browser, alice):
    with site.browser(**{"User-Agent": "a <telephone>"}) as other, site.browser() as third:
        for one in (browser, other, third):
            one.sign_in()
            site.clock.now += 1
        page = browser.get("/account").text
        assert "a &lt;telephone&gt;" in page
        digest = next(
            session.digest.hex()
            for session in list_sessions(site.store, alice.id, idle_s=7_200, now=site.clock())
            if session.client == "a <telephone>"
        )
        assert digest in page
        browser.post("/account/sessions", session=digest)
        assert (other.get("/watched").status_code, third.get("/watched").status_code) == (303, 200)
        browser.post("/account/sessions", session="others")
        assert (browser.get("/watched").status_code, third.get("/watched").status_code) == (200, 303)


def test_nobody_ends_the_session_of_another_by_its_name(site, browser, alice):
    site.add_user("bob", "admin")
    with site.browser() as other:
        other.sign_in("bob")
        (session,) = list_sessions(site.store, alice.id + 1, idle_s=7_200, now=site.clock())
        browser.sign_in()
        browser.post("/account/sessions", session=session.digest.hex())
        assert other.get("/watched").text == "bob"


def test_pages_for_users_are_kept_by_nobody_and_public_ones_are_the_same_for_all(site, browser, alice):
    anonymous = site.client.get("/items")
    for path in ("/sign-in", "/account"):
        assert browser.get(path).headers["cache-control"] == "no-store"
    browser.sign_in()
    assert browser.get("/account").headers["cache-control"] == "no-store"
    for path in ("/", "/items", "/docs"):
        mine, others = browser.get(path), site.client.get(path)
        assert mine.text == others.text
        assert mine.headers["etag"] == others.headers["etag"]
        assert mine.headers["vary"] == others.headers["vary"]  # by the cookie of the language alone
    assert anonymous.headers["cache-control"] == "no-cache"


def test_public_pages_show_the_way_in_once_there_is_a_user(tmp_path):
    with opened_site(tmp_path) as site:
        assert "Account" not in Page(site.client.get("/items")).links
        assert "users add NAME --role admin" in site.client.get("/sign-in").text
        site.add_user("alice", "admin")
    with opened_site(tmp_path) as site:
        assert Page(site.client.get("/items")).links["Account"] == "/account"


def test_a_password_set_at_the_command_line_ends_sessions(site, browser, alice):
    browser.sign_in()
    set_password(site.store, "alice", OTHER, **BY)
    assert browser.get("/watched").status_code == 303
