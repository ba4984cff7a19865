"""Each alert is told once when it begins and once when it is over, by real mail and web servers."""

import hashlib
import hmac
import json
import socket
import time

import pytest
from msgspec import structs

from harvester.endpoint import Endpoint
from harvester.http import PrivateAddressError
from harvester.store.endpoints import put_endpoint
from harvester.store.operating.alerts import MOST_TRIES, Wrong, claim_alerts, list_alerts, note_told, settle_alerts
from tests.workers.alerting.conftest import ways
from workers.alerting.telling import LEASE_S, Teller, send_call, tell_waiting
from workers.mail.smtp import MailError, send_mail

FAILED = Wrong("failed", "one", "run 7 of one is failed: no answer")
BREAKER = Wrong("breaker", "index", "stage index is left alone")
PEOPLE = ("a@example.org", "b@example.org")


def test_told_once_and_once_when_it_is_over(store, mailbox, hook):
    both = ways(smtp_url=mailbox.url, mail_to=PEOPLE, webhook=hook.url)
    for _ in range(3):
        settle_alerts(store, [FAILED], (), time.time())
        tell_waiting(store, both)
    assert [people for people, _ in mailbox.mails] == [list(PEOPLE)]
    (mail,) = [mail for _, mail in mailbox.mails]
    assert (mail["From"], mail["Subject"]) == ("hub@example.org", "oaihub: failed one (1 new)")
    assert FAILED.text in mail.get_content()
    for _ in range(3):
        settle_alerts(store, [], (), time.time())
        tell_waiting(store, both)
    assert [mail["Subject"] for _, mail in mailbox.mails][1:] == ["oaihub: failed one (1 over)"]
    states = [[alert["state"] for alert in json.loads(body)["alerts"]] for _, body in hook.calls]
    assert states == [["begins"], ["over"]]
    assert list_alerts(store) == []


def test_many_alerts_are_one_mail_and_one_call(store, mailbox, hook):
    many = [Wrong("failed", f"e{number}", f"e{number} failed") for number in range(50)]
    settle_alerts(store, many, (), time.time())
    assert tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE, webhook=hook.url)) == 50
    assert (len(mailbox.mails), len(hook.calls)) == (1, 1)
    assert mailbox.mails[0][1].get_content().count("failed") == 50


def test_what_ends_before_it_was_told_is_told_to_nobody(store, mailbox):
    settle_alerts(store, [FAILED], (), time.time())
    settle_alerts(store, [], (), time.time())
    assert tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE)) == 0
    assert mailbox.mails == []


def test_what_is_unknown_stays_as_it_is(store, mailbox):
    settle_alerts(store, [FAILED], (), time.time())
    tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE))
    settle_alerts(store, [], [("failed", "one")], time.time())
    assert [alert.is_over for alert in list_alerts(store)] == [False]


def test_an_endpoint_with_a_list_of_its_own(store, mailbox):
    put_endpoint(store, Endpoint(key="one", base_url="http://127.0.0.1:1/oai", alert_mail="own@example.org"))
    settle_alerts(store, [FAILED, BREAKER], (), time.time())
    tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE))
    told = {tuple(people): mail["Subject"] for people, mail in mailbox.mails}
    assert told == {
        ("own@example.org",): "oaihub: failed one (1 new)",
        PEOPLE: "oaihub: breaker index (1 new)",
    }


def test_a_refused_mail_waits_longer_each_time_and_is_given_up(store, mailbox, hook, monkeypatch):
    mailbox.refuses = True
    both = ways(smtp_url=mailbox.url, mail_to=PEOPLE, webhook=hook.url)
    now = start = time.time()
    monkeypatch.setattr(store, "now", lambda: now)
    settle_alerts(store, [FAILED], (), now)
    waits = []
    for _ in range(MOST_TRIES):
        assert tell_waiting(store, both) == 0
        assert tell_waiting(store, both) == 0  # not before its time
        (alert,) = list_alerts(store)
        waits.append(alert.not_before - now)
        now = alert.not_before
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert "451" in alert.error
    assert alert.since == start
    now += 86_400
    tell_waiting(store, both)
    assert mailbox.tried == MOST_TRIES
    assert len(hook.calls) == 1  # who was told is not told again because another could not be


def test_what_comes_back_while_its_end_is_told_is_told_again(store, mailbox):
    mail = ways(smtp_url=mailbox.url, mail_to=PEOPLE)
    settle_alerts(store, [FAILED], (), time.time())
    tell_waiting(store, mail)
    settle_alerts(store, [], (), time.time())
    (over,) = claim_alerts(store, now=time.time(), lease_s=LEASE_S, limit=10)
    settle_alerts(store, [structs.replace(FAILED, text="run 9 of one is failed")], (), time.time())
    note_told(store, [over], time.time())
    assert tell_waiting(store, mail) == 1
    assert ["run 9" in mail.get_content() for _, mail in mailbox.mails] == [False, True]
    assert [alert.is_over for alert in list_alerts(store)] == [False]


