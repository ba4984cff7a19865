"""Mail to people that waits to be sent: written in the transaction of what it tells of, so neither comes without.

    waits > taken by a lease > sent, and gone; what fails waits longer each time, and is given up after MOST_TRIES

A try counts from when the mail is taken, so one that kills who sends it is given up, too. Texts may hold links that
open something: they go with the mail, and those of mail that was given up after some days.
"""

import secrets
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal_column, select, update

from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import mails

MOST_TRIES: Final = 8
FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 12 * 3_600.0
KEPT_S: Final = 30 * 86_400.0
FENCE_BITS: Final = 62
WAITS: Final = mails.c.failed == literal_column("0")  # as in the index of what is to be sent
FREED: Final = {"fence": 0, "leased_until": 0.0}
KILLED: Final = "whoever sent it ended each time before it was done"


class Mail(Struct, frozen=True):
    """A mail that was taken to be sent; `tries` counts this one, too."""

    id: int
    fence: int
    recipient: str
    subject: str
    text: str
    tries: int


class QueuedMail(Struct, frozen=True):
    """A mail as it may be shown: nothing of whom it goes to or what it says; `failed` is 0 while it is to be sent."""

    id: int
    subject: str
    created: float
    not_before: float
    tries: int
    error: str
    failed: float


class MailCounts(Struct, frozen=True):
    """How many mails wait, since when the first of them could have gone (None: none could), how many were given up."""

    waiting: int
    due_since: float | None
    failed: int


def queue_mail(
    connection: Connection, *, recipient: str, subject: str, text: str, now: float, not_before: float | None = None
) -> None:
    """Have a mail sent once the transaction of a connection is done, where given not before a time."""
    begin = now if not_before is None else not_before
    row = {"recipient": recipient, "subject": subject, "text": text, "created": now, "not_before": begin, "tries": 0}
    connection.execute(insert(mails).values(row | FREED | {"error": "", "failed": 0.0}))


def claim_mail(store: Store, *, lease_s: float, now: float) -> Mail | None:
    """Take the mail that waits for longest; None where none is due."""
    is_free = and_(WAITS, mails.c.not_before <= now, mails.c.leased_until < now)
    with store.connect() as connection:  # most looks find nothing, and lock nothing
        if connection.execute(select(mails.c.id).where(is_free).limit(1)).scalar() is None:
            return None
    fence = secrets.randbits(FENCE_BITS) or 1
    first = select(mails.c.id).where(is_free, mails.c.tries < MOST_TRIES).order_by(mails.c.not_before, mails.c.id)
    taken = first.limit(1).with_for_update(skip_locked=True).cte()  # evaluated once
    take = update(mails).where(mails.c.id.in_(select(taken)))
    held = {"fence": fence, "leased_until": now + lease_s, "tries": mails.c.tries + 1}
    columns = (mails.c.id, mails.c.fence, mails.c.recipient, mails.c.subject, mails.c.text, mails.c.tries)
    with store.begin() as connection:
        spent = update(mails).where(is_free, mails.c.tries >= MOST_TRIES)
        connection.execute(spent.values(failed=now, error=KILLED, **FREED))
        row = connection.execute(take.values(held).returning(*columns)).one_or_none()
    return None if row is None else Mail(*row)


def note_sent(store: Store, mail: Mail) -> bool:
    """Forget a mail that was sent; False where another has taken it meanwhile."""
    with store.begin() as connection:
        return connection.execute(delete(mails).where(_is_held(mail))).rowcount > 0


def note_unsent(store: Store, mail: Mail, error: str, now: float) -> bool:
    """Have a mail wait, or give it up after the last try; False where another has taken it meanwhile.

    It waits a minute, then four times as long each time, up to twelve hours: a day and a half in all.
    """
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 4.0 ** (mail.tries - 1))
    ended = {"failed": now} if mail.tries >= MOST_TRIES else {"not_before": now + wait_s}
    with store.begin() as connection:
        kept = update(mails).where(_is_held(mail)).values(error=error, **ended, **FREED)
        return connection.execute(kept).rowcount > 0


def count_mails(store: Store, now: float) -> MailCounts:
    """Count what waits and what was given up."""
    with store.connect() as connection:
        number = connection.execute(select(func.count()).where(WAITS)).scalar_one()
        due = connection.execute(select(func.min(mails.c.not_before)).where(WAITS, mails.c.not_before <= now)).scalar()
        failed = connection.execute(select(func.count()).where(~WAITS)).scalar_one()
    return MailCounts(number, due, failed)


def list_mails(store: Store, *, limit: int) -> list[QueuedMail]:
    """Give what waits or was given up, the newest first."""
    columns = [mails.c[name] for name in QueuedMail.__struct_fields__]
    with store.connect() as connection:
        return [
            QueuedMail(*row) for row in connection.execute(select(*columns).order_by(mails.c.id.desc()).limit(limit))
        ]


def retry_mails(store: Store, *, actor: str, now: float) -> int:
    """Have all that was given up or waits be tried at once; give how many there are."""
    again = {"failed": 0.0, "tries": 0, "not_before": now, "error": ""}
    with store.begin() as connection:
        number = connection.execute(update(mails).where(mails.c.leased_until < now).values(again)).rowcount
        audit_in(connection, actor=actor, action="retry mails", object="hub", details={"mails": number}, now=now)
        return number


def drop_mails(store: Store, *, actor: str, now: float) -> int:
    """Forget all that was given up; give how many there were."""
    with store.begin() as connection:
        number = connection.execute(delete(mails).where(~WAITS)).rowcount
        audit_in(connection, actor=actor, action="drop mails", object="hub", details={"mails": number}, now=now)
        return number


def forget_mails(store: Store, now: float) -> int:
    """Forget what was given up 30 days ago."""
    old = and_(~WAITS, mails.c.failed < now - KEPT_S)
    with store.connect() as connection:
        if connection.execute(select(mails.c.id).where(old).limit(1)).scalar() is None:
            return 0
    with store.begin() as connection:
        return connection.execute(delete(mails).where(old)).rowcount


def _is_held(mail: Mail) -> ColumnElement[bool]:
    return and_(mails.c.id == mail.id, mails.c.fence == mail.fence)
