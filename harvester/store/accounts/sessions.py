"""Sessions: who has signed in with which browser, and until when. Only the digest of a session's token is kept."""

import hashlib
import secrets
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from harvester.store.accounts.roles import ROLES, Account
from harvester.store.accounts.signing import Proven
from harvester.store.accounts.users import lock_user, note_sight
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import sessions, users

TOKEN_BYTES: Final = 32
LONGEST_CLIENT: Final = 200
SEEN_EVERY_S: Final = 60.0


class Session(Struct, frozen=True):
    """A browser that has signed in; times in seconds since 1970. `client` is what it calls itself."""

    digest: bytes
    created: float
    seen: float
    expires: float
    client: str


class SignedIn(Struct, frozen=True):
    """Who asks by which session."""

    account: Account
    digest: bytes


def open_session(
    store: Store, user: Proven, *, client: str, life_s: float, now: float, instead_of: str = ""
) -> str | None:
    """Give the token of a new session, in place of the one that the browser had; None where he may not come in now.

    That is where he was disabled or his password changed since he gave it. Sessions of his that are over are forgotten.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    is_he = and_(users.c.id == user.id, users.c.password == user.password, ~users.c.disabled)
    row = {"digest": digest_of(token), "user": user.id, "created": now, "seen": now, "expires": now + life_s}
    with store.begin() as connection:
        if connection.execute(select(users.c.id).where(is_he).with_for_update()).scalar() is None:
            return None
        is_over = and_(sessions.c.user == user.id, sessions.c.expires <= now)
        connection.execute(delete(sessions).where(is_over | (sessions.c.digest == digest_of(instead_of))))
        connection.execute(insert(sessions).values(row | {"client": client[:LONGEST_CLIENT]}))
        audit_in(connection, actor=user.name, action="sign-in", object=f"user:{user.name}", now=now)
    return token


def find_session(store: Store, token: str, *, idle_s: float, now: float) -> SignedIn | None:
    """Give who has a session of this token, with the role he has now; None where it is over or was never there."""
    digest = digest_of(token)
    found = (
        select(users.c.id, users.c.name, users.c.role, sessions.c.seen)
        .join_from(sessions, users, users.c.id == sessions.c.user)
        .where(sessions.c.digest == digest, _is_open(idle_s, now), ~users.c.disabled)
    )
    with store.connect() as connection:
        row = connection.execute(found).one_or_none()
    if row is None:
        return None
    if row.seen < now - SEEN_EVERY_S:
        note_sight(store, update(sessions).where(sessions.c.digest == digest).values(seen=now))
    return SignedIn(Account(row.name, row.role, ROLES[row.role], row.name, row.id), digest)


def list_sessions(store: Store, user: int, *, idle_s: float, now: float) -> list[Session]:
    """Give the open sessions of a user by his id, the newest first."""
    columns = (sessions.c.digest, sessions.c.created, sessions.c.seen, sessions.c.expires, sessions.c.client)
    statement = select(*columns).where(sessions.c.user == user, _is_open(idle_s, now))
    with store.connect() as connection:
        rows = connection.execute(statement.order_by(sessions.c.created.desc(), sessions.c.digest)).all()
    return [Session(*row) for row in rows]


def end_session(store: Store, name: str, digest: bytes, *, actor: str, now: float) -> bool:
    """End one session of a user; False where he has none of this digest. Raises: AccountError (no such user)."""
    return _end(store, name, sessions.c.digest == digest, actor=actor, now=now) == 1


def end_sessions(store: Store, name: str, *, actor: str, now: float) -> int:
    """End all sessions of a user, and give how many there were. Raises: AccountError (no such user)."""
    return _end(store, name, sessions.c.digest.is_not(None), actor=actor, now=now)


def digest_of(token: str) -> bytes:
    """Give what is kept of a token of 256 random bits; a slow hash would protect it no better."""
    return hashlib.sha256(token.encode()).digest()


def _end(store: Store, name: str, which: ColumnElement[bool], *, actor: str, now: float) -> int:
    with store.begin() as connection:
        user = lock_user(connection, name)
        ended = connection.execute(delete(sessions).where(sessions.c.user == user.id, which)).rowcount
        if ended:
            details = {"sessions": ended}
            audit_in(connection, actor=actor, action="sign-out", object=f"user:{user.name}", details=details, now=now)
    return ended


def _is_open(idle_s: float, now: float) -> ColumnElement[bool]:
    return and_(sessions.c.expires > now, sessions.c.seen > now - idle_s)
