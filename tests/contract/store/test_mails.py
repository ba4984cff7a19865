"""Mail waits until it is sent, one sender at a time, and is given up after eight tries."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.store.mails import (
    KEPT_S,
    LONGEST_WAIT_S,
    MOST_TRIES,
    MailCounts,
    claim_mail,
    count_mails,
    drop_mails,
    forget_mails,
    list_mails,
    note_sent,
    note_unsent,
    queue_mail,
    retry_mails,
)
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import NOW


def put(store, *recipients, **asked):
    with store.begin() as connection:
        for recipient in recipients:
            queue_mail(connection, recipient=recipient, subject="Hello", text="a text", now=NOW, **asked)


def take(store, at=0.0, lease_s=60.0):
    return claim_mail(store, lease_s=lease_s, now=NOW + at)


def test_mail_comes_with_what_it_tells_of_or_not_at_all(store):
    def fail():
        with store.begin() as connection:
            queue_mail(connection, recipient="a@example.org", subject="Hello", text="", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert take(store) is None


def test_each_mail_is_taken_once_and_gone_when_it_was_sent(store):
    put(store, *(f"{number}@example.org" for number in range(20)))
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take(store), range(30)))
    found = [mail.recipient for mail in taken if mail is not None]
    assert sorted(found) == sorted(f"{number}@example.org" for number in range(20))
    assert all(note_sent(store, mail) for mail in taken if mail is not None)
    assert count_mails(store, NOW) == MailCounts(0, None, 0)


def test_what_a_dead_sender_held_is_taken_by_another_and_his_word_counts_no_more(store):
    put(store, "a@example.org")
    first = take(store)
    assert take(store, 59) is None
    second = take(store, 61)
    assert (second.id, second.tries, second.fence == first.fence) == (first.id, 2, False)
    assert (note_sent(store, first), note_unsent(store, first, "late", NOW)) == (False, False)
    assert count_mails(store, NOW).waiting == 1
    assert note_sent(store, second)


def test_what_fails_waits_longer_each_time_and_is_given_up(store):
    put(store, "a@example.org")
    at, waits = 0.0, []
    for _ in range(MOST_TRIES - 1):
        assert note_unsent(store, take(store, at), "no such user", NOW + at)
        (queued,) = list_mails(store, limit=5)
        waits.append(queued.not_before - NOW - at)
        assert (take(store, at + waits[-1] - 1), queued.error) == (None, "no such user")
        at += waits[-1]
    assert waits == [60, 240, 960, 3_840, 15_360, LONGEST_WAIT_S, LONGEST_WAIT_S]
    note_unsent(store, take(store, at), "no such user", NOW + at)
    assert count_mails(store, NOW + at) == MailCounts(0, None, 1)
    assert take(store, at + 1e6) is None
    assert forget_mails(store, NOW + at + KEPT_S - 1) == 0
    assert retry_mails(store, actor="op", now=NOW + at) == 1
    assert (take(store, at).tries, count_mails(store, NOW).failed) == (1, 0)


def test_a_mail_that_kills_its_sender_each_time_is_given_up_too(store):
    put(store, "a@example.org")
    for number in range(MOST_TRIES):
        assert take(store, number * 61).tries == number + 1
    assert take(store, MOST_TRIES * 61) is None
    (queued,) = list_mails(store, limit=5)
    assert queued.failed > 0
    assert forget_mails(store, queued.failed + KEPT_S + 1) == 1
    assert list_mails(store, limit=5) == []


def test_what_waits_is_counted_from_when_it_could_go(store):
    put(store, "a@example.org", not_before=NOW + 300)
    assert count_mails(store, NOW) == MailCounts(1, None, 0)
    assert (take(store, 299), count_mails(store, NOW + 301)) == (None, MailCounts(1, NOW + 300, 0))
    for _ in range(MOST_TRIES):
        note_unsent(store, take(store, 1e6 + _ * 1e5), "x", NOW + 1e6 + _ * 1e5)
    assert [drop_mails(store, actor="op", now=NOW) for _ in range(2)] == [1, 0]
    assert list_mails(store, limit=5) == []
    assert [(one.actor, one.action, one.details["mails"]) for one in list_audit(store)][-1] == ("op", "drop mails", 1)
