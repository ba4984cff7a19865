"""Moderators look through comments, decide on several at once, and readers report; nobody else sees any of it."""

import re
from html import unescape

import pytest

from tests.search_api.comments.conftest import Form
from tests.search_api.comments.test_form import said, section

PATH = "/moderation"


def choices(page):
    return re.findall(r'name="comment" value="([^"]+)"', page)


def states(hall):
    return [state for (state,) in hall.rows("SELECT state FROM comments ORDER BY id")]


@pytest.fixture
def editor(hall):
    return hall.user("ed", "editor")


def test_several_are_decided_on_at_once_and_leave_the_queue(hall, editor):
    for number in range(3):
        hall.reader().comment(body=f"Number {number}", mail="vera@example.org")
    page = editor.get(PATH)
    assert [value.partition(":")[0] for value in choices(page.text)] == ["3", "2", "1"]
    assert "Waiting (3)" in page.text
    assert "vera@example.org" in page.text
    fields = Form(page.text, PATH).fields | {"note": "seen", "decision": "approve"}
    sent = editor.post(PATH, {**fields, "comment": choices(page.text)[:2]})
    assert sent.headers["location"] == f"{PATH}?done=2&left=0"
    led = editor.get(sent.headers["location"])
    assert "2 comments were decided on." in said(led)
    assert ("Number 0" in led.text, "Number 1" in led.text) == (True, False)
    assert states(hall) == ["waiting", "approved", "approved"]
    editor.send(PATH, PATH, comment=hall.choice(1), decision="delete")
    editor.send(f"{PATH}?queue=deleted", PATH, comment=hall.choice(1), decision="restore")
    assert states(hall)[0] == "waiting"
    audit = hall.rows("SELECT actor, action, object FROM audit WHERE object LIKE 'comment:%' ORDER BY id")
    assert audit == [
        *(("ed", "approve comment", f"comment:{number}") for number in (2, 3)),
        ("ed", "delete comment", "comment:1"),
        ("ed", "restore comment", "comment:1"),
    ]


def test_what_was_changed_since_it_was_read_stays(hall, editor):
    reader = hall.reader()
    reader.comment(body="Harmless")
    page = editor.get(PATH).text
    reader.send(f"{hall.comment_path()}?edit=1", hall.comment_path(), body="Something else")
    sent = editor.post(PATH, Form(page, PATH).fields | {"comment": choices(page)[0], "decision": "approve"})
    led = editor.get(sent.headers["location"])
    assert "1 stayed as it was" in said(led)
    assert states(hall) == ["waiting"]


def test_the_history_of_a_comment_shows_what_it_said_before(hall, editor):
    reader = hall.reader()
    reader.comment(body="First <b>words</b>")
    reader.send(f"{hall.comment_path()}?edit=1", hall.comment_path(), body="Second")
    editor.send(f"{PATH}/1", PATH, decision="spam", note="an <i>advertisement</i>")
    page = unescape(re.sub("<[^>]+>", "", editor.get(f"{PATH}/1").text))
    for text in (
        "visitor wrote it",
        "visitor changed it",
        "First <b>words</b>",
        "ed called it spam: an <i>advertisement",
    ):
        assert text in page
    assert editor.get(f"{PATH}/99").status_code == 404
    assert editor.get(f"{PATH}/x").status_code == 404


@pytest.mark.parametrize("role", ["reader", "contributor", "operator", None])
def test_nobody_else_sees_or_decides_anything(hall, role):
    hall.reader().comment(mail="vera@example.org")
    hall.user("ed", "editor")
    who = hall.reader() if role is None else hall.user("other", role)
    for path in (PATH, f"{PATH}/1"):
        answer = who.get(path)
        assert (answer.status_code, "vera" in answer.text.lower()) == (303 if role is None else 403, False)
    own = {} if role is None else Form(who.get("/account").text, "/sign-out").fields
    sent = own | {"comment": hall.choice(1), "decision": "approve"}
    assert who.post(PATH, sent).status_code == (401 if role is None else 403)
    assert states(hall) == ["waiting"]
    assert "Moderation" not in who.get("/").text


