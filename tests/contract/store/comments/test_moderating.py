"""Moderators decide, each decision is in the audit and in the comment's history, and people are told of it."""

import pytest

from harvester.store.accounts.users import disable_user
from harvester.store.comments.forgetting import forget_clients
from harvester.store.comments.listing import list_comments
from harvester.store.comments.moderating import Counts, count_cases, get_case, list_cases, list_events
from harvester.store.comments.subscribing import (
    confirm_subscription,
    end_subscription,
    get_subscription,
    subscribe,
)
from harvester.store.comments.writing import edit_comment
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import NOW
from tests.contract.store.comments.conftest import LETTERS, visitor

DAY = 86_400.0


def state_of(desk, number):
    return get_case(desk.store, number).comment.state


def ask(desk, mail, *, item=None, **asked):
    subscribe(desk.store, item or desk.item(), mail, letters=LETTERS, now=NOW, **asked)


# Expected: the ways of a comment, as the issue has them; what is not listed stays as it is.
WAYS = {
    ("waiting", "approve"): "approved",
    ("waiting", "spam"): "spam",
    ("waiting", "delete"): "deleted",
    ("approved", "spam"): "spam",
    ("approved", "delete"): "deleted",
    ("spam", "approve"): "approved",
    ("spam", "delete"): "deleted",
}


@pytest.mark.parametrize("decision", ["approve", "spam", "delete", "restore"])
@pytest.mark.parametrize("state", ["waiting", "approved", "spam"])
def test_each_state_has_its_ways_and_a_restore_leads_back(desk, state, decision):
    written = desk.write(state="waiting")
    if state != "waiting":
        desk.decide({"approved": "approve", "spam": "spam"}[state], written.id)
    decided = desk.decide(decision, written.id)
    expected = WAYS.get((state, decision))
    assert (state_of(desk, written.id), bool(decided.done), bool(decided.left)) == (
        *(expected or state, expected is not None, expected is None),
    )
    if expected == "deleted":
        assert desk.decide("delete", written.id).left == {written.id: f"comment {written.id} is deleted"}
        desk.decide("restore", written.id)
        assert state_of(desk, written.id) == state


def test_a_decision_is_in_the_history_and_in_the_audit(desk):
    written = desk.write("First")
    desk.decide("spam", written.id, note="an advertisement")
    desk.decide("approve", written.id, actor="ann")
    told = [(one.actor, one.action, one.state, one.note) for one in list_events(desk.store, written.id)]
    assert told[1:] == [("mo", "spam", "waiting", "an advertisement"), ("ann", "approve", "spam", "")]
    entries = list_audit(desk.store, object=f"comment:{written.id}")
    assert [(one.actor, one.action, one.details["from"], one.details["to"]) for one in entries] == [
        ("ann", "approve comment", "spam", "approved"),
        ("mo", "spam comment", "waiting", "spam"),
    ]
    assert entries[1].details["note"] == "an advertisement"
    assert entries[1].details["item"] == desk.item()


def test_several_at_once_and_those_that_do_not_fit_stay(desk):
    numbers = [desk.write(str(number)).id for number in range(4)]
    desk.decide("delete", numbers[0])
    decided = desk.decide("approve", *numbers, 999)
    assert [case.comment.id for case in decided.done] == numbers[1:]
    assert set(decided.left) == {numbers[0], 999}
    assert count_cases(desk.store) == Counts(waiting=0, flagged=0, spam=0, deleted=1)


def test_a_text_that_changed_since_it_was_read_is_not_approved(desk):
    vera = visitor()
    written = desk.write("Harmless", vera)
    edit = {"state": "waiting", "per_hour": 9, "letters": LETTERS, "now": NOW + 5}
    edit_comment(desk.store, written.id, "Something else", vera, **edit)
    assert "changed meanwhile" in desk.decide("approve", written.id, changed=written.changed).left[written.id]
    assert state_of(desk, written.id) == "waiting"
    assert desk.decide("approve", written.id, changed=NOW + 5).done


