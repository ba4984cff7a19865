"""Whether a name and a password belong together: the same work and the same answer for whatever is wrong."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Row, func, select, update

from harvester.store.accounts.passwords import hash_password, is_outdated, is_password, normalize_password
from harvester.store.accounts.users import fold_name
from harvester.store.connection import Store
from harvester.store.tables import users

FREE_TRIES: Final = 5
SHORTEST_WAIT_S: Final = 15.0
LONGEST_WAIT_S: Final = 900.0


class Proven(Struct, frozen=True):
    """A user who has shown that he knows his password, the hash of which this is."""

    id: int
    name: str
    password: str


def wait_after(failures: int) -> float:
    """Give how long no password is taken after so many wrong ones in a row, in seconds: none before the fifth."""
    if failures < FREE_TRIES:
        return 0.0
    return min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2.0 ** min(20, failures - FREE_TRIES))


def prove_user(store: Store, name: str, password: str, *, now: float) -> Proven | None:
    """Give the user of a name where this is his password; None where not, and nobody can tell why not.

    A name that nobody has, a user who is disabled, locked out or without a password cost one write and one hash, as a
    wrong password does. A try is counted before it is looked at, so many at once are no more than so many in a row.
    """
    row, may = _count_try(store, fold_name(name), now)
    fits = is_password(row.password if row is not None else "", password)
    if row is None or not (may and fits):
        return None
    kept = hash_password(normalize_password(password)) if is_outdated(row.password) else row.password
    mine = (users.c.id == row.id, users.c.password == row.password)
    with store.begin() as connection:
        proved = {"failures": 0, "locked_until": 0.0, "seen": now, "password": kept}
        is_same = connection.execute(update(users).where(*mine).values(proved)).rowcount == 1
    return Proven(row.id, row.name, kept) if is_same else None


def _count_try(store: Store, name: str, now: float) -> tuple[Row[Any] | None, bool]:
    """Give the row of a name, None where nobody has it, and whether a password is taken of him now.

    For a name that nobody has the row of another is written as it is.
    """
    his = select(users.c.id).where(users.c.name == name).scalar_subquery()
    others = select(func.min(users.c.id)).scalar_subquery()
    with store.begin() as connection:
        chosen = select(users).where(users.c.id == func.coalesce(his, others)).with_for_update()
        row = connection.execute(chosen).one_or_none()
        if row is None:
            return None, False
        may = row.name == name and not row.disabled and row.locked_until <= now
        failures = row.failures + 1 if may else row.failures
        locked_until = now + wait_after(failures) if may else row.locked_until
        counted = {"failures": failures, "locked_until": locked_until}
        connection.execute(update(users).where(users.c.id == row.id).values(counted))
    return (row if row.name == name else None), may
