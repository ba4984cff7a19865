"""Passes: what a browser keeps in place of a token that was opened with it, and until when. Only digests are kept."""

from typing import Final

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from harvester.store.accounts.sessions import digest_of
from harvester.store.connection import Store
from harvester.store.contributions.tokens import (
    Token,
    actor_of,
    find_digest,
    is_open,
    make_token,
    object_of,
    token_of,
)
from harvester.store.operating.audit import audit_in
from harvester.store.tables import token_sessions, tokens

LIFE_S: Final = 12 * 3_600.0


class Pass(Struct, frozen=True):
    """An opened token, the digest of what the browser keeps, and when it ends."""

    token: Token
    digest: bytes
    expires: float


class Opened(Struct, frozen=True):
    """A token that was opened, and what its browser is to keep for so many seconds."""

    token: Token
    text: str
    life_s: float


def open_pass(store: Store, text: str, *, instead_of: str = "", now: float) -> Opened | Token | None:
    """Open a token, in place of the pass that the browser had.

    None where there is no such token, and the token itself where it has expired or was revoked.
    """
    kept = make_token()
    with store.begin() as connection:
        token = find_digest(connection, text)
        if token is None or not is_open(token, now):
            return token
        expires = min(token.expires, now + LIFE_S)
        is_over = (token_sessions.c.token == token.id) & (token_sessions.c.expires <= now)
        replaced = token_sessions.c.digest == digest_of(instead_of)
        connection.execute(delete(token_sessions).where(is_over | replaced))
        row = {"digest": digest_of(kept), "token": token.id, "created": now, "expires": expires}
        connection.execute(insert(token_sessions).values(row))
        connection.execute(update(tokens).where(tokens.c.id == token.id).values(used=now))
        audit_in(connection, actor=actor_of(token), action="open", object=object_of(token), now=now)
    return Opened(token, kept, expires - now)


def find_pass(store: Store, text: str, *, now: float) -> Pass | None:
    """Give the pass of a browser with its token as it is now; None where either is over, or was never there."""
    digest = digest_of(text)
    found = (
        select(tokens, token_sessions.c.expires.label("ends"))
        .join_from(token_sessions, tokens, tokens.c.id == token_sessions.c.token)
        .where(token_sessions.c.digest == digest, token_sessions.c.expires > now)
        .where(tokens.c.revoked == 0, tokens.c.expires > now)
    )
    with store.connect() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else Pass(token_of(row), digest, row.ends)


def end_pass(store: Store, digest: bytes) -> None:
    """Forget a pass; its token can be opened again."""
    with store.begin() as connection:
        connection.execute(delete(token_sessions).where(token_sessions.c.digest == digest))
