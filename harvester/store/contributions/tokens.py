"""Tokens: links by which somebody without an account may propose changes. Only a token's digest is kept.

A token is 256 random bits. It is good for some items or all, for some properties or all that the hub offers, for some
number of proposals or any, until a time; and it ends at once when it is revoked.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, insert, select, update

from harvester.errors import cut
from harvester.store.accounts.sessions import digest_of
from harvester.store.connection import Store
from harvester.store.contributions.errors import ContributionError
from harvester.store.mails import queue_mail
from harvester.store.membership import among
from harvester.store.operating.audit import audit_in
from harvester.store.tables import items, tokens

DAY_S: Final = 86_400.0
DEFAULT_LIFE_S: Final = 30 * DAY_S
LONGEST_LIFE_S: Final = 366 * DAY_S
MOST_ITEMS: Final = 1_000
LONGEST_LABEL: Final = 100
LONGEST_MAIL: Final = 254
MOST_USES: Final = 100_000

ENCODER: Final = msgspec.json.Encoder()
DECODER: Final = msgspec.json.Decoder(tuple[str, ...])


class Token(Struct, frozen=True, kw_only=True):
    """A token as it may be shown; times in seconds since 1970, 0 for never.

    No `items` or `properties` are all. `uses_left` are the proposals that may still be handed in, None any number.
    """

    id: int
    label: str
    mail: str
    created_by: str
    created: float
    expires: float
    items: tuple[str, ...]
    properties: tuple[str, ...]
    uses_left: int | None
    used: float
    revoked: float


class Letter(Struct, frozen=True):
    """What a mail says."""

    subject: str
    text: str


class NewToken(Struct, frozen=True, kw_only=True):
    """What a token is to be good for; fields as in `Token`. `life_s` begins when it is made."""

    label: str
    mail: str = ""
    items: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    uses: int | None = None
    life_s: float = DEFAULT_LIFE_S


def make_token() -> str:
    """Give the text of a new token."""
    return secrets.token_urlsafe(32)


def add_token(store: Store, new: NewToken, *, text: str, letter: Letter | None = None, actor: str, now: float) -> Token:
    """Make a token with a text that nobody can see again, and send it to its address where there is a letter.

    Raises: ContributionError (label, address, life, uses; an item that is not there).
    """
    _check(new)
    row = {
        "label": new.label.strip(),
        "mail": new.mail.strip(),
        "created_by": actor,
        "created": now,
        "expires": now + new.life_s,
        "items": ENCODER.encode(list(dict.fromkeys(new.items))).decode(),
        "properties": ENCODER.encode(list(dict.fromkeys(new.properties))).decode(),
        "uses_left": new.uses,
        "used": 0.0,
        "revoked": 0.0,
    }
    with store.begin() as connection:
        _check_items(connection, new.items)
        adding = insert(tokens).values(row | {"digest": digest_of(text)}).returning(tokens)
        token = token_of(connection.execute(adding).one())
        details = {
            "items": list(token.items),
            "properties": list(token.properties),
            "uses": new.uses,
            "expires": token.expires,
        }
        audit_in(connection, actor=actor, action="add", object=object_of(token), details=details, now=now)
        if letter is not None:
            if not token.mail:
                raise ContributionError(
                    "no_mail", "there is no mail address to send the token to; give one, or copy its link"
                )
            queue_mail(connection, recipient=token.mail, subject=letter.subject, text=letter.text, now=now)
            audit_in(connection, actor=actor, action="send", object=object_of(token), now=now)
    return token


def list_tokens(store: Store, *, before: int | None = None, limit: int = 100) -> list[Token]:
    """Give the tokens, also those that are over, the newest first; where given, those before one of this id."""
    statement = select(tokens).order_by(tokens.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(tokens.c.id < before)
    with store.connect() as connection:
        return [token_of(row) for row in connection.execute(statement)]


def get_token(store: Store, number: int) -> Token | None:
    """Give a token by its id, None where there is none."""
    with store.connect() as connection:
        return read_token(connection, number)


def read_token(connection: Connection, number: int) -> Token | None:
    """Give a token by its id, likewise."""
    row = connection.execute(select(tokens).where(tokens.c.id == number)).one_or_none()
    return None if row is None else token_of(row)


def revoke_token(store: Store, number: int, *, actor: str, now: float) -> Token:
    """End a token and all that was opened with it. Raises: ContributionError where there is none, or it has ended."""
    ending = update(tokens).where(tokens.c.id == number, tokens.c.revoked == 0).values(revoked=now).returning(tokens)
    with store.begin() as connection:
        row = connection.execute(ending).one_or_none()
        if row is None:
            raise ContributionError(
                "no_token", f"there is no token {number} to revoke; `oaihub tokens list` shows those that are"
            )
        token = token_of(row)
        audit_in(connection, actor=actor, action="revoke", object=object_of(token), now=now)
    return token


def take_use(connection: Connection, token: Token) -> None:
    """Count a proposal that is handed in with a token. Raises: ContributionError where none may be any more."""
    if token.uses_left is None:
        return
    counting = update(tokens).where(tokens.c.id == token.id, tokens.c.uses_left > 0)
    if connection.execute(counting.values(uses_left=tokens.c.uses_left - 1)).rowcount != 1:
        raise ContributionError(
            "used_up", "as many proposals as the link is good for were handed in; ask for another link"
        )


def find_digest(connection: Connection, text: str) -> Token | None:
    """Give the token of a text, also one that is over; None where there is none."""
    row = connection.execute(select(tokens).where(tokens.c.digest == digest_of(text))).one_or_none()
    return None if row is None else token_of(row)


def is_open(token: Token, now: float) -> bool:
    """Tell whether a token may be opened: it was not revoked and has not expired."""
    return token.revoked == 0 and token.expires > now


def state_of(token: Token, now: float) -> str:
    """Give what a token is: valid, used up, expired or revoked."""
    if token.revoked:
        return "revoked"
    if token.expires <= now:
        return "expired"
    return "used up" if token.uses_left == 0 else "valid"


def is_good_for(token: Token, item_ids: Sequence[str]) -> bool:
    """Tell whether a token is good for a work, by the ids of its parts."""
    return not token.items or not set(token.items).isdisjoint(item_ids)


def actor_of(token: Token) -> str:
    """Give how the audit names who holds a token."""
    return f"token:{token.label}#{token.id}"


def object_of(token: Token) -> str:
    """Give how the audit names a token."""
    return f"token:{token.id}"


def _check(new: NewToken) -> None:
    label, mail = new.label.strip(), new.mail.strip()
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise ContributionError(
            "label",
            f"a token needs the name of whom it is for, of 1 to {LONGEST_LABEL} characters",
            subject=LONGEST_LABEL,
        )
    if mail and not is_mail(mail):
        raise ContributionError("mail", f"{cut(mail)!r} is no mail address; write it as name@host", subject=cut(mail))
    if not 0 < new.life_s <= LONGEST_LIFE_S:
        raise ContributionError("life", "a token is good for a year at most, and for some time at least")
    if new.uses is not None and not 1 <= new.uses <= MOST_USES:
        raise ContributionError(
            "uses", f"a token is good for 1 to {MOST_USES:,} proposals, or any number", subject=MOST_USES
        )
    if len(new.items) > MOST_ITEMS:
        raise ContributionError(
            "many_items",
            f"a token names {MOST_ITEMS:,} items at most; without any it is good for all",
            subject=MOST_ITEMS,
        )


def is_mail(text: str) -> bool:
    """Tell whether a text can be a mail address; whether anybody reads there only a mail can tell."""
    name, _, host = text.rpartition("@")
    is_plain = text.isprintable() and not set(text) & set(" \"'<>,;:\\()[]")
    return is_plain and bool(name) and bool(host) and "@" not in name and len(text) <= LONGEST_MAIL


def _check_items(connection: Connection, item_ids: Sequence[str]) -> None:
    found = set(connection.execute(select(items.c.id).where(among(connection, items.c.id, item_ids))).scalars())
    missing = [item_id for item_id in item_ids if item_id not in found]
    if missing:
        raise ContributionError(
            "no_item",
            f"there is no item {cut(missing[0])}: `oaihub search` finds items and shows their ids",
            subject=cut(missing[0]),
        )


def token_of(row: Row[Any]) -> Token:
    """Give a token from its row."""
    return Token(
        id=row.id,
        label=row.label,
        mail=row.mail,
        created_by=row.created_by,
        created=row.created,
        expires=row.expires,
        items=DECODER.decode(row.items),
        properties=DECODER.decode(row.properties),
        uses_left=row.uses_left,
        used=row.used,
        revoked=row.revoked,
    )
