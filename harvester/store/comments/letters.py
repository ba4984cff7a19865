"""Mail about comments: to moderators of what waits for them, to who has subscribed to an item of what is new there."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, func, literal_column, select, update

from harvester.errors import cut
from harvester.store.accounts.roles import MODERATE, ROLES
from harvester.store.comments.comment import Case, Comment, State
from harvester.store.items import read_items
from harvester.store.mails import queue_mail
from harvester.store.membership import among
from harvester.store.tables import comments, items, mails, subscriptions, users
from harvester.store.works.parts import work_of

TOGETHER_S: Final = 300.0
"""Moderators get one mail for all that comes within so long."""


class Letter(Struct, frozen=True):
    """A mail: what stands above it and in it."""

    subject: str
    text: str


class Letters(Struct, frozen=True, kw_only=True):
    """What people are written, in the words of who has them written.

    `of_queue` (how many wait, how many were flagged) is for moderators, with the same subject each time; `of_comment`
    (a comment, its item's title, the id of a subscription) for who has subscribed; `to_confirm` (likewise without the
    comment) for who is to say whether he has.
    """

    of_queue: Callable[[int, int], Letter]
    of_comment: Callable[[Comment, str, int], Letter]
    to_confirm: Callable[[str, int], Letter]


def tell_moderators(connection: Connection, letters: Letters, now: float) -> None:
    """Have moderators with a mail address told how much waits; a mail that has not gone out yet is made new instead."""
    may = [role for role, rights in ROLES.items() if MODERATE in rights]
    chosen = select(users.c.mail).where(users.c.role.in_(may), ~users.c.disabled, users.c.mail != "").distinct()
    letter = letters.of_queue(count_state(connection, "waiting"), count_flagged(connection))
    for recipient in connection.execute(chosen.order_by(users.c.mail)).scalars().all():
        same = (mails.c.recipient == recipient, mails.c.subject == letter.subject)
        waits = (mails.c.fence == 0, mails.c.tries == 0, mails.c.failed == literal_column("0"))
        if connection.execute(update(mails).where(*same, *waits).values(text=letter.text)).rowcount == 0:
            told = {"recipient": recipient, "subject": letter.subject, "text": letter.text}
            queue_mail(connection, **told, now=now, not_before=now + TOGETHER_S)


def tell_subscribers(connection: Connection, case: Case, letters: Letters, now: float) -> None:
    """Have those who have subscribed to an item, and said so by mail, told of a comment; not who has written it."""
    parts = work_of(connection, case.comment.item)
    here = (among(connection, subscriptions.c.item_id, parts), subscriptions.c.confirmed > 0)
    chosen = select(func.min(subscriptions.c.id), subscriptions.c.mail).where(*here).group_by(subscriptions.c.mail)
    for number, recipient in connection.execute(chosen.order_by(subscriptions.c.mail)).all():
        if recipient.casefold() != case.mail.casefold():
            letter = letters.of_comment(case.comment, title_in(connection, case.comment.item), number)
            queue_mail(connection, recipient=recipient, subject=letter.subject, text=letter.text, now=now)


def title_in(connection: Connection, item_id: str) -> str:
    """Give the title of an item, or of what it is a part of, in one line that is not too long; its id without one."""
    lead = select(func.coalesce(items.c.merged_into, items.c.id)).where(items.c.id == item_id)
    for item in read_items(connection, select(items.c.id).where(items.c.id.in_(lead))):
        if item.title:
            return cut(" ".join(item.title[0].value.split()))
    return item_id


def count_state(connection: Connection, state: State) -> int:
    """Count the comments of a state, as a transaction sees it."""
    return connection.execute(select(func.count()).where(comments.c.state == state)).scalar_one()


def count_flagged(connection: Connection) -> int:
    """Count the comments that readers see and somebody has flagged, likewise."""
    flagged = (comments.c.flags > literal_column("0"), comments.c.state == "approved")
    return connection.execute(select(func.count()).where(*flagged)).scalar_one()
