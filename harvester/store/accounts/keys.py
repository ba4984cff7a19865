"""API keys: how programs say whose they are. Only a key's digest is kept.

A key is `oaihub_`, 64 hexadecimal digits of chance, and 8 of their CRC-32: programs that look for secrets in places
where none should be can tell one by its form (`oaihub_[0-9a-f]{72}`) and its checksum, without asking anybody.
"""

import hashlib
import re
import secrets
import zlib
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from harvester.errors import cut
from harvester.store.accounts.roles import ROLES, Account, AccountError, check_role, is_within
from harvester.store.accounts.users import lock_user, note_sight
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import api_keys, users

PREFIX: Final = "oaihub_"
KEY_BYTES: Final = 32
FORM: Final = re.compile(rf"{PREFIX}([0-9a-f]{{64}})([0-9a-f]{{8}})")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
USED_EVERY_S: Final = 60.0
MOST_REQUESTS: Final = 1_000_000


class ApiKey(Struct, frozen=True):
    """A key as it may be shown; times in seconds since 1970, 0 for never.

    `quota` is how many requests it may make a minute, None where that is what the server gives every client.
    """

    id: int
    user: str
    name: str
    role: str
    created: float
    expires: float
    used: float
    revoked: float
    quota: int | None = None


class Quota(Struct, frozen=True):
    """How many requests a key may make in a minute."""

    key: int
    limit: int


def add_key(
    store: Store,
    name: str,
    *,
    user: str,
    role: str,
    expires: float,
    quota: int | None = None,
    actor: str,
    now: float,
) -> tuple[ApiKey, str]:
    """Make a key for a program of a user; give it with its text, which nobody can see again.

    `expires` is a time, 0 for never. Raises: AccountError (name, role, quota, no such user).
    """
    check_role(role)
    if not NAME.fullmatch(name):
        raise AccountError(
            f"{cut(name)!r} cannot be the name of a key: use letters, digits, _, . and -, at most 64", "key name"
        )
    _check_quota(quota)
    text = make_key()
    row = {"name": name, "role": role, "created": now, "expires": expires, "used": 0.0, "revoked": 0.0, "quota": quota}
    with store.begin() as connection:
        owner = lock_user(connection, user)
        if not is_within(role, owner.role):
            raise AccountError(f"{owner.name} is {owner.role}: a key of his cannot be {role}", "key role")
        same = select(api_keys.c.id).where(api_keys.c.user == owner.id, api_keys.c.name == name, _is_valid(now))
        if connection.execute(same).scalar() is not None:
            raise AccountError(f"{owner.name} has a key {name} already: revoke it, or take another name", "key taken")
        adding = insert(api_keys).values(row | {"digest": _digest(text), "user": owner.id})
        number = int(connection.execute(adding.returning(api_keys.c.id)).scalar_one())
        details = {"role": role, "expires": expires, "quota": quota}
        audit_in(connection, actor=actor, action="add", object=f"key:{owner.name}:{name}", details=details, now=now)
    return ApiKey(number, owner.name, name, role, now, expires, 0.0, 0.0, quota), text


def find_key(store: Store, text: str, now: float) -> Account | None:
    """Give who asks by a key, None where it is none, or one that is over. He may do what both he and the key may."""
    if not is_well_formed(text):
        return None
    found = (
        select(api_keys.c.id, api_keys.c.name, api_keys.c.role, api_keys.c.used)
        .add_columns(users.c.id.label("owner_id"), users.c.name.label("owner"), users.c.role.label("owner_role"))
        .join_from(api_keys, users, users.c.id == api_keys.c.user)
        .where(api_keys.c.digest == _digest(text), _is_valid(now), ~users.c.disabled)
    )
    with store.connect() as connection:
        row = connection.execute(found).one_or_none()
    if row is None:
        return None
    if row.used < now - USED_EVERY_S:
        note_sight(store, update(api_keys).where(api_keys.c.id == row.id).values(used=now))
    rights = ROLES[row.role] & ROLES[row.owner_role]
    return Account(row.owner, row.role, rights, f"{row.owner}:{row.name}", row.owner_id)


