"""People: their names, roles and passwords, and whether they may come in at all."""

import re
import unicodedata
from contextlib import suppress
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Row, Update, delete, insert, select, update

from harvester.errors import cut
from harvester.store.accounts.passwords import check_password, hash_password
from harvester.store.accounts.roles import ADMINISTER, LOCAL, ROLES, AccountError, check_role
from harvester.store.connection import Store
from harvester.store.errors import StoreBusyError, StoreFullError
from harvester.store.operating.audit import audit_in
from harvester.store.tables import invitations, sessions, users

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,63}")
MAIL: Final = re.compile(r"[^\s@<>,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\"\x00-\x1f\x7f]{1,189}")
VISITOR: Final = "visitor"
TAKEN: Final = frozenset({LOCAL, "command", "token", VISITOR})
"""Actors of the audit that are no users."""
ADMINS: Final = tuple(role for role, rights in ROLES.items() if ADMINISTER in rights)


class User(Struct, frozen=True):
    """A person who may sign in; times in seconds since 1970, 0 for never.

    `failures` are wrong passwords in a row; from some number on none is taken until `locked_until`.
    """

    id: int
    name: str
    mail: str
    role: str
    has_password: bool
    disabled: bool
    created: float
    seen: float
    failures: int
    locked_until: float


def has_users(store: Store) -> bool:
    """Tell whether there is any user, disabled or not."""
    with store.connect() as connection:
        return connection.execute(select(users.c.id).limit(1)).scalar() is not None


def add_user(store: Store, name: str, *, role: str, mail: str = "", password: str, actor: str, now: float) -> User:
    """Add a person. Raises: AccountError (name, role, mail), PasswordError."""
    name = fold_name(name)
    kept = hash_password(check_password(password, name=name, mail=mail))
    with store.begin() as connection:
        return add_user_in(connection, name, role=role, mail=mail, kept=kept, actor=actor, now=now)


def add_user_in(connection: Connection, name: str, *, role: str, mail: str, kept: str, actor: str, now: float) -> User:
    """Add a person with what is kept of his password, empty for none. Raises: AccountError (name, role, mail)."""
    name = fold_name(name)
    if not NAME.fullmatch(name) or name in TAKEN:
        raise AccountError(
            f"{cut(name)!r} cannot be the name of a user: take a-z, 0-9, _, ., @ and -, at most 64, "
            f"and none of {', '.join(sorted(TAKEN))}",
            "name",
        )
    if mail and not MAIL.fullmatch(mail):
        raise AccountError(f"{cut(mail)!r} is no mail address of the form name@host", "mail")
    row = {"name": name, "mail": mail, "role": check_role(role), "password": kept, "disabled": False, "created": now}
    if connection.execute(select(users.c.id).where(users.c.name == name)).scalar() is not None:
        raise AccountError(f"there is a user {name} already; `oaihub users list` shows all", "taken")
    connection.execute(insert(users).values(row | {"seen": 0.0, "failures": 0, "locked_until": 0.0}))
    audit_in(connection, actor=actor, action="add", object=f"user:{name}", details={"role": role}, now=now)
    return _user(lock_user(connection, name))


def get_user(store: Store, name: str) -> User | None:
    """Give the user of a name, or None."""
    with store.connect() as connection:
        row = connection.execute(select(users).where(users.c.name == fold_name(name))).one_or_none()
    return None if row is None else _user(row)


def list_users(store: Store) -> list[User]:
    """Give all users, by name."""
    with store.connect() as connection:
        return [_user(row) for row in connection.execute(select(users).order_by(users.c.name))]


def change_role(store: Store, name: str, role: str, *, actor: str, now: float) -> None:
    """Give a user another role, from his next request on. Raises: AccountError, also for the last admin."""
    check_role(role)
    with store.begin() as connection:
        if ADMINISTER not in ROLES[role]:
            _keep_an_admin(connection, name)
        user = lock_user(connection, name)
        connection.execute(update(users).where(users.c.id == user.id).values(role=role))
        details = {"from": user.role, "to": role}
        audit_in(connection, actor=actor, action="role", object=f"user:{user.name}", details=details, now=now)


