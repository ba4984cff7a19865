"""A reader writes by a form: what is typed is kept, programs are kept out, and nobody acts for another."""

import re
from html import unescape

import pytest

from tests.search_api.comments.conftest import Form, opened_hall

LONG = "word " * 1_001


def said(answer):
    """Give what a page says of what was done, or not."""
    return " ".join(
        unescape(re.sub("<[^>]+>", "", part))
        for part in re.findall(r'role="(?:alert|status)"[^>]*>(.*?)</p>', answer.text)
    )


def section(hall, number=1):
    return hall.get(f"/items/{hall.item(number)}").text.partition('id="comments"')[2].partition("</section>")[0]


def test_an_item_without_comments_leads_to_the_form(hall):
    found = section(hall)
    assert "No comment yet! " in found
    assert f'<a href="{hall.comment_path()}" rel="nofollow">Be the first to add one!</a>' in found


def test_a_visitor_writes_and_sees_that_it_waits_and_nobody_else_does(hall):
    reader, other = hall.reader(), hall.reader()
    sent = reader.comment(body="Interesting,\r\nI think")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{hall.comment_path()}?written=1")
    page = reader.get(sent.headers["location"])
    assert "waits for approval" in said(page)
    assert page.headers["cache-control"] == "no-store"
    assert '<p dir="auto">Interesting,<br>I think</p>' in page.text
    assert "?edit=1" in page.text
    assert "Interesting" not in other.get(hall.comment_path()).text + section(hall)
    assert "Interesting" not in other.get(f"{hall.comment_path()}?edit=1").text
    assert hall.rows('SELECT name, state, mail, "user" FROM comments') == [("Vera", "waiting", "", None)]


