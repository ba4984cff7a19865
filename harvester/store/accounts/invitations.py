"""Links by which a person sets his password: the first one (an invitation), or another. Only a link's digest is kept.

A link is used once, and ends with the next one, with another password, and when its user is disabled.
"""

import secrets
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Exists, Row, Select, delete, exists, func, insert, or_, select

from harvester.store.accounts.passwords import check_password, hash_password
from harvester.store.accounts.roles import AccountError
from harvester.store.accounts.sessions import TOKEN_BYTES, digest_of
from harvester.store.accounts.signing import Proven
from harvester.store.accounts.users import VISITOR, User, add_user_in, fold_name, lock_user, set_password_in
from harvester.store.connection import Store
from harvester.store.mails import queue_mail
from harvester.store.operating.audit import audit_in
from harvester.store.tables import invitations, users

INVITE: Final = "invite"
RESET: Final = "reset"
LIFE_S: Final = {INVITE: 7 * 86_400.0, RESET: 3_600.0}
ASKED_EVERY_S: Final = 300.0
"""How long after a user got a link none is mailed to him, however often it is asked for."""

MOST_ASKED: Final = 5  # users of one mail address who get a link at once


class Link(Struct, frozen=True):
    """A link by which a user may set his password; `kind` is invite or reset, `token` what proves it."""

    user: str
    mail: str
    kind: str
    expires: float
    token: str


Letter = tuple[str, str]
Write = Callable[[Link], Letter]
"""Gives the subject and the text of the mail that a link goes out by."""


def invite_user(
    store: Store, name: str, *, role: str, mail: str, actor: str, now: float, write: Write | None = None
) -> tuple[User, Link]:
    """Add a person without a password, and give the link to set one; it is mailed where `write` is given.

    Raises: AccountError (name, role, no mail address to write to).
    """
    with store.begin() as connection:
        user = add_user_in(connection, name, role=role, mail=mail, kept="", actor=actor, now=now)
        link = _make(connection, lock_user(connection, user.name), INVITE, now)
        _note(connection, link, actor, now)
        _send(connection, link, write, now)
    return user, link


def renew_link(store: Store, name: str, *, actor: str, now: float, write: Write | None = None) -> Link:
    """Give a new link for a user in place of his former one: an invitation as long as he has no password.

    Raises: AccountError (no such user, disabled, no mail address to write to).
    """
    with store.begin() as connection:
        user = lock_user(connection, name)
        if user.disabled:
            raise AccountError(f"{user.name} is disabled: enable him first", "disabled")
        link = _make(connection, user, _kind(user), now)
        _note(connection, link, actor, now)
        _send(connection, link, write, now)
    return link


def ask_for_link(store: Store, name_or_mail: str, *, now: float, write: Write) -> int:
    """Mail a link to everybody of a name or mail address who may come in, and give how many were mailed.

    Whoever got one a short while ago gets none now. How many must not be told, nor felt, by who asks.
    """
    asked = name_or_mail.strip()
    is_his = or_(users.c.name == fold_name(asked), func.lower(users.c.mail) == asked.lower())
    found = (
        select(users)
        .where(is_his, users.c.mail != "", ~users.c.disabled, ~_had_lately(now))
        .order_by(users.c.id)
        .limit(MOST_ASKED)
        .with_for_update(of=users)
    )
    with store.begin() as connection:
        rows = connection.execute(found).all() if asked else []
        for user in rows:
            link = _make(connection, user, _kind(user), now)
            _note(connection, link, VISITOR, now)
            _send(connection, link, write, now)
    return len(rows)


def find_link(store: Store, token: str, *, now: float) -> Link | None:
    """Give the link of a token that can be used now, or None."""
    with store.connect() as connection:
        row = connection.execute(_valid(token, now)).one_or_none()
    return None if row is None else _link(row, token)


def use_link(store: Store, token: str, password: str, *, now: float) -> Proven | None:
    """Set the password of a link's user, and give him; None where the link cannot be used now, or was just used.

    A password that cannot be one leaves the link as it is. Raises: PasswordError.
    """
    link = find_link(store, token, now=now)
    if link is None:
        return None
    kept = hash_password(check_password(password, name=link.user, mail=link.mail))
    with store.begin() as connection:
        user = lock_user(connection, link.user)
        if connection.execute(_valid(token, now)).one_or_none() is None:
            return None
        set_password_in(connection, user.id, kept)  # and with it ends the link
        details = {"by": link.kind}
        audit_in(connection, actor=user.name, action="password", object=f"user:{user.name}", details=details, now=now)
    return Proven(user.id, user.name, kept)


def _kind(user: Row[Any]) -> str:
    return RESET if user.password else INVITE


def _make(connection: Connection, user: Row[Any], kind: str, now: float) -> Link:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires = now + LIFE_S[kind]
    row = {"digest": digest_of(token), "user": user.id, "kind": kind, "created": now, "expires": expires}
    connection.execute(delete(invitations).where(invitations.c.user == user.id))
    connection.execute(insert(invitations).values(row))
    return Link(user.name, user.mail, kind, expires, token)


def _note(connection: Connection, link: Link, actor: str, now: float) -> None:
    details = {"kind": link.kind, "expires": link.expires}
    audit_in(connection, actor=actor, action="link", object=f"user:{link.user}", details=details, now=now)


def _send(connection: Connection, link: Link, write: Write | None, now: float) -> None:
    if write is None:
        return
    if not link.mail:
        raise AccountError(
            f"{link.user} has no mail address to send the link to: give one, or hand the link over", "no mail"
        )
    subject, text = write(link)
    queue_mail(connection, recipient=link.mail, subject=subject, text=text, now=now)


def _valid(token: str, now: float) -> Select[Any]:
    columns = (users.c.name, users.c.mail, invitations.c.kind, invitations.c.expires)
    return (
        select(*columns)
        .join_from(invitations, users, users.c.id == invitations.c.user)
        .where(invitations.c.digest == digest_of(token), invitations.c.expires > now, ~users.c.disabled)
    )


def _link(row: Row[Any], token: str) -> Link:
    return Link(row.name, row.mail, row.kind, row.expires, token)


def _had_lately(now: float) -> Exists:
    return exists().where(invitations.c.user == users.c.id, invitations.c.created > now - ASKED_EVERY_S)