def test_what_ends_while_its_begin_is_told_is_told_as_over(store, mailbox):
    settle_alerts(store, [FAILED], (), time.time())
    (begun,) = claim_alerts(store, now=time.time(), lease_s=LEASE_S, limit=10)
    settle_alerts(store, [], (), time.time())
    note_told(store, [begun], time.time())
    assert tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE)) == 1
    assert [mail["Subject"] for _, mail in mailbox.mails] == ["oaihub: failed one (1 over)"]
    assert list_alerts(store) == []


def test_who_alone_was_told_of_its_begin_is_told_of_its_end(store, mailbox, hook):
    mailbox.refuses = True
    both = ways(smtp_url=mailbox.url, mail_to=PEOPLE, webhook=hook.url)
    settle_alerts(store, [FAILED], (), time.time())
    tell_waiting(store, both)
    settle_alerts(store, [], (), time.time())
    tell_waiting(store, both)
    assert [json.loads(body)["alerts"][0]["state"] for _, body in hook.calls] == ["begins", "over"]


def test_it_goes_on_when_the_server_is_back(store, mailbox, monkeypatch):
    mailbox.refuses = True
    mail = ways(smtp_url=mailbox.url, mail_to=PEOPLE)
    settle_alerts(store, [FAILED], (), time.time())
    tell_waiting(store, mail)
    mailbox.refuses = False
    monkeypatch.setattr(store, "now", lambda: time.time() + 61)
    assert tell_waiting(store, mail) == 1
    assert len(mailbox.mails) == 1


def test_a_teller_that_was_killed_leaves_its_alerts_to_another(store, mailbox, monkeypatch):
    settle_alerts(store, [FAILED], (), time.time())
    assert len(claim_alerts(store, now=time.time(), lease_s=LEASE_S, limit=10)) == 1
    mail = ways(smtp_url=mailbox.url, mail_to=PEOPLE)
    assert tell_waiting(store, mail) == 0
    monkeypatch.setattr(store, "now", lambda: time.time() + LEASE_S + 1)
    assert tell_waiting(store, mail) == 1


def test_a_server_that_never_answers_blocks_nobody(store):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settle_alerts(store, [FAILED], (), time.time())
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        teller = Teller(store, ways(smtp_url=url, mail_to=PEOPLE))
        before = time.monotonic()
        teller.start()
        first = teller._thread
        teller.start()
        assert time.monotonic() - before < 1
        assert teller._thread is first
    first.join(15)


def test_webhook_is_signed(store, hook):
    secret = "a secret of the webhook"
    settle_alerts(store, [BREAKER], (), time.time())
    tell_waiting(store, ways(webhook=hook.url, secret=secret))
    ((headers, body),) = hook.calls
    at, proof = (part.partition("=")[2] for part in headers["X-Oaihub-Signature"].split(","))
    assert proof == hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert abs(int(at) - time.time()) < 60
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["alerts"][0] | {"since": 0} == {
        "kind": "breaker",
        "object": "index",
        "state": "begins",
        "since": 0,
        "text": BREAKER.text,
    }


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_success_is_none(store, hook, status):
    hook.status = status
    settle_alerts(store, [BREAKER], (), time.time())
    assert tell_waiting(store, ways(webhook=hook.url)) == 0
    assert [len(hook.calls), str(status) in list_alerts(store)[0].error] == [1, True]


def test_webhook_at_a_private_address_is_refused(hook):
    with pytest.raises(PrivateAddressError):
        send_call(ways(webhook=hook.url, allow_private=False), [])
    assert hook.calls == []


def test_a_person_whom_the_server_does_not_know_keeps_nobody_else_from_being_told(store, mailbox, caplog):
    mailbox.unknown = "b@example.org"
    settle_alerts(store, [FAILED], (), time.time())
    assert tell_waiting(store, ways(smtp_url=mailbox.url, mail_to=PEOPLE)) == 1
    assert [people for people, _ in mailbox.mails] == [["a@example.org"]]
    assert [record.people for record in caplog.records] == [1]


def test_a_password_is_not_sent_without_tls(mailbox):
    url = mailbox.url.replace("smtp://", "smtp://user:secret@")
    with pytest.raises(MailError, match="no TLS"):
        send_mail(url, sender="a@example.org", to=["b@example.org"], subject="x", text="x")