def test_the_page_of_the_item_is_the_same_for_all_and_shows_what_was_approved(hall):
    reader = hall.reader()
    reader.comment(body="First")
    editor = hall.user("ed", "editor")
    editor.comment(number=1, body="By somebody known")
    editor.send("/moderation", "/moderation", comment=hall.choice(1), decision="approve")
    assert hall.rows("SELECT id, state FROM comments ORDER BY id") == [(1, "approved"), (2, "approved")]
    found = section(hall)
    assert ("2 comments" in found, "First" in found, "By somebody known" in found) == (True, True, True)
    path = f"/items/{hall.item()}"
    assert reader.get(path).text == hall.get(path, headers={"Accept": "text/html"}).text
    assert hall.get(path, headers={"If-None-Match": hall.get(path).headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"body": " \x1f\x07\n"}, "Write something."),
        ({"body": LONG}, "it has 5,004 characters, and 5,000 are the most"),
        ({"name": " "}, "Give a name"),
        ({"name": "n" * 101}, "at most 100 characters"),
        ({"mail": "vera at home"}, "This is no mail address"),
        ({"tell": "1"}, "Give your mail address"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(hall, typed, fault):
    reader = hall.reader()
    given = {
        "name": "Vera",
        "mail": "vera@example.org" if "tell" not in typed else "",
        "body": "A text that stays",
    } | typed
    answer = reader.comment(**given)
    assert answer.status_code == 400
    assert "Nothing was sent" in said(answer)
    assert fault in unescape(re.findall(r'class="wrong"[^>]*>(.*?)</span>', answer.text)[0])
    form = Form(answer.text, hall.comment_path())
    assert form.fields["body"] == ("" if given["body"].startswith(" ") else given["body"].strip())
    assert form.fields["mail"] == given["mail"]
    assert form.fields["name"] == given["name"].strip()
    assert hall.rows("SELECT count(*) FROM comments") == [(0,)]
    hall.clock.now += 10
    mended = form.fields | {"name": "Vera", "body": "Good", "mail": ""}
    assert reader.post(hall.comment_path(), mended).status_code == 303


def test_a_hidden_field_that_was_filled_in_makes_spam_and_its_sender_sees_nothing_of_that(hall):
    hall.site.add_user("ed", "editor")
    hall.rows("SELECT 1")
    with hall.store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET mail = 'ed@example.org'")
    reader = hall.reader()
    sent = reader.comment(website="http://spam.example", mail="bot@example.org", tell="1")
    assert sent.status_code == 303
    assert "waits for approval" in said(reader.get(sent.headers["location"]))
    assert hall.rows("SELECT state FROM comments") == [("spam",)]
    assert hall.rows("SELECT count(*) FROM mails") == [(0,)]
    page = reader.get(hall.comment_path()).text
    (trap,) = re.findall(r'<div class="trap" aria-hidden="true">(.*?)</div>', page)
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap


@pytest.mark.parametrize(
    ("wait_s", "status", "told"),
    [
        (2.9, 400, "quicker than people write"),
        (3.2, 303, ""),
        (43_190.0, 303, ""),
        (43_210.0, 400, "open for too long"),
    ],
)
def test_a_form_that_comes_back_too_quickly_or_too_late_is_given_again(hall, wait_s, status, told):
    reader = hall.reader()
    answer = reader.comment(wait_s=wait_s, body="What I typed")
    assert (answer.status_code, told in said(answer)) == (status, True)
    if status == 400:
        again = Form(answer.text, hall.comment_path()).fields
        assert (again["body"], again["name"]) == ("What I typed", "Vera")
        hall.clock.now += 5
        assert reader.post(hall.comment_path(), again).status_code == 303


@pytest.mark.parametrize("field", ["opened", "form_token"])
def test_a_form_that_was_made_up_is_given_again_and_writes_nothing(hall, field):
    reader = hall.reader()
    good = Form(reader.get(hall.comment_path()).text, hall.comment_path()).fields
    other = Form(hall.reader().get(hall.comment_path(2)).text, hall.comment_path(2)).fields
    hall.clock.now += 10
    for forged in ("", "1", other[field], good[field][:-2] + "xx"):
        answer = reader.post(hall.comment_path(), good | {"name": "Vera", "body": "Forged", field: forged})
        assert (answer.status_code, "Nothing was sent" in said(answer)) == (400, True)
        assert Form(answer.text, hall.comment_path()).fields["body"] == "Forged"
    assert hall.rows("SELECT count(*) FROM comments") == [(0,)]


def test_without_a_cookie_nothing_is_written_and_nothing_typed_is_lost(hall):
    reader = hall.reader()
    good = Form(reader.get(hall.comment_path()).text, hall.comment_path()).fields
    hall.clock.now += 10
    answer = hall.reader().post(hall.comment_path(), good | {"name": "Vera", "body": "Typed"})
    assert (answer.status_code, "kept no cookie" in said(answer)) == (400, True)
    assert Form(answer.text, hall.comment_path()).fields["body"] == "Typed"


def test_a_page_of_another_address_writes_nothing_in_the_name_of_who_looks_at_it(hall):
    for headers in (
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert hall.reader().comment(headers=headers).status_code == 403
    assert hall.rows("SELECT count(*) FROM comments") == [(0,)]


def test_so_much_an_hour_and_what_is_too_much_is_said_and_kept(hall):
    for number in range(5):
        assert hall.reader().comment(body=f"Number {number}").status_code == 303
    answer = hall.reader().comment(body="One too many")
    assert (answer.status_code, 3_500 < int(answer.headers["retry-after"]) <= 3_600) == (429, True)
    assert "Try again in 60 minutes" in said(answer) or "Try again in 59 minutes" in said(answer)
    assert Form(answer.text, hall.comment_path()).fields["body"] == "One too many"
    editor = hall.user("ed", "editor")
    assert editor.comment(body="Of a moderator").status_code == 303
    hall.clock.now += 3_600
    assert hall.reader().comment(body="An hour later").status_code == 303


def test_one_changes_ones_own_comment_and_it_waits_again(hall):
    reader, other = hall.reader(), hall.reader()
    reader.comment(body="First")
    editor = hall.user("ed", "editor")
    editor.send("/moderation", "/moderation", comment=hall.choice(1), decision="approve")
    path = hall.comment_path()
    assert "Change your comment" in reader.get(f"{path}?edit=1").text
    taken = Form(other.get(path).text, path).fields | {"edit": "1", "body": "Mine now", "name": "X"}
    hall.clock.now += 10
    assert other.post(path, taken).status_code == 409
    sent = reader.send(f"{path}?edit=1", path, body="Second")
    assert sent.headers["location"] == f"{path}?written=1"
    assert "Second" not in section(hall)
    assert hall.rows("SELECT state, body FROM comments") == [("waiting", "Second")]
    gone = reader.send(f"{path}?edit=1", path, withdraw="1", body="")
    assert "Your comment is deleted" in said(reader.get(gone.headers["location"]))
    assert hall.rows("SELECT state FROM comments") == [("deleted",)]


def test_answers_stand_with_what_they_answer(hall):
    editor = hall.user("ed", "editor")
    editor.comment(body="A question")
    path = hall.comment_path()
    asked = editor.get(f"{path}?answer=1").text
    assert "In answer to <bdi>ed</bdi>:" in asked
    assert editor.send(f"{path}?answer=1", path, body="An answer").status_code == 303
    found = section(hall)
    assert re.search(
        r'<li id="comment-1">.*<ol><li id="comment-2">.*in answer to <a href="#comment-1"><bdi>ed', found, re.DOTALL
    )
    hall.settle(threaded=False)
    found = section(hall)
    assert ("<ol><li" in found, "?answer=" in found) == (False, False)
    assert "In answer to" not in editor.get(f"{path}?answer=1").text


@pytest.mark.parametrize("writers", ["users", "nobody"])
def test_who_may_not_write_is_told_so_and_cannot(hall, writers):
    reader = hall.reader()
    good = Form(reader.get(hall.comment_path()).text, hall.comment_path()).fields | {"name": "V", "body": "B"}
    hall.settle(writers=writers)
    hall.clock.now += 10
    assert reader.post(hall.comment_path(), good).status_code == 403
    page = reader.get(hall.comment_path()).text
    assert Form(page, hall.comment_path()).names == set()
    assert ("/sign-in?next=" in page) == (writers == "users")
    assert ("Be the first" in section(hall)) == (writers == "users")
    user = hall.user("rita", "reader")
    if writers == "users":
        assert user.comment(name=None).status_code == 303
        assert hall.rows("SELECT name, state FROM comments") == [("rita", "approved")]
    else:
        assert "No comments are taken" in user.get(hall.comment_path()).text


@pytest.mark.parametrize(
    ("moderated", "states"),
    [
        ("all", ["waiting", "waiting", "approved"]),
        ("visitors", ["waiting", "approved", "approved"]),
        ("none", ["approved"] * 3),
    ],
)
def test_whose_comments_wait_is_a_setting(hall, moderated, states):
    hall.settle(moderated=moderated)
    for number, writer in enumerate((hall.reader(), hall.user("rita", "reader"), hall.user("ed", "editor"))):
        writer.comment(body=f"Number {number}")
    assert hall.rows("SELECT state FROM comments ORDER BY id") == [(state,) for state in states]


def test_a_question_is_put_to_visitors_alone(hall):
    hall.settle(question="Which colour has the sky?", answer="Blue")
    reader = hall.reader()
    wrong = reader.comment(solution="green", body="Typed")
    assert (wrong.status_code, "This is not the answer" in wrong.text) == (400, True)
    fields = Form(wrong.text, hall.comment_path()).fields
    assert fields["body"] == "Typed"
    hall.clock.now += 10
    assert reader.post(hall.comment_path(), fields | {"solution": " BLUE "}).status_code == 303
    rita = hall.user("rita", "reader")
    assert "sky" not in rita.get(hall.comment_path()).text
    assert rita.comment(name=None).status_code == 303


def test_the_form_of_an_item_that_is_gone_or_was_never_there(hall):
    reader = hall.reader()
    assert reader.get("/items/nobody/comment").status_code == 404
    with hall.store.begin() as connection:
        connection.exec_driver_sql(f"UPDATE items SET hidden = true WHERE id = '{hall.item(2)}'")
    assert reader.get(hall.comment_path(2)).status_code == 410


def test_an_address_goes_to_nobody_but_moderators(hall):
    hall.settle(moderated="none")
    reader = hall.reader(**{"User-Agent": "a rare browser"})
    reader.comment(mail="vera@example.org")
    item = hall.item()
    public = [f"/items/{item}", f"/items/{item}/comments", f"/api/v1/items/{item}/comments", hall.comment_path()]
    for path in public:
        for who in (hall.reader(), reader):
            answer = who.get(path).text
            assert "A comment" in answer or path == hall.comment_path()
            assert "vera@" not in answer
            assert "rare browser" not in answer


def test_the_cookie_of_a_hub_by_https_is_kept_for_it_alone(tmp_path):
    with opened_hall(tmp_path) as hall:
        hall.app.state.access = type(hall.app.state.access)(
            **{name: getattr(hall.app.state.access, name) for name in hall.app.state.access.__struct_fields__}
            | {"public_url": "https://hub.example.org"}
        )
        kept = hall.get(hall.comment_path()).headers["set-cookie"]
        assert kept.startswith("__Host-oaihub_visit=")
