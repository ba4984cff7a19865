"""`oaihub comments`: what moderators do, in the terminal."""

import getpass
import json

import pytest

from harvester.store import open_store
from harvester.store.comments.comment import VISITOR, Writer
from harvester.store.comments.subscribing import subscribe
from harvester.store.comments.writing import NewComment, write_comment
from harvester.store.endpoints import put_endpoint
from harvester.store.hubs.settings import put_settings
from harvester.store.items import find_items
from harvester.store.operating.audit import list_audit
from tests.contract.store.comments.conftest import LETTERS
from tests.search_api.conftest import ENDPOINT, harvest, made_item, record

VERA = Writer(
    user=None, name="Vera\x1b[31m", mail="v@example.org", actor=VISITOR, visit="v", client="c", agent="a browser"
)


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        put_endpoint(store, ENDPOINT)
        harvest(store, [record("1", made_item(1))], now=store.now())
        yield store


@pytest.fixture
def write(store):
    def made(*bodies):
        (item,) = find_items(store, "oai:made:1")
        for body in bodies:
            new = NewComment(item, None, body, "waiting")
            write_comment(store, new, VERA, per_hour=None, letters=LETTERS, now=store.now())
        return item

    return made


def test_comments_are_listed_shown_and_decided_on(oaihub, store, write):
    item = write("First\n\x1b[2Jline", "Second", "Third")
    code, out, _ = oaihub("comments", "list")
    assert (code, "\x1b" in out, "in all: 3 wait" in out, out.index("Third") < out.index("First")) == (
        0,
        False,
        True,
        True,
    )
    listed = json.loads(oaihub("comments", "list", "--limit", 2, "--json")[1])
    assert ([one["comment"]["id"] for one in listed["comments"]], listed["older"]) == ([3, 2], 2)
    assert json.loads(oaihub("comments", "list", "--before", 2, "--json")[1])["comments"][0]["comment"]["id"] == 1
    code, out, err = oaihub("comments", "approve", 1, 2, 9, "--note", "fine")
    assert (code, out, "no comment 9" in err) == (1, "comment 1 is approved\ncomment 2 is approved\n", True)
    assert oaihub("comments", "spam", 2)[0] == 0
    assert oaihub("comments", "delete", 3)[0] == 0
    done = json.loads(oaihub("comments", "restore", 3, "--json")[1])
    assert (done["done"][0]["comment"]["state"], done["left"]) == ("waiting", {})
    shown = oaihub("comments", "show", 1)[1]
    assert ("\x1b" in shown, "v@example.org" in shown, item in shown, "fine" in shown) == (False, True, True, True)
    history = json.loads(oaihub("comments", "show", 2, "--json")[1])
    assert [one["action"] for one in history["events"]] == ["write", "approve", "spam"]
    assert {one.actor for one in list_audit(store, object="comment:2")} == {f"command:{getpass.getuser()}"}
    assert json.loads(oaihub("comments", "list", "--state", "spam", "--json")[1])["counts"]["spam"] == 1


def test_what_is_approved_is_told_in_the_name_and_language_of_the_hub(oaihub, store, write, monkeypatch):
    monkeypatch.setenv("OAIHUB_PUBLIC_URL", "https://hub.example.org/")
    put_settings(store, 'name = "Our hub"\nlanguages = ["en"]', after=None, actor="ada", now=store.now())
    item = write("News")
    subscribe(store, item, "sub@example.org", letters=LETTERS, now=store.now(), is_known=True)
    assert oaihub("comments", "approve", 1)[0] == 0
    with store.connect() as connection:
        to, subject, text = connection.exec_driver_sql("SELECT recipient, subject, text FROM mails").one()
    assert (to, subject) == ("sub@example.org", "Our hub: a comment on Survey of schools 01")
    assert f"https://hub.example.org/items/{item}#comment-1" in text
    assert "https://hub.example.org/subscriptions/1." in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "7"), "no comment 7"),
        (("show", "x"), "not a valid integer"),
        (("approve",), "Missing argument"),
        (("list", "--state", "all"), "is not one of"),
    ],
)
def test_wrong_use_is_named(oaihub, store, arguments, said):
    code, out, err = oaihub("comments", *arguments)
    assert (code, out, said in " ".join(err.split())) == (2, "", True)
