"""One writer of a repository's records at a time, and one who counts what a host, or a reader's address, may do."""

from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, text

CHANGES: Final = "oaihub changes"


def repository_of(base_url: str) -> str:
    """Give the name that all endpoints of one repository share: its base URL, host in small letters, no last slash."""
    parts = urlsplit(base_url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=_host(parts.netloc)).geturl().rstrip("/")


def host_of(base_url: str) -> str:
    """Give the host of a base URL, with its port, as budgets name it."""
    return _host(urlsplit(base_url).netloc)


def lock_repository(connection: Connection, base_url: str) -> None:
    """Wait until no other transaction writes records of this repository.

    Two pages that meet at one new item (two formats of a repository) would otherwise both make it, or wait for each
    other's rows. SQLite has one writer anyway.
    """
    _lock(connection, repository_of(base_url))


def lock_host(connection: Connection, host: str) -> None:
    """Wait until no other transaction takes a page of this host, so that the requests under way are counted right."""
    _lock(connection, host)


def lock_changes(connection: Connection) -> None:
    """Wait until no other transaction gives changes their numbers."""
    _lock(connection, CHANGES)


def lock_client(connection: Connection, client: str) -> None:
    """Wait until no other transaction writes what comes from one network address, so that it is counted right."""
    _lock(connection, f"client {client}")


def is_stamping(connection: Connection) -> bool:
    """Tell whether another transaction is giving changes their numbers; of SQLite that cannot be told."""
    if connection.dialect.name != "postgresql":
        return False
    free = text("SELECT pg_try_advisory_xact_lock_shared(hashtextextended(:name, 0))")
    return not connection.execute(free, {"name": CHANGES}).scalar_one()


def _host(netloc: str) -> str:
    """Give host and port without the user and password that may stand before them."""
    return netloc.rpartition("@")[2].lower()


def _lock(connection: Connection, name: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
