"""Mail that waits in the store is sent by a real mail server, put off where that refuses, and shown where it stays."""

import json
import time

import pytest
from sqlalchemy import text

from harvester.store import open_store
from harvester.store.mails import count_mails, list_mails, queue_mail
from tests.services.processes import free_port
from workers.mail.sending import Sender, hide_addresses, send_next
from workers.operator.facts.findings import diagnose
from workers.tasks import watch
from workers.tools import Tools

HUB = "hub@example.org"


def put(store, *recipients, subject="Hello", said="a text\n"):
    with store.begin() as connection:
        for recipient in recipients:
            queue_mail(connection, recipient=recipient, subject=subject, text=said, now=store.now() - 1)


def wait_until(holds):
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_waits_is_sent_and_gone(store, mailbox):
    put(
        store,
        "one@example.org",
        subject="Grüße\r\nBcc: all@example.org",
        said="Zwei Zeilen – mit Öl,\nund . allein:\n.\n",
    )
    put(store, "two@example.org")
    sender = Sender(store, mailbox.url, HUB)
    sender.start()
    wait_until(lambda: len(mailbox.mails) == 2)
    sender.close()
    assert count_mails(store, store.now()).waiting == 0
    people, mail = mailbox.mails[0]
    assert (people, mail["To"], mail["From"]) == (["one@example.org"], "one@example.org", HUB)
    assert (mail["Subject"], mail["Bcc"]) == ("Grüße Bcc: all@example.org", None)
    assert mail.get_content().replace("\r\n", "\n") == "Zwei Zeilen – mit Öl,\nund . allein:\n.\n"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_is_refused_keeps_no_other_waiting_and_no_address_is_told(store, mailbox, caplog):
    mailbox.unknown = "nobody@example.org"
    put(store, "nobody@example.org", "two@example.org")
    assert [send_next(store, mailbox.url, HUB) for _ in range(3)] == [True, True, False]
    (waiting,) = list_mails(store, limit=5)
    assert (waiting.tries, waiting.failed) == (1, 0)
    assert "550" in waiting.error
    assert "nobody@" not in waiting.error + caplog.text + str([vars(record) for record in caplog.records])


def test_while_the_server_is_away_but_one_mail_is_tried_a_turn(store):
    put(store, "one@example.org", "two@example.org", "three@example.org")
    sender = Sender(store, f"smtp://127.0.0.1:{free_port()}", HUB)
    sender.start()
    sender._thread.join(10)
    assert sorted(mail.tries for mail in list_mails(store, limit=5)) == [0, 0, 1]


def test_an_address_that_is_none_is_put_off_and_the_next_goes(store, mailbox):
    put(store, "a b@@example.org", "two@example.org")
    assert [send_next(store, mailbox.url, HUB) for _ in range(2)] == [True, True]
    assert [people for people, _ in mailbox.mails] == [["two@example.org"]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{'a.b@example.org': (550, b'<a.b@example.org>: no')}", "{'(address)': (550, b'<(address)>: no')}"),
        ("user@host", "(address)"),
        ("no address", "no address"),
    ],
)
def test_addresses_are_left_out_of_what_a_server_says(said, told):
    assert hide_addresses(said) == told


@pytest.fixture
def tools(data_dir):
    def opened(**environ):
        return Tools({"OAIHUB_DATA_DIR": str(data_dir), **environ})

    return opened


def findings_of(tools):
    return [one.text for one in diagnose(tools).findings if one.about == "mail"]


def test_without_a_server_mail_waits_and_the_operator_is_told(tools, mailbox, oaihub):
    first = tools(OAIHUB_CONTACT=HUB)
    put(first.store, "one@example.org")
    watch(first)
    assert count_mails(first.store, first.store.now()).waiting == 1
    assert findings_of(first) == ["1 mail waits, and nothing here sends mail: set OAIHUB_SMTP_URL and OAIHUB_CONTACT"]
    assert "1 waits" in oaihub("doctor", "--all")[1]
    first.close()
    ready = tools(OAIHUB_CONTACT=HUB, OAIHUB_SMTP_URL=mailbox.url)
    assert findings_of(ready) == []
    watch(ready)
    wait_until(lambda: len(mailbox.mails) == 1)
    ready.close()


def test_what_waits_long_or_was_given_up_is_told_and_tried_again(tools, oaihub, data_dir):
    ready = tools(OAIHUB_CONTACT=HUB, OAIHUB_SMTP_URL="smtp://127.0.0.1:1")
    put(ready.store, "one@example.org", "two@example.org")
    with ready.store.begin() as connection:
        connection.execute(text("UPDATE mails SET not_before = not_before - 1000 WHERE id = 1"))
        connection.execute(text("UPDATE mails SET failed = 5, tries = 8, error = 'refused' WHERE id = 2"))
    late, given_up = findings_of(ready)
    assert (late[:19], given_up) == ("mail waits for 16 m", "given up: 1 of the mails to people")
    ready.close()
    code, out, _ = oaihub("mails", "list")
    assert (code, "@" in out, "refused" in out, "1 wait, 1 were given up" in out) == (0, False, True, True)
    assert oaihub("mails", "retry")[1] == "2 are to be sent\n"
    listed = json.loads(oaihub("mails", "list", "--json")[1])
    assert (listed["waiting"], listed["failed"], [mail["tries"] for mail in listed["mails"]]) == (2, 0, [0, 0])
    assert json.loads(oaihub("mails", "drop", "--json")[1]) == {"dropped": 0}
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        assert count_mails(store, store.now()).waiting == 2
