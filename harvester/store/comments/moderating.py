"""What moderators do: look through what waits or was flagged, decide, and read what was done before."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, literal_column, select, update

from harvester.store.comments.comment import (
    CHOSEN,
    Action,
    Case,
    State,
    find_comment,
    note_event,
    read_case,
)
from harvester.store.comments.letters import Letters, count_flagged, count_state, tell_subscribers
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import comment_events, comments

Queue = Literal["waiting", "flagged", "approved", "spam", "deleted"]
Decision = Literal["approve", "spam", "delete", "restore"]
QUEUES: Final[tuple[Queue, ...]] = ("waiting", "flagged", "approved", "spam", "deleted")
DECISIONS: Final[tuple[Decision, ...]] = ("approve", "spam", "delete", "restore")
IS_FLAGGED: Final = comments.c.flags > literal_column("0")  # as in the index of those


class Counts(Struct, frozen=True):
    """How many comments there are that moderators look through."""

    waiting: int
    flagged: int
    spam: int
    deleted: int


class Choice(Struct, frozen=True):
    """A comment to decide on; with `changed` only as long as its text is the one that the moderator has read."""

    id: int
    changed: float | None = None


class Decided(Struct, frozen=True):
    """What became of a decision: the comments as they are then, and those that stayed as they were, with the reason."""

    done: list[Case]
    left: dict[int, str]


class Event(Struct, frozen=True):
    """Something that was done to a comment; `state` and `body` are those of before, empty where they stayed."""

    at: float
    actor: str
    action: Action
    state: str
    body: str
    note: str


def list_cases(store: Store, queue: Queue, *, limit: int, before: int | None = None) -> list[Case]:
    """Give comments of a queue, the newest first, those that came before one of this id."""
    statement = CHOSEN.where(_is_in(queue)).order_by(comments.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(comments.c.id < before)
    with store.connect() as connection:
        return [read_case(row) for row in connection.execute(statement)]


def count_cases(store: Store) -> Counts:
    """Count what waits for moderators."""
    with store.connect() as connection:
        states = {state: count_state(connection, state) for state in ("waiting", "spam", "deleted")}
        return Counts(states["waiting"], count_flagged(connection), states["spam"], states["deleted"])


def get_case(store: Store, number: int) -> Case | None:
    """Give a comment by its id."""
    with store.connect() as connection:
        return find_comment(connection, number)


def list_events(store: Store, number: int) -> list[Event]:
    """Give what was done to a comment, the oldest first."""
    columns = (*(comment_events.c[name] for name in Event.__struct_fields__),)
    statement = select(*columns).where(comment_events.c.comment == number).order_by(comment_events.c.id)
    with store.connect() as connection:
        return [Event(*row) for row in connection.execute(statement)]


def decide(
    store: Store,
    decision: Decision,
    chosen: Sequence[Choice],
    *,
    actor: str,
    note: str,
    letters: Letters,
    now: float,
) -> Decided:
    """Decide on comments; those that do not fit stay as they are. Subscribers are told of what is approved first."""
    done: list[Case] = []
    left: dict[int, str] = {}
    with store.begin() as connection:
        for choice in sorted(chosen, key=lambda choice: choice.id):
            connection.execute(select(comments.c.id).where(comments.c.id == choice.id).with_for_update())
            before = find_comment(connection, choice.id)
            reason = _why_not(before, decision, choice)
            if before is None or reason:
                left[choice.id] = reason
                continue
            after = _state_after(connection, before, decision)
            ruled = {"state": after} | ({"flags": 0} if decision == "approve" else {})
            connection.execute(update(comments).where(comments.c.id == choice.id).values(ruled))
            was = before.comment.state
            if decision == "approve" and not _was_approved(connection, choice.id):
                tell_subscribers(connection, before, letters, now)
            note_event(connection, choice.id, decision, actor=actor, state=was, note=note, now=now)
            details = {"item": before.comment.item, "from": was, "to": after, "note": note}
            about = f"comment:{choice.id}"
            audit_in(connection, actor=actor, action=f"{decision} comment", object=about, details=details, now=now)
            case = find_comment(connection, choice.id)
            done += [] if case is None else [case]
    return Decided(done, left)


def _is_in(queue: Queue) -> ColumnElement[bool]:
    return IS_FLAGGED & (comments.c.state == "approved") if queue == "flagged" else comments.c.state == queue


def _why_not(case: Case | None, decision: Decision, choice: Choice) -> str:
    """Give why a decision does not fit a comment; empty where it does."""
    if case is None:
        return f"there is no comment {choice.id}"
    state = case.comment.state
    if choice.changed is not None and choice.changed != case.comment.changed:
        return f"comment {choice.id} was changed meanwhile: read it again"
    is_flagged = state == "approved" and case.flags > 0
    fits = {
        "approve": state in {"waiting", "spam"} or is_flagged,
        "spam": state in {"waiting", "approved"},
        "delete": state != "deleted",
        "restore": state == "deleted",
    }
    return "" if fits[decision] else f"comment {choice.id} is {state}"


def _state_after(connection: Connection, case: Case, decision: Decision) -> State:
    """Give the state of a comment after a decision; what is restored has the one from before it was deleted."""
    if decision != "restore":
        after: dict[Decision, State] = {"approve": "approved", "spam": "spam", "delete": "deleted"}
        return after[decision]
    last = (comment_events.c.comment == case.comment.id, comment_events.c.action == "delete")
    before = select(comment_events.c.state).where(*last).order_by(comment_events.c.id.desc()).limit(1)
    found: State = connection.execute(before).scalar() or "waiting"
    return found


def _was_approved(connection: Connection, number: int) -> bool:
    """Tell whether readers have seen a comment before."""
    seen = select(func.count()).where(comment_events.c.comment == number, comment_events.c.state == "approved")
    return connection.execute(seen).scalar_one() > 0