def test_a_decision_needs_the_token_of_a_form(hall, editor):
    hall.reader().comment()
    fields = Form(editor.get(PATH).text, PATH).fields
    for token in ("", fields["form_token"][:-4] + "AAAA"):
        sent = fields | {"form_token": token, "comment": hall.choice(1), "decision": "approve"}
        assert editor.post(PATH, sent).status_code == 403
    assert states(hall) == ["waiting"]
    assert editor.post(PATH, fields | {"decision": "burn"}).status_code == 400


def test_on_a_hub_without_users_the_machine_itself_moderates(hall):
    reader = hall.reader()
    hall.app.state.access = with_public_url(hall.app.state.access, "")
    reader.comment()
    assert reader.send(PATH, PATH, comment=hall.choice(1), decision="approve").status_code == 303
    assert states(hall) == ["approved"]
    hall.site.add_user("ed", "editor")
    assert reader.get(PATH).status_code == 303


def with_public_url(access, url):
    return type(access)(**{name: getattr(access, name) for name in access.__struct_fields__} | {"public_url": url})


def test_queues_are_paged(hall, editor):
    hall.settle(per_hour=100)
    for number in range(27):
        hall.reader().comment(body=f"Number {number}.")
    first = editor.get(f"{PATH}?queue=waiting").text
    assert len(choices(first)) == 25
    (older,) = re.findall(r'href="([^"]+)" rel="next"', first)
    rest = editor.get(unescape(older)).text
    assert [value.partition(":")[0] for value in choices(rest)] == ["2", "1"]
    assert editor.get(f"{PATH}?before=x").status_code == 400


def test_a_reader_reports_a_comment_once(hall, editor):
    hall.settle(moderated="none")
    hall.reader().comment(body="Rude words")
    item, reader = hall.item(), hall.reader()
    path, action = f"/items/{item}/report?comment=1", f"/items/{item}/report"
    assert f'href="{path}"' in section(hall)
    assert "Rude words" in reader.get(path).text
    done = reader.send(path, action, reason="It is rude")
    assert "A moderator looks at it" in said(done)
    reader.send(path, action, reason="Still")
    assert hall.rows("SELECT flags FROM comments") == [(1,)]
    page = editor.get(f"{PATH}?queue=flagged").text
    assert ("Reported (1)" in page, "1 report<" in page) == (True, True)
    assert "visitor reported it: It is rude" in unescape(re.sub("<[^>]+>", "", editor.get(f"{PATH}/1").text))
    editor.send(f"{PATH}?queue=flagged", PATH, comment=hall.choice(1), decision="approve")
    assert hall.rows("SELECT flags, state FROM comments") == [(0, "approved")]
    for other in (f"/items/{hall.item(2)}/report?comment=1", f"/items/{item}/report?comment=9", action):
        assert reader.get(other).status_code == 404
    assert reader.send(path, action, wait_s=1.0).status_code == 400
    assert hall.reader().send(path, action, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    hall.reader().send(path, action, website="x")
    assert hall.rows("SELECT flags FROM comments") == [(0,)]


def test_all_comments_of_an_item_stand_on_pages_of_their_own(hall):
    hall.settle(moderated="none", per_hour=100, threaded=False)
    for number in range(62):
        hall.reader().comment(body=f"Number {number}.")
    path = f"/items/{hall.item()}/comments"
    assert "62 comments" in section(hall)
    assert ("Number 51." in section(hall), "Number 52." in section(hall)) == (False, True)
    first = hall.get(path).text
    (older,) = re.findall(r'href="([^"]+)" rel="prev"', first)
    rest = hall.get(unescape(older)).text
    assert ("Number 12." in first, "Number 11." in first) == (True, False)
    assert ("Number 11." in rest, "Number 0." in rest, "Number 12." in rest) == (True, True, False)
    assert hall.get(f"{path}?before=999").status_code == 400
    assert hall.get(f"{path}?page=2").status_code == 400


def test_a_long_comment_is_cut_on_the_page_of_the_item(hall):
    hall.settle(moderated="none")
    hall.reader().comment(body="a" * 999 + " 0123456789")
    found = section(hall)
    assert ("a …" in found, "0123" in found) == (True, False)
    (whole,) = re.findall(r'href="(/items/[^"]+/comments)#comment-1">Read it all', found)
    assert "0123456789" in hall.get(whole).text
