"""What the database can refuse, in the words of the store: come back later, or tell the operator."""

from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError

from harvester.errors import FatalError, HarvestError, RetryableError, cut

BUSY_SQLITE: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
BUSY_POSTGRESQL: Final = (
    "08",  # connection lost or refused
    "23505",  # unique violation: another worker was first
    "40001",  # serialization failure
    "40P01",  # deadlock
    "53",  # too many connections, out of memory (53100 is told apart before)
    "55P03",  # lock not available
    "57",  # shut down, crashed, starting up, cancelled
)
FULL_POSTGRESQL: Final = "53100"
REFUSED: Final = ("password authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry")


class StoreError(FatalError):
    """The store cannot be used; the text names it and what to do."""


class StoreFullError(StoreError):
    """The disk of the store is full; nothing of the transaction was written."""


class StoreOutdatedError(StoreError):
    """A newer oaihub has migrated the store while this process was running: it must not write to it any more."""


class StoreBusyError(RetryableError):
    """The database is away or locked, or another worker was first; nothing was written, the same later may succeed."""


class UnknownEndpointError(StoreError):
    """There is no endpoint of this key in the store."""


def translate(error: DBAPIError, place: str) -> HarvestError:
    """Give the store's error for one of a driver; `place` is the file or the server, as shown to people."""
    code = _code(error)
    reason = cut(error.orig)
    if code in {"SQLITE_FULL", FULL_POSTGRESQL}:
        return StoreFullError(f"the store's disk is full ({place}): free some space there, then start again; {reason}")
    if code.startswith(BUSY_SQLITE + BUSY_POSTGRESQL) or _is_away(error, code):
        return StoreBusyError(f"the store is busy or away ({place}): {reason}; try again later")
    return StoreError(f"the store cannot be used ({place}): {code} {reason}; check its file or server, and its owner")


def _code(error: DBAPIError) -> str:
    """Give SQLite's name of the error (SQLITE_FULL) or PostgreSQL's SQLSTATE (53100); empty where there is none."""
    for name in ("sqlite_errorname", "sqlstate"):
        code = getattr(error.orig, name, None)
        if code:
            return str(code)
    return ""


def _is_away(error: DBAPIError, code: str) -> bool:
    """Tell whether a driver's error without a code means a server that does not answer (libpq gives none then)."""
    if code or isinstance(error, IntegrityError):
        return False
    return type(error.orig).__name__ == "OperationalError" and not any(word in str(error.orig) for word in REFUSED)
