"""Writing, editing and flagging: what readers do, each bounded by how much of it may come from one address."""

from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Text, and_, func, insert, literal_column, select, update

from harvester.store.comments.comment import (
    CHOSEN,
    VISITOR,
    Comment,
    CommentError,
    State,
    Writer,
    find_comment,
    note_event,
    of_work,
    read_comment,
)
from harvester.store.comments.letters import Letters, tell_moderators, tell_subscribers
from harvester.store.connection import Store
from harvester.store.locking import lock_client
from harvester.store.tables import comment_events, comments

PERIOD_S: Final = 3_600.0
MOST_OWN: Final = 100
IS_KNOWN: Final = comment_events.c.client != literal_column("''", Text)  # as in the index of events by client


class TooManyError(CommentError):
    """Too much came from one address within an hour; `wait_s` is the time until more is taken."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many comments, edits and reports came from this address; wait {wait_s:.0f} s")
        self.wait_s = wait_s


class NewComment(Struct, frozen=True):
    """A comment to be written: on which item, in answer to which other, its text, and the state that it begins in."""

    item: str
    parent: int | None
    body: str
    state: State


def write_comment(
    store: Store, new: NewComment, by: Writer, *, per_hour: int | None, letters: Letters, now: float
) -> Comment:
    """Write a comment; the same again within an hour, as of a form that was sent twice, is the one that is there.

    Moderators are told where it waits, subscribers where it does not. Raises: CommentError (it answers none that can be
    read), TooManyError.
    """
    with store.begin() as connection:
        lock_client(connection, by.client)
        there = _same(connection, new, by, now)
        if there is not None:
            return there
        _check_rate(connection, by.client, per_hour, now)
        row: dict[str, object] = {"item_id": new.item, "parent": new.parent, "thread": _thread_of(connection, new)}
        row |= {"user": by.user, "name": by.name, "mail": by.mail, "visit": by.visit, "client": by.client}
        row |= {"body": new.body, "state": new.state, "agent": by.agent, "created": now, "changed": now, "flags": 0}
        number = int(connection.execute(insert(comments).values(row).returning(comments.c.id)).scalar_one())
        note_event(connection, number, "write", actor=by.actor, client=by.client, now=now)
        return _told(connection, number, letters, now, is_new=True)


def edit_comment(
    store: Store,
    number: int,
    body: str,
    by: Writer,
    *,
    state: State,
    per_hour: int | None,
    letters: Letters,
    now: float,
) -> Comment:
    """Give a comment of one's own another text, and the state that it has with it; its history keeps the former.

    Raises: CommentError (not one's own, or decided against), TooManyError.
    """
    with store.begin() as connection:
        lock_client(connection, by.client)
        before, text = _lock_own(connection, number, by)
        if text != body:
            _check_rate(connection, by.client, per_hour, now)
            changed = {"body": body, "state": state, "changed": now}
            connection.execute(update(comments).where(comments.c.id == number).values(changed))
            was = {"state": before, "body": text}
            note_event(connection, number, "edit", actor=by.actor, client=by.client, now=now, **was)
        return _told(connection, number, letters, now, is_new=text != body)


def withdraw_comment(store: Store, number: int, by: Writer, *, now: float) -> None:
    """Delete a comment of one's own. Raises: CommentError (not one's own, or decided against)."""
    with store.begin() as connection:
        before, _ = _lock_own(connection, number, by)
        connection.execute(update(comments).where(comments.c.id == number).values(state="deleted"))
        note_event(connection, number, "delete", actor=by.actor, state=before, client=by.client, now=now)


def flag_comment(
    store: Store, number: int, by: Writer, *, note: str, per_hour: int | None, letters: Letters, now: float
) -> bool:
    """Tell moderators of a comment that can be read; False where this reader has done so since the last decision.

    Raises: CommentError (none that can be read), TooManyError.
    """
    with store.begin() as connection:
        lock_client(connection, by.client)
        kept = select(comments.c.state).where(comments.c.id == number).with_for_update()
        if connection.execute(kept).scalar() != "approved":
            raise CommentError(f"there is no comment {number} that readers see")
        if _has_flagged(connection, number, by):
            return False
        _check_rate(connection, by.client, per_hour, now)
        connection.execute(update(comments).where(comments.c.id == number).values(flags=comments.c.flags + 1))
        state = {"state": "approved", "note": note}
        note_event(connection, number, "flag", actor=by.actor, client=by.client, now=now, **state)
        tell_moderators(connection, letters, now)
        return True


def list_own(store: Store, item_id: str, by: Writer) -> list[Comment]:
    """Give what somebody has written on an item and may still change, the newest first, at most MOST_OWN."""
    mine = is_own(by)
    if mine is None:
        return []
    open_ones = (comments.c.state.in_(("waiting", "approved")), mine)
    with store.connect() as connection:
        chosen = CHOSEN.where(of_work(connection, item_id), *open_ones).order_by(comments.c.id.desc())
        return [read_comment(row) for row in connection.execute(chosen.limit(MOST_OWN))]


def is_own(by: Writer) -> ColumnElement[bool] | None:
    """Give the condition that a comment is somebody's own; None for who cannot have any."""
    if by.user is not None:
        return comments.c.user == by.user
    return and_(comments.c.user.is_(None), comments.c.visit == by.visit) if by.visit else None


