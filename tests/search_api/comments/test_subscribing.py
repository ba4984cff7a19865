"""Who ticks a box is asked by mail, is told of what was approved, and ends that by a link."""

import re

from search_api.comments.links import link_path, read_link
from tests.search_api.comments.conftest import PUBLIC, opened_hall
from tests.search_api.comments.test_form import said

MAIL = "vera@example.org"


def mails(hall):
    return hall.rows("SELECT recipient, subject, text FROM mails ORDER BY id")


def link_in(text):
    (path,) = re.findall(rf"{PUBLIC}(/subscriptions/\S+)", text)
    return path


def test_a_subscription_from_the_box_to_its_end(hall):
    reader = hall.reader()
    reader.comment(mail=MAIL, tell="1")
    ((to, subject, text),) = mails(hall)
    assert (to, subject) == (MAIL, "Test <hub>: do you want to be told of comments?")
    assert '"Survey of schools 01"' in text
    path = link_in(text)
    page = reader.get(path)
    assert ("Yes, tell me" in page.text, MAIL in page.text) == (True, False)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert hall.rows("SELECT confirmed FROM subscriptions") == [(0.0,)]  # programs follow links of mails
    assert "You are told of comments" in reader.post(path, {"do": "confirm"}).text
    editor = hall.user("ed", "editor")
    other = hall.reader()
    other.comment(body="News, not approved yet", name="Otto")
    assert len(mails(hall)) == 1
    editor.send("/moderation", "/moderation", comment=hall.choice(2), decision="approve")
    to, subject, text = mails(hall)[1]
    assert (to, subject) == (MAIL, "Test <hub>: a comment on Survey of schools 01")
    assert "> News, not approved yet" in text
    assert f"{PUBLIC}/items/{hall.item()}#comment-2" in text
    ended = reader.post(link_in(text), {"do": "end"})
    assert "your address is forgotten" in said(ended)
    assert hall.rows("SELECT * FROM subscriptions") == []
    assert "your address is forgotten" in said(reader.get(path))
    editor.send("/moderation", "/moderation", comment=hall.choice(1), decision="approve")
    assert len(mails(hall)) == 2


def test_a_link_that_was_made_up_opens_nothing(hall):
    hall.reader().comment(mail=MAIL, tell="1")
    path = link_in(mails(hall)[0][2])
    for forged in (
        "/subscriptions/1",
        "/subscriptions/1.",
        path[:-2] + "xx",
        path.replace("/1.", "/2."),
        "/subscriptions/x.y",
    ):
        for answer in (hall.get(forged), hall.reader().post(forged, {"do": "confirm"})):
            assert answer.status_code == 404
    assert hall.rows("SELECT confirmed FROM subscriptions") == [(0.0,)]
    other = link_path(b"another secret of another hub", 1)
    assert read_link(b"a secret for these tests alone", other.rpartition("/")[2]) is None


def test_a_user_with_a_mail_address_is_not_asked(hall):
    rita = hall.user("rita", "reader")
    with hall.store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET mail = 'rita@example.org'")
    rita.comment(tell="1")
    assert (mails(hall), hall.rows("SELECT mail, confirmed > 0 FROM subscriptions")) == (
        [],
        [("rita@example.org", True)],
    )


def test_moderators_are_told_what_waits_in_the_language_of_the_hub(hall):
    hall.site.add_user("ed", "editor")
    with hall.store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET mail = 'ed@example.org'")
    hall.reader(**{"Accept-Language": "de"}).comment()
    hall.reader(**{"Accept-Language": "de"}).comment()
    ((to, subject, text),) = mails(hall)
    assert (to, subject) == ("ed@example.org", "Test <hub>: comments wait for you")
    assert text == f"2 comments wait for a decision.\n\n{PUBLIC}/moderation\n"


def test_a_hub_whose_address_is_not_known_offers_no_mail(tmp_path):
    """A Host that somebody made up must not come into mails to others."""
    with opened_hall(tmp_path, public_url="") as hall:
        reader = hall.reader()
        assert 'name="tell"' not in reader.get(hall.comment_path()).text
        reader.comment(mail=MAIL, tell="1")
        assert (mails(hall), hall.rows("SELECT * FROM subscriptions")) == ([], [])
