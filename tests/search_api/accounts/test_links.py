"""Links to set a password: asked for without a hint of who is here, used once, and their token nowhere else."""

import logging
import re
import time

import pytest

from harvester.store.accounts.invitations import find_link, invite_user, renew_link
from harvester.store.accounts.signing import prove_user
from harvester.store.accounts.users import disable_user
from tests.search_api.accounts.conftest import OTHER, WORDS, opened_site

URL = "https://hub.example.org"
BY = {"actor": "command:tester", "now": 1_800_000_000.0}


@pytest.fixture
def site(tmp_path):
    with opened_site(tmp_path, public_url="http://127.0.0.1") as site:
        yield site


@pytest.fixture
def link(site):
    return invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)[1]


def mails(site):
    """Give what was mailed, once what goes on after an answer is done."""
    with site.store.connect() as connection:
        return connection.exec_driver_sql("SELECT recipient, subject, text FROM mails ORDER BY id").all()


def mailed(site, count=1):
    deadline = time.monotonic() + 10
    while len(mails(site)) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(mails(site)) == count
    return mails(site)[-1]


def forgot(browser, who):
    return browser.post("/forgot", page="/forgot", who=who)


def set_password(browser, token, new=WORDS, again=WORDS):
    return browser.post(f"/welcome/{token}", page=f"/welcome/{token}", new=new, again=again)


def test_an_invited_person_sets_a_password_and_is_signed_in(site, browser, link):
    page = browser.get(f"/welcome/{link.token}")
    assert page.status_code == 200
    assert "Welcome to Test &lt;hub&gt;: your name here is <strong>bob</strong>." in page.text
    assert browser.get(f"/welcome/{link.token}").status_code == 200  # looking at it uses nothing up
    entered = set_password(browser, link.token)
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")
    assert "Your role is editor" in browser.get("/account").text
    assert prove_user(site.store, "bob", WORDS, now=site.clock())
    again = browser.get(f"/welcome/{link.token}")
    assert (again.status_code, "This link cannot be used" in again.text) == (404, True)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ((WORDS, OTHER), "not the same both times"),
        (("short", "short"), "12 to 1,000"),
        (("bob@hub.example", "bob@hub.example"), "guessed first"),
    ],
)
def test_a_password_that_cannot_be_one_is_asked_for_again(site, browser, link, sent, said):
    answer = set_password(browser, link.token, *sent)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert find_link(site.store, link.token, now=site.clock())


@pytest.mark.parametrize("how", ["expired", "renewed", "disabled", "wrong", "long"])
def test_a_link_that_is_over_opens_nothing_and_says_not_why(site, browser, link, how):
    token = link.token
    browser.get(f"/welcome/{token}")
    form_token = browser.form_token("/sign-in")
    if how == "expired":
        site.clock.now += 7 * 86_400
    if how == "renewed":
        renew_link(site.store, "bob", **BY)
    if how == "disabled":
        disable_user(site.store, "bob", **BY)
    token = {"wrong": f"{token[:-1]}x", "long": token * 50}.get(how, token)
    answers = [
        browser.get(f"/welcome/{token}"),
        browser.client.post(f"/welcome/{token}", data={"form_token": form_token, "new": WORDS, "again": WORDS}),
    ]
    for answer in answers:
        assert (answer.status_code, "It was used already, has ended, or there is a newer one" in answer.text) == (
            404,
            True,
        )
    assert prove_user(site.store, "bob", WORDS, now=site.clock()) is None


def test_a_link_is_used_by_a_form_of_the_hub_only(site, browser, link):
    sent = {"new": WORDS, "again": WORDS}
    assert browser.client.post(f"/welcome/{link.token}", data=sent).status_code == 403
    token = browser.form_token(f"/welcome/{link.token}")
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    refused = browser.client.post(f"/welcome/{link.token}", data=sent | {"form_token": token}, headers=foreign)
    assert refused.status_code == 403
    assert refused.headers["referrer-policy"] == "no-referrer"
    assert find_link(site.store, link.token, now=site.clock())


