"""One writer of a repository's records at a time."""

from urllib.parse import urlsplit

from sqlalchemy import Connection, text


def repository_of(base_url: str) -> str:
    """Give the name that all endpoints of one repository share: its base URL, host in small letters, no last slash."""
    parts = urlsplit(base_url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl().rstrip("/")


def lock_repository(connection: Connection, base_url: str) -> None:
    """Wait until no other transaction writes records of this repository.

    Two pages that meet at one new item (two formats of a repository) would otherwise both make it, or wait for each
    other's rows. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(statement, {"name": repository_of(base_url)})