def test_queues_are_paged_the_newest_first(desk):
    numbers = [desk.write(str(number)).id for number in range(5)]
    first = list_cases(desk.store, "waiting", limit=2)
    assert [case.comment.id for case in first] == numbers[:-3:-1]
    rest = list_cases(desk.store, "waiting", limit=9, before=first[-1].comment.id)
    assert [case.comment.id for case in rest] == numbers[2::-1]
    assert list_cases(desk.store, "approved", limit=9) == []


def test_moderators_with_an_address_get_one_mail_for_all_that_waits(desk):
    desk.user("ed", "editor", "ed@example.org")
    desk.user("out", "editor", "out@example.org")
    disable_user(desk.store, "out", actor="command:tester", now=NOW)
    for name, role in (("adam", "admin"), ("op", "operator"), ("con", "contributor")):
        desk.user(name, role, f"{name}@example.org" if name != "adam" else "")
    desk.write("One")
    desk.write("Two", at=60)
    assert desk.mails() == [("ed@example.org", "comments wait", "2 wait, 0 flagged")]
    desk.write("Shown at once", state="approved")
    assert len(desk.mails()) == 1


def test_subscribers_are_told_of_what_is_approved_first_and_once(desk):
    for mail in ("sub@example.org", "late@example.org", "vera@example.org"):
        ask(desk, mail)
    asked = {to: int(text.split(": ")[1]) for to, _, text in desk.mails()}
    assert [subject for _, subject, _ in desk.mails()] == ["please confirm"] * 3
    for mail in ("sub@example.org", "vera@example.org"):
        assert confirm_subscription(desk.store, asked[mail], NOW)
    vera = visitor(mail="Vera@example.org")
    written = desk.write("News", vera)
    assert len(desk.mails()) == 3
    desk.decide("approve", written.id)
    assert desk.mails()[3:] == [
        ("sub@example.org", "a comment", f"News (A title 0, subscription {asked['sub@example.org']})")
    ]
    edit = {"state": "waiting", "per_hour": 9, "letters": LETTERS, "now": NOW + 5}
    edit_comment(desk.store, written.id, "News again", vera, **edit)
    desk.decide("approve", written.id)
    assert len(desk.mails()) == 4
    desk.write("At once", state="approved", item=desk.item())
    assert [to for to, _, text in desk.mails()[4:]] == ["sub@example.org", "vera@example.org"]
    assert end_subscription(desk.store, asked["sub@example.org"])
    assert not end_subscription(desk.store, asked["sub@example.org"])
    assert get_subscription(desk.store, asked["sub@example.org"]) is None
    desk.write("Later", state="approved")
    assert [to for to, _, _ in desk.mails()[6:]] == ["vera@example.org"]


def test_nobody_is_asked_twice_or_about_many_items(desk):
    for number in (0, 0, 1, 2, 3, 4):
        ask(desk, "sub@example.org", item=desk.item(number))
    assert len(desk.mails()) == 3
    ask(desk, "ann@example.org", is_known=True)
    assert len(desk.mails()) == 3
    desk.write("News", state="approved")
    assert [to for to, _, _ in desk.mails()[3:]] == ["ann@example.org"]


def test_where_a_comment_came_from_is_forgotten_after_thirty_days(desk):
    old, new = desk.write("Old"), desk.write("New", at=2 * DAY)
    ask(desk, "sub@example.org")
    ask(desk, "ann@example.org", is_known=True)
    assert forget_clients(desk.store, NOW + 6 * DAY) == 0
    assert forget_clients(desk.store, NOW + 8 * DAY) == 1
    assert (get_subscription(desk.store, 1), get_subscription(desk.store, 2).mail) == (None, "ann@example.org")
    assert forget_clients(desk.store, NOW + 31 * DAY) == 2
    case = get_case(desk.store, old.id)
    assert (case.client, case.agent, case.comment.body) == ("", "", "Old")
    assert get_case(desk.store, new.id).client == "c1"
    with desk.store.connect() as connection:
        kept = connection.exec_driver_sql("SELECT client FROM comment_events ORDER BY id").scalars().all()
        assert kept == ["", "c1"]
        assert connection.exec_driver_sql("SELECT visit FROM comments ORDER BY id").scalars().all() == ["", "v1"]
    assert list_comments(desk.store, desk.item(), threaded=False, limit=5).total == 0
