"""Comments are written, answered, edited and flagged by readers, within bounds."""

import pytest

from harvester.store.comments.comment import CommentError, Writer
from harvester.store.comments.listing import list_comments
from harvester.store.comments.moderating import count_cases, get_case, list_cases, list_events
from harvester.store.comments.writing import TooManyError, edit_comment, flag_comment, list_own, withdraw_comment
from tests.contract.store.building import NOW
from tests.contract.store.comments.conftest import LETTERS, visitor

HOUR = 3_600.0


def edit(desk, number, body, by, **changed):
    asked = {"state": "waiting", "per_hour": 100, "letters": LETTERS, "now": NOW + 5} | changed
    return edit_comment(desk.store, number, body, by, **asked)


def flag(desk, number, by, note="", **changed):
    asked = {"per_hour": 100, "letters": LETTERS, "now": NOW + 7} | changed
    return flag_comment(desk.store, number, by, note=note, **asked)


def shown(desk, **asked):
    return [
        one.body for one in list_comments(desk.store, desk.item(), **{"threaded": False, "limit": 10} | asked).comments
    ]


def test_what_waits_is_seen_by_its_writer_and_moderators_alone(desk):
    vera, other = visitor(mail="vera@example.org"), visitor(visit="v2")
    written = desk.write("First", vera)
    assert (written.state, written.name, written.is_user, written.created) == ("waiting", "Vera", False, NOW)
    assert shown(desk) == []
    assert [one.id for one in list_own(desk.store, desk.item(), vera)] == [written.id]
    assert list_own(desk.store, desk.item(), other) == []
    assert list_own(desk.store, desk.item(1), vera) == []
    (case,) = list_cases(desk.store, "waiting", limit=5)
    assert (case.mail, case.client, case.agent, case.flags) == ("vera@example.org", "c1", "a browser", 0)
    desk.decide("approve", written.id)
    assert shown(desk) == ["First"]


def test_a_form_that_is_sent_twice_writes_one_comment(desk):
    first = desk.write("Same words")
    assert desk.write("Same words", at=60) == first
    assert desk.write("Same words", visitor(visit="v2"), at=60).id != first.id
    assert desk.write("Same words", item=desk.item(1), at=60).id != first.id
    assert desk.write("Same words", at=HOUR + 1).id != first.id
    assert desk.write("Same words", visitor(visit=""), at=2).id != desk.write("Same words", visitor(visit=""), at=3).id


def test_only_what_readers_see_on_the_item_can_be_answered(desk):
    first = desk.write("First", state="approved")
    answer = desk.write("Answer", parent=first.id, state="approved")
    last = desk.write("Answer to that", parent=answer.id)
    assert [(one.parent, one.thread) for one in (first, answer, last)] == [
        *((None, first.id), (first.id, first.id), (answer.id, first.id)),
    ]
    assert answer.parent_name == "Vera"
    for parent, item in ((last.id, desk.item()), (first.id, desk.item(1)), (999, desk.item())):
        with pytest.raises(CommentError, match="cannot be answered"):
            desk.write("No", parent=parent, item=item)


def test_an_edit_is_of_ones_own_waits_again_and_keeps_what_was_there(desk):
    vera = visitor()
    written = desk.write("First", vera, state="approved")
    for other in (visitor(visit="v2"), visitor(visit=""), Writer(**{**as_fields(vera), "user": 1})):
        with pytest.raises(CommentError, match="not yours"):
            edit(desk, written.id, "Changed", other)
    assert edit(desk, written.id, "First", vera).state == "approved"
    changed = edit(desk, written.id, "Second", vera)
    assert (changed.state, changed.body, changed.created, changed.changed) == ("waiting", "Second", NOW, NOW + 5)
    assert shown(desk) == []
    assert [(one.action, one.actor, one.state, one.body) for one in list_events(desk.store, written.id)] == [
        ("write", "visitor", "", ""),
        ("edit", "visitor", "approved", "First"),
    ]


def as_fields(by):
    return {name: getattr(by, name) for name in by.__struct_fields__}


@pytest.mark.parametrize("decision", ["spam", "delete"])
def test_what_was_decided_against_cannot_be_changed_by_its_writer(desk, decision):
    vera = visitor()
    written = desk.write("First", vera)
    desk.decide(decision, written.id)
    assert list_own(desk.store, desk.item(), vera) == []
    with pytest.raises(CommentError, match="decided on it"):
        edit(desk, written.id, "Again", vera)
    with pytest.raises(CommentError, match="decided on it"):
        withdraw_comment(desk.store, written.id, vera, now=NOW)


def test_a_writer_takes_his_comment_back(desk):
    vera = visitor()
    written = desk.write("First", vera, state="approved")
    with pytest.raises(CommentError, match="not yours"):
        withdraw_comment(desk.store, written.id, visitor(visit="v2"), now=NOW)
    withdraw_comment(desk.store, written.id, vera, now=NOW)
    assert (shown(desk), get_case(desk.store, written.id).comment.state) == ([], "deleted")


def test_a_user_is_known_by_his_id_not_by_a_cookie(desk):
    user = desk.user("ann", "reader")
    ann = Writer(user=user.id, name="ann", mail="", actor="ann", visit="v1", client="c1", agent="")
    written = desk.write("First", ann)
    assert written.is_user
    with pytest.raises(CommentError, match="not yours"):
        edit(desk, written.id, "Second", visitor(visit="v1"))
    assert edit(desk, written.id, "Second", ann).body == "Second"
    assert [one.body for one in list_own(desk.store, desk.item(), ann)] == ["Second"]


def test_so_much_an_hour_from_one_address(desk):
    for number in range(3):
        desk.write(f"Number {number}", visitor(visit=f"v{number}"), per_hour=3, at=number * 60)
    with pytest.raises(TooManyError) as refused:
        desk.write("Too much", visitor(visit="v9"), per_hour=3, at=180)
    assert refused.value.wait_s == HOUR - 180
    with pytest.raises(TooManyError):
        edit(desk, 1, "Too much", visitor(visit="v0"), per_hour=3, now=NOW + 180)
    assert desk.write("Of another", visitor(client="c2"), per_hour=3, at=180)
    assert desk.write("Without a bound", per_hour=None, at=180)
    assert desk.write("An hour later", per_hour=3, at=HOUR + 181)


def test_a_reader_flags_what_is_shown_once_until_it_is_decided_on(desk):
    written = desk.write("Rude", state="approved")
    hidden = desk.write("Waits")
    reader = visitor(client="c7", visit="v7")
    with pytest.raises(CommentError, match="no comment"):
        flag(desk, hidden.id, reader)
    assert [flag(desk, written.id, reader, "it is rude"), flag(desk, written.id, reader)] == [True, False]
    assert flag(desk, written.id, visitor(client="c8"))
    assert (count_cases(desk.store).flagged, get_case(desk.store, written.id).flags) == (1, 2)
    assert [case.comment.id for case in list_cases(desk.store, "flagged", limit=5)] == [written.id]
    with pytest.raises(TooManyError):
        flag(desk, desk.write("Other", state="approved").id, reader, per_hour=1)
    desk.decide("approve", written.id)
    assert (count_cases(desk.store).flagged, shown(desk, threaded=True)[0]) == (0, "Rude")
    assert flag(desk, written.id, reader)
    assert next(one.note for one in list_events(desk.store, written.id) if one.action == "flag") == "it is rude"
