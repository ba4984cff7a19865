"""What a comment is, for readers and for moderators, and the ways it goes.

waiting > approved | spam | deleted, by a moderator; approved at once where nobody has to look first
an edit by its author has it wait again; what is deleted is kept, and a restore gives it the state it had before
"""

from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, insert, select

from harvester.errors import FatalError
from harvester.store.tables import comment_events, comments
from harvester.store.works.parts import work_of

State = Literal["waiting", "approved", "spam", "deleted"]
Action = Literal["write", "edit", "approve", "spam", "delete", "restore", "flag"]
VISITOR: Final = "visitor"
ANSWERED: Final = comments.alias("answered")


class CommentError(FatalError):
    """What was asked of a comment cannot be; the text says why."""


class Comment(Struct, frozen=True, kw_only=True):
    """A comment as readers may see it; times in seconds since 1970, `changed` is that of its last edit.

    `parent` is the comment that it answers, `parent_name` who wrote that, empty where nobody can read it now; `thread`
    is the comment that began it all, itself where it answers none.
    """

    id: int
    item: str
    parent: int | None
    parent_name: str
    thread: int
    name: str
    is_user: bool
    body: str
    state: State
    created: float
    changed: float


class Case(Struct, frozen=True):
    """A comment as moderators see it: with the mail address and browser of who wrote it, and how often it was flagged.

    `client` is the same for all that came from one network address within the last days.
    """

    comment: Comment
    mail: str
    flags: int
    client: str
    agent: str


class Writer(Struct, frozen=True, kw_only=True):
    """Who writes: a user by his id, or a visitor (None), who is known again by his `visit`, empty for nobody.

    `visit` and `client` are keyed digests of a cookie and a network address, `agent` is what his browser calls itself.
    """

    user: int | None
    name: str
    mail: str
    actor: str
    visit: str
    client: str
    agent: str


COLUMNS: Final = (
    *(comments.c[name] for name in ("id", "item_id", "parent", "thread", "user", "name", "body", "state", "created")),
    *(comments.c[name] for name in ("changed", "mail", "flags", "client", "agent")),
    ANSWERED.c.name.label("parent_name"),
)
WITH_PARENTS: Final = comments.outerjoin(
    ANSWERED, (ANSWERED.c.id == comments.c.parent) & (ANSWERED.c.state == "approved")
)
CHOSEN: Final = select(*COLUMNS).select_from(WITH_PARENTS)


def read_comment(row: Row[Any]) -> Comment:
    """Give the comment of a row of CHOSEN."""
    return Comment(
        id=row.id,
        item=row.item_id,
        parent=row.parent,
        parent_name=row.parent_name or "",
        thread=row.thread or row.id,
        name=row.name,
        is_user=row.user is not None,
        body=row.body,
        state=row.state,
        created=row.created,
        changed=row.changed,
    )


def read_case(row: Row[Any]) -> Case:
    """Give the comment of a row of CHOSEN with what moderators see of it."""
    return Case(read_comment(row), row.mail, row.flags, row.client, row.agent)


def find_comment(connection: Connection, number: int) -> Case | None:
    """Give a comment by its id, as a transaction sees it."""
    row = connection.execute(CHOSEN.where(comments.c.id == number)).one_or_none()
    return None if row is None else read_case(row)


def of_work(connection: Connection, item_id: str) -> ColumnElement[bool]:
    """Give the condition that a comment is on an item, or on another part of its work."""
    return comments.c.item_id.in_(work_of(connection, item_id))  # few; SQLite would not begin with many in one


def note_event(
    connection: Connection,
    number: int,
    action: Action,
    *,
    actor: str,
    now: float,
    state: str = "",
    body: str = "",
    note: str = "",
    client: str = "",
) -> None:
    """Write what was done to a comment; `state` and `body` are those it had before, empty where they stayed."""
    row = {"comment": number, "at": now, "actor": actor, "action": action, "state": state, "body": body}
    connection.execute(insert(comment_events).values(row | {"note": note, "client": client}))