def test_the_token_is_in_no_header_log_or_other_address(site, browser, link, caplog):
    caplog.set_level(logging.DEBUG)
    page = browser.get(f"/welcome/{link.token}")
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert link.token not in page.text
    entered = set_password(browser, link.token)
    over = browser.get(f"/welcome/{link.token}")
    assert entered.headers["referrer-policy"] == over.headers["referrer-policy"] == "no-referrer"
    assert link.token not in "".join(
        f"{answer.headers}{answer.text}" for answer in (entered, over, browser.get("/account"))
    )
    # Those of the client are not ours; that of uvicorn's requests is off, and pytest alone puts its handler there.
    foreign = ("httpx", "httpcore", "uvicorn.access")
    records = [record for record in caplog.records if not record.name.startswith(foreign)]
    assert link.token not in "".join(record.getMessage() + str(record.__dict__) for record in records)
    assert logging.getLogger("uvicorn.access").propagate is False
    with site.store.connect() as connection:
        assert link.token not in str(connection.exec_driver_sql("SELECT * FROM audit").all())


def test_who_forgot_is_mailed_a_link_and_everybody_gets_the_same_answer(site, browser):
    site.add_user("eve", "reader")  # without a mail address
    invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)
    site.clock.now += 3_600
    answers = [forgot(browser, who) for who in ("nobody", "bob@hub.example", "eve", "")]
    strip = lambda answer: re.sub(r'value="[^"]*"', "", answer.text)  # noqa: E731 - the tokens of forms
    assert {(answer.status_code, strip(answer)) for answer in answers} == {(200, strip(answers[0]))}
    assert len({frozenset(answer.headers) for answer in answers}) == 1
    recipient, subject, text = mailed(site)
    assert (recipient, subject) == ("bob@hub.example", "Your account at Test <hub>")
    (token,) = re.findall(r"^http://127\.0\.0\.1/welcome/([\w-]{43})$", text, re.MULTILINE)
    assert set_password(browser, token).status_code == 303


def test_the_answer_waits_for_nothing_that_depends_on_who_is_here(site, browser):
    """While another has the only writer of the store, a known name would wait for it, were it looked at before."""
    invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)
    site.clock.now += 3_600
    token = browser.form_token("/forgot")
    with site.store.begin():
        for who in ("bob", "nobody"):
            answer = browser.client.post("/forgot", data={"form_token": token, "who": who}, timeout=5)
            assert answer.status_code == 200
        assert mails(site) == []
    mailed(site)


def test_who_asks_too_often_is_told_to_wait(site, browser):
    statuses = [forgot(browser, f"nobody{number}").status_code for number in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    site.clock.now += 16
    assert forgot(browser, "nobody").status_code == 200


def test_the_link_leads_to_the_address_that_was_set_never_to_that_of_the_request(site, browser):
    invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)
    site.clock.now += 3_600
    token = browser.form_token("/forgot")
    browser.client.post("/forgot", data={"form_token": token, "who": "bob"}, headers={"Host": "evil.example"})
    assert "evil.example" not in mailed(site)[2]


def test_a_hub_that_knows_no_address_of_its_own_mails_no_link(tmp_path):
    with opened_site(tmp_path) as site, site.browser() as browser:
        invite_user(site.store, "bob", role="editor", mail="bob@hub.example", **BY)
        site.clock.now += 3_600
        assert "ask who runs it" in browser.get("/forgot").text
        browser.client.post("/forgot", data={"form_token": browser.form_token("/sign-in"), "who": "bob"})
        time.sleep(0.2)
        assert mails(site) == []


def test_a_form_for_a_link_needs_its_token(site, browser):
    assert browser.client.post("/forgot", data={"who": "bob"}).status_code == 403
    assert '<a href="/forgot">' in browser.get("/sign-in").text or site.client.get("/sign-in").status_code == 200
