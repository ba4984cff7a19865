"""Comments as JSON, for readers and for moderators."""

from msgspec import Struct

from harvester.store.comments.comment import Case, Comment
from harvester.store.comments.moderating import Choice, Counts, Decision, Event
from search_api.oai.asking import stamp


class ShownComment(Struct, frozen=True, kw_only=True):
    """A comment; `parent` is the one that it answers, `thread` the one that began all that, itself where it did.

    `user` tells whether somebody wrote it who had signed in. `changed` is when its text was last changed.
    """

    id: int
    item: str
    parent: int | None
    thread: int
    name: str
    user: bool
    body: str
    state: str
    created: str
    changed: str


class ShownComments(Struct, frozen=True):
    """A page of comments, to be read in this order; `older` is the `before` of the page before, None at the first."""

    total: int
    comments: list[ShownComment]
    older: int | None


class ShownCase(Struct, frozen=True, kw_only=True):
    """A comment as moderators see it; `client` is the same for all that came from one network address lately."""

    comment: ShownComment
    mail: str
    flags: int
    client: str
    agent: str


class ShownCases(Struct, frozen=True):
    """What moderators look through: how much there is, and a page of one queue, the newest first."""

    counts: Counts
    comments: list[ShownCase]
    older: int | None


class ShownHistory(Struct, frozen=True):
    """A comment with all that was done to it, the oldest first."""

    case: ShownCase
    events: list[Event]


class ShownDecided(Struct, frozen=True):
    """What became of a decision: those it was made of, and those that stay as they were, with the reason."""

    done: list[ShownCase]
    left: dict[int, str]


class Written(Struct, frozen=True, forbid_unknown_fields=True):
    """A comment to be written, and which it answers."""

    body: str
    parent: int | None = None


class Decide(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision on comments, why, and on each only as long as its text is that of `changed`, where that is given."""

    decision: Decision
    comments: list[Choice]
    note: str = ""


def show_comment(comment: Comment) -> ShownComment:
    """Give a comment as JSON has it."""
    return ShownComment(
        id=comment.id,
        item=comment.item,
        parent=comment.parent,
        thread=comment.thread,
        name=comment.name,
        user=comment.is_user,
        body=comment.body,
        state=comment.state,
        created=stamp(comment.created),
        changed=stamp(comment.changed),
    )


def show_case(case: Case) -> ShownCase:
    """Give a comment as moderators have it as JSON."""
    shown = show_comment(case.comment)
    return ShownCase(comment=shown, mail=case.mail, flags=case.flags, client=case.client, agent=case.agent)