def disable_user(store: Store, name: str, *, actor: str, now: float) -> None:
    """Keep a user out, and end his sessions and links; his keys are of no use until he is enabled.

    Raises: AccountError, also for the last admin.
    """
    with store.begin() as connection:
        _keep_an_admin(connection, name)
        user = lock_user(connection, name)
        connection.execute(update(users).where(users.c.id == user.id).values(disabled=True))
        _end_ways_in(connection, user.id)
        audit_in(connection, actor=actor, action="disable", object=f"user:{user.name}", now=now)


def enable_user(store: Store, name: str, *, actor: str, now: float) -> None:
    """Let a user in again, also one who is locked out for wrong passwords. Raises: AccountError."""
    with store.begin() as connection:
        user = lock_user(connection, name)
        free = {"disabled": False, "failures": 0, "locked_until": 0.0}
        connection.execute(update(users).where(users.c.id == user.id).values(free))
        audit_in(connection, actor=actor, action="enable", object=f"user:{user.name}", now=now)


def set_password(store: Store, name: str, password: str, *, actor: str, now: float) -> None:
    """Give a user another password, and end all his sessions and links. Raises: AccountError, PasswordError."""
    found = get_user(store, name)
    if found is None:
        raise unknown_user(name)
    kept = hash_password(check_password(password, name=found.name, mail=found.mail))
    with store.begin() as connection:
        user = lock_user(connection, name)
        set_password_in(connection, user.id, kept)
        audit_in(connection, actor=actor, action="password", object=f"user:{user.name}", now=now)


def set_password_in(connection: Connection, user: int, kept: str) -> None:
    """Write what is kept of a user's new password: he is not locked out any more, his sessions and links end."""
    fresh = {"password": kept, "failures": 0, "locked_until": 0.0}
    connection.execute(update(users).where(users.c.id == user).values(fresh))
    _end_ways_in(connection, user)


def lock_user(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    """Give the row of a user, and keep other writers of it waiting. Raises: AccountError."""
    statement = select(users).where(users.c.name == fold_name(name)).with_for_update()
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise unknown_user(name)
    return row


def note_sight(store: Store, statement: Update) -> None:
    """Write when somebody was here last; where that cannot be written now, he may still look why."""
    with suppress(StoreBusyError, StoreFullError), store.begin() as connection:
        connection.execute(statement)


def fold_name(name: str) -> str:
    """Give a name as it is kept: without case, one form of every letter."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def unknown_user(name: str) -> AccountError:
    """Give the error about a name that no user has."""
    return AccountError(f"there is no user {cut(name)!r}; `oaihub users list` shows those that are", "unknown")


def _end_ways_in(connection: Connection, user: int) -> None:
    connection.execute(delete(sessions).where(sessions.c.user == user))
    connection.execute(delete(invitations).where(invitations.c.user == user))


def _keep_an_admin(connection: Connection, name: str) -> None:
    """Refuse to take away the last admin who can sign in; two who take away each other wait for one another.

    Raises: AccountError.
    """
    can = (users.c.role.in_(ADMINS), ~users.c.disabled, users.c.password != "")
    admins = connection.execute(select(users.c.name).where(*can).order_by(users.c.id).with_for_update()).scalars().all()
    if list(admins) == [fold_name(name)]:
        raise AccountError(
            f"{admins[0]} is the last admin who can sign in: make somebody else admin first", "last admin"
        )


def _user(row: Row[tuple[object, ...]]) -> User:
    return User(
        id=row.id,
        name=row.name,
        mail=row.mail,
        role=row.role,
        has_password=bool(row.password),
        disabled=row.disabled,
        created=row.created,
        seen=row.seen,
        failures=row.failures,
        locked_until=row.locked_until,
    )
