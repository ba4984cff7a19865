"""Opening the store: its tables are made or brought up to date first, by one process at a time."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from harvester.store.connection import Store, parse_url
from harvester.store.errors import StoreError

HEAD: Final = "0006"
"""The newest migration; revisions are numbers of four digits, so a greater one was written by a newer oaihub."""

LOCK: Final = 0x6F61_6968_7562  # "oaihub": the advisory lock that migrating processes of PostgreSQL queue for


def open_store(url: str) -> Store:
    """Open the store of a URL (sqlite:///PATH or postgresql+psycopg://…), made or migrated where that is needed.

    Any number of processes may do so at once. Raises: StoreError (bad URL, cannot be opened, made by a newer oaihub),
    StoreBusyError.
    """
    store = Store(parse_url(url))
    try:
        with store.connect() as connection:
            current = _revision(connection, store)
        if current != HEAD:
            _migrate(store)
        store.expect(HEAD)
    except BaseException:
        store.close()
        raise
    return store


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables up to a revision, as a part of a transaction."""
    from alembic import command  # noqa: PLC0415  a third of a second, and needed once in the life of a version
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "harvester.store:migrations")
    command.upgrade(config, revision)


def lock_tables(connection: Connection) -> None:
    """Wait until no other process makes or changes tables; of SQLite a writing transaction is that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _migrate(store: Store) -> None:
    with store.begin() as connection:
        lock_tables(connection)
        if _revision(connection, store) != HEAD:
            upgrade(connection, HEAD)


def _revision(connection: Connection, store: Store) -> str | None:
    """Give the store's revision, None where it is new. Raises: StoreError where a newer oaihub has made it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and str(revision) > HEAD:
        raise StoreError(
            f"the store ({store.place}) was made by a newer oaihub (revision {revision}, this one knows {HEAD}): "
            "install that version, or restore a backup made before"
        )
    return None if revision is None else str(revision)
