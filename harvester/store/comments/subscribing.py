"""Subscriptions: who wants to be told of comments on an item; asked for in a form, and confirmed by mail."""

from typing import Final

from msgspec import Struct
from sqlalchemy import delete, func, select, update

from harvester.store.comments.letters import Letters, title_in
from harvester.store.connection import Store
from harvester.store.mails import queue_mail
from harvester.store.tables import subscriptions

DAY_S: Final = 86_400.0
CONFIRM_WITHIN_S: Final = 7 * DAY_S
MOST_OPEN: Final = 3
"""Mails to one address that ask to confirm, as long as nobody answers: no form is a way to fill somebody's mailbox."""


class Subscription(Struct, frozen=True):
    """Who has subscribed to an item; `confirmed` is 0 until he has said so by mail."""

    id: int
    item: str
    mail: str
    confirmed: float


def subscribe(store: Store, item_id: str, mail: str, *, letters: Letters, now: float, is_known: bool = False) -> None:
    """Note that somebody wants to be told of comments on an item, and have him asked by mail whether that is so.

    An address that the hub knows to be his is not asked; nobody is asked twice, or while MOST_OPEN questions wait.
    """
    with store.begin() as connection:
        mine = subscriptions.c.mail == mail
        asked = select(func.count()).where(mine, subscriptions.c.confirmed == 0)
        if not is_known and connection.execute(asked).scalar_one() >= MOST_OPEN:
            return
        row = {"item_id": item_id, "mail": mail, "created": now, "confirmed": now if is_known else 0.0}
        put = store.upsert(subscriptions).values(row).on_conflict_do_nothing()
        number = connection.execute(put.returning(subscriptions.c.id)).scalar()
        if number is not None and not is_known:
            letter = letters.to_confirm(title_in(connection, item_id), int(number))
            queue_mail(connection, recipient=mail, subject=letter.subject, text=letter.text, now=now)


def get_subscription(store: Store, number: int) -> Subscription | None:
    """Give a subscription by its id; None where it has ended."""
    columns = (subscriptions.c.id, subscriptions.c.item_id, subscriptions.c.mail, subscriptions.c.confirmed)
    with store.connect() as connection:
        row = connection.execute(select(*columns).where(subscriptions.c.id == number)).one_or_none()
    return None if row is None else Subscription(*row)


def confirm_subscription(store: Store, number: int, now: float) -> bool:
    """Note that somebody has said that he wants it; False where it has ended."""
    this = subscriptions.c.id == number
    with store.begin() as connection:
        connection.execute(update(subscriptions).where(this, subscriptions.c.confirmed == 0).values(confirmed=now))
        return connection.execute(select(subscriptions.c.id).where(this)).scalar() is not None


def end_subscription(store: Store, number: int) -> bool:
    """Forget a subscription with its address; False where it has ended already."""
    with store.begin() as connection:
        return connection.execute(delete(subscriptions).where(subscriptions.c.id == number)).rowcount > 0