def find_quota(store: Store, text: str, now: float) -> Quota | None:
    """Give what a key may ask for in a minute; None where it has no quota of its own, is none, or is over."""
    found = (
        select(api_keys.c.id, api_keys.c.quota)
        .join_from(api_keys, users, users.c.id == api_keys.c.user)
        .where(api_keys.c.digest == _digest(text), api_keys.c.quota.is_not(None), _is_valid(now), ~users.c.disabled)
    )
    with store.connect() as connection:
        row = connection.execute(found).one_or_none()
    return None if row is None else Quota(row.id, row.quota)


def list_keys(store: Store, user: str | None = None) -> list[ApiKey]:
    """Give all keys, of one user where given, also those that are over, by user and time."""
    statement = (
        select(api_keys, users.c.name.label("owner"))
        .join_from(api_keys, users, users.c.id == api_keys.c.user)
        .order_by(users.c.name, api_keys.c.id)
    )
    if user is not None:
        statement = statement.where(users.c.name == user)
    with store.connect() as connection:
        rows = connection.execute(statement).all()
    return [
        ApiKey(row.id, row.owner, row.name, row.role, row.created, row.expires, row.used, row.revoked, row.quota)
        for row in rows
    ]


def revoke_key(store: Store, number: int, *, actor: str, now: float) -> ApiKey:
    """End a key by its id, and give it as it is then. Raises: AccountError where there is none, or it has ended."""
    key = next((key for key in list_keys(store) if key.id == number), None)
    ending = update(api_keys).where(api_keys.c.id == number, api_keys.c.revoked == 0).values(revoked=now)
    with store.begin() as connection:
        if key is None or connection.execute(ending).rowcount != 1:
            raise AccountError(f"there is no key {number} to revoke; `oaihub keys list` shows those that are", "no key")
        audit_in(connection, actor=actor, action="revoke", object=f"key:{key.user}:{key.name}", now=now)
    return replace(key, revoked=now)


def set_quota(store: Store, number: int, quota: int | None, *, actor: str, now: float) -> ApiKey:
    """Give a key another quota, None for none of its own. Raises: AccountError (quota, no key that is good)."""
    _check_quota(quota)
    key = _good_key(store, number, now)
    with store.begin() as connection:
        connection.execute(update(api_keys).where(api_keys.c.id == number).values(quota=quota))
        details = {"from": key.quota, "to": quota}
        object_ = f"key:{key.user}:{key.name}"
        audit_in(connection, actor=actor, action="quota", object=object_, details=details, now=now)
    return replace(key, quota=quota)


def make_key() -> str:
    """Give a new key."""
    chance = secrets.token_hex(KEY_BYTES)
    return f"{PREFIX}{chance}{_checksum(chance)}"


def is_well_formed(text: str) -> bool:
    """Tell whether a text has the form of a key, its checksum too."""
    parts = FORM.fullmatch(text)
    return parts is not None and parts[2] == _checksum(parts[1])


def _check_quota(quota: int | None) -> None:
    if quota is not None and not 1 <= quota <= MOST_REQUESTS:
        raise AccountError(f"a key cannot have {quota:,} requests a minute: give 1 to {MOST_REQUESTS:,}", "quota")


def _good_key(store: Store, number: int, now: float) -> ApiKey:
    key = next((key for key in list_keys(store) if key.id == number), None)
    if key is None or key.revoked or 0 < key.expires <= now:
        raise AccountError(f"there is no key {number} that is good; `oaihub keys list` shows all", "no key")
    return key


def _checksum(chance: str) -> str:
    return f"{zlib.crc32(chance.encode()):08x}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _is_valid(now: float) -> ColumnElement[bool]:
    return and_(api_keys.c.revoked == 0, or_(api_keys.c.expires == 0, api_keys.c.expires > now))