def _lock_own(connection: Connection, number: int, by: Writer) -> tuple[str, str]:
    """Give state and text of a comment that is somebody's own, and keep others from changing it."""
    mine = is_own(by)
    if mine is not None:
        own = select(comments.c.state, comments.c.body).where(comments.c.id == number, mine)
        row = connection.execute(own.with_for_update()).one_or_none()
        if row is not None and row.state in {"waiting", "approved"}:
            return row.state, row.body
    raise CommentError(f"comment {number} is not yours to change, or a moderator has decided on it")


def _told(connection: Connection, number: int, letters: Letters, now: float, *, is_new: bool) -> Comment:
    """Give a comment that was just written, once those are told who are to know of it."""
    case = find_comment(connection, number)
    if case is None:
        raise CommentError(f"there is no comment {number}")
    if is_new and case.comment.state == "waiting":
        tell_moderators(connection, letters, now)
    elif is_new and case.comment.state == "approved":
        tell_subscribers(connection, case, letters, now)
    return case.comment


def _thread_of(connection: Connection, new: NewComment) -> int | None:
    if new.parent is None:
        return None
    here = (comments.c.id == new.parent, comments.c.state == "approved", of_work(connection, new.item))
    row = connection.execute(select(comments.c.id, comments.c.thread).where(*here)).one_or_none()
    if row is None:
        raise CommentError(f"comment {new.parent} cannot be answered: it is not on this item, or nobody can read it")
    return int(row.thread or row.id)


def _same(connection: Connection, new: NewComment, by: Writer, now: float) -> Comment | None:
    mine = is_own(by)
    if mine is None:
        return None
    same = (comments.c.item_id == new.item, comments.c.body == new.body, comments.c.created > now - PERIOD_S, mine)
    number = connection.execute(select(comments.c.id).where(*same).limit(1)).scalar()
    case = None if number is None else find_comment(connection, number)
    return None if case is None else case.comment


def _check_rate(connection: Connection, client: str, per_hour: int | None, now: float) -> None:
    """Refuse what is one too many of an address; None is no bound. Raises: TooManyError."""
    if not client or per_hour is None:
        return
    lately = (comment_events.c.client == client, IS_KNOWN, comment_events.c.at > now - PERIOD_S)
    row = connection.execute(select(func.count(), func.min(comment_events.c.at)).where(*lately)).one()
    if row[0] >= per_hour:
        raise TooManyError(max(1.0, row[1] + PERIOD_S - now))


def _has_flagged(connection: Connection, number: int, by: Writer) -> bool:
    decided = select(func.max(comment_events.c.id)).where(
        comment_events.c.comment == number, comment_events.c.action == "approve"
    )
    since = connection.execute(decided).scalar() or 0
    is_he = comment_events.c.client == by.client if by.actor == VISITOR else comment_events.c.actor == by.actor
    flagged = select(comment_events.c.id).where(
        comment_events.c.comment == number, comment_events.c.action == "flag", comment_events.c.id > since, is_he
    )
    return connection.execute(flagged.limit(1)).scalar() is not None
