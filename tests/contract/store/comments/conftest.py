"""A store with items to comment on, people who write, and letters that tell what they were asked for."""

import pytest
from sqlalchemy import text

from harvester.store.accounts.users import add_user
from harvester.store.comments.comment import VISITOR, Writer
from harvester.store.comments.letters import Letter, Letters
from harvester.store.comments.moderating import Choice, decide
from harvester.store.comments.writing import NewComment, write_comment
from tests.contract.store.building import NOW
from tests.contract.store.planning import item_of

LETTERS = Letters(
    of_queue=lambda waiting, flagged: Letter("comments wait", f"{waiting} wait, {flagged} flagged"),
    of_comment=lambda comment, title, number: Letter("a comment", f"{comment.body} ({title}, subscription {number})"),
    to_confirm=lambda title, number: Letter("please confirm", f"{title}: {number}"),
)


def visitor(name="Vera", *, mail="", client="c1", visit="v1"):
    return Writer(user=None, name=name, mail=mail, actor=VISITOR, visit=visit, client=client, agent="a browser")


class Desk:
    """What readers and moderators do to a store, in a few words."""

    def __init__(self, store):
        self.store = store
        self.now = NOW

    def item(self, number=0):
        return item_of(self.store, f"{number:04}").id

    def write(self, body="A comment", by=None, *, item=None, state="waiting", parent=None, per_hour=100, at=0.0):
        new = NewComment(item or self.item(), parent, body, state)
        by = by or visitor()
        return write_comment(self.store, new, by, per_hour=per_hour, letters=LETTERS, now=NOW + at)

    def decide(self, decision, *numbers, note="", actor="mo", changed=None):
        chosen = [Choice(number, changed) for number in numbers]
        return decide(self.store, decision, chosen, actor=actor, note=note, letters=LETTERS, now=NOW + 10)

    def user(self, name, role, mail=""):
        words = "five blue boats sail"
        return add_user(self.store, name, role=role, mail=mail, password=words, actor="command:tester", now=NOW)

    def mails(self):
        """Give whom mail waits for, and what it says."""
        with self.store.connect() as connection:
            rows = connection.execute(text("SELECT recipient, subject, text FROM mails ORDER BY id"))
            return [tuple(row) for row in rows]


@pytest.fixture
def desk(store, endpoint):
    return Desk(store)
