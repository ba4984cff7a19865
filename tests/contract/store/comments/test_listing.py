"""Readers see what was approved, of all parts of a work, the newest page first; flat or by thread."""

import pytest

from harvester.store.comments.comment import CommentError
from harvester.store.comments.listing import list_comments


def pages(desk, *, threaded, limit, item=None):
    """Give the bodies page by page, from the newest page on."""
    found, before = [], None
    while True:
        shown = list_comments(desk.store, item or desk.item(), threaded=threaded, limit=limit, before=before)
        found.append([one.body for one in shown.comments])
        if shown.older is None:
            return found
        before = shown.older


def test_flat_in_order_of_time(desk):
    for number in range(5):
        desk.write(str(number), state="approved")
    desk.write("waits")
    desk.write("elsewhere", item=desk.item(1), state="approved")
    assert pages(desk, threaded=False, limit=2) == [["3", "4"], ["1", "2"], ["0"]]
    assert pages(desk, threaded=False, limit=5) == [["0", "1", "2", "3", "4"]]
    assert list_comments(desk.store, desk.item(), threaded=False, limit=1).total == 5


def test_answers_stand_behind_what_began_their_thread(desk):
    first = desk.write("a", state="approved")
    second = desk.write("b", state="approved")
    answer = desk.write("a1", parent=first.id, state="approved")
    desk.write("b1", parent=second.id, state="approved")
    desk.write("a11", parent=answer.id, state="approved")
    assert pages(desk, threaded=True, limit=10) == [["a", "a1", "a11", "b", "b1"]]
    assert pages(desk, threaded=True, limit=3) == [["a11", "b", "b1"], ["a", "a1"]]
    assert pages(desk, threaded=False, limit=3) == [["a1", "b1", "a11"], ["a", "b"]]
    desk.decide("delete", first.id)
    left = list_comments(desk.store, desk.item(), threaded=True, limit=10).comments
    assert [(one.body, one.parent_name) for one in left][:2] == [("a1", ""), ("a11", "Vera")]


def test_comments_on_merged_parts_stand_together(desk):
    one, other = desk.item(3), desk.item(4)
    desk.write("on one", item=one, state="approved")
    desk.write("on the other", item=other, state="approved")
    with desk.store.begin() as connection:
        connection.exec_driver_sql(f"UPDATE items SET merged_into = '{one}' WHERE id = '{other}'")
    for item in (one, other):
        assert pages(desk, threaded=False, limit=5, item=item) == [["on one", "on the other"]]
    assert desk.write("An answer", item=one, parent=2).thread == 2


def test_a_page_begins_at_a_comment_of_the_item(desk):
    elsewhere = desk.write("elsewhere", item=desk.item(1), state="approved")
    for before in (elsewhere.id, 999):
        with pytest.raises(CommentError, match=f"no comment {before}"):
            list_comments(desk.store, desk.item(), threaded=False, limit=5, before=before)
