"""Versions of the hub's settings: a document and a logo, of which none is changed or removed; the newest counts."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Row, func, insert, select, text

from harvester.errors import FatalError
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import hub_settings

OBJECT: Final = "hub"
LOCK: Final = text("LOCK TABLE hub_settings IN SHARE ROW EXCLUSIVE MODE")


class Logo(Struct, frozen=True):
    """A picture and its media type; empty where the hub has none."""

    content: bytes = b""
    media_type: str = ""


class StoredSettings(Struct, frozen=True):
    """A version of the settings: a document of TOML, the logo, and who made it when."""

    version: int
    document: str
    logo: Logo
    actor: str
    at: float


class VersionLine(Struct, frozen=True):
    """A version without what it says."""

    version: int
    actor: str
    at: float


class SettingsChangedError(FatalError):
    """Somebody else changed the settings since they were read: nothing was written."""

    def __init__(self, newest: VersionLine) -> None:
        super().__init__(
            f"{newest.actor} changed the hub's settings meanwhile (version {newest.version}): nothing was written; "
            "look at them again, and repeat what you meant"
        )
        self.newest = newest


class UnknownVersionError(FatalError):
    """There is no such version of the settings."""

    def __init__(self, version: int) -> None:
        super().__init__(f"there is no version {version} of the hub's settings; `oaihub hub versions` lists them")


def newest_version(store: Store) -> int:
    """Give the number of the version that counts, 0 where none was stored."""
    with store.connect() as connection:
        return _newest(connection)


def get_settings(store: Store, version: int | None = None) -> StoredSettings | None:
    """Give a version, the one that counts where none is named; None where there is none."""
    statement = select(hub_settings).order_by(hub_settings.c.version.desc()).limit(1)
    if version is not None:
        statement = statement.where(hub_settings.c.version == version)
    with store.connect() as connection:
        row = connection.execute(statement).one_or_none()
    return None if row is None else _stored(row)


def list_versions(store: Store, *, before: int | None = None, limit: int = 50) -> list[VersionLine]:
    """Give the versions, the newest first, before one where given."""
    columns = (hub_settings.c.version, hub_settings.c.actor, hub_settings.c.at)
    statement = select(*columns).order_by(hub_settings.c.version.desc()).limit(limit)
    if before is not None:
        statement = statement.where(hub_settings.c.version < before)
    with store.connect() as connection:
        return [VersionLine(*row) for row in connection.execute(statement)]


def put_settings(
    store: Store, document: str, *, after: int | None, actor: str, now: float, logo: Logo | None = None
) -> int:
    """Store a new version, and give its number; without a logo it has that of the version before.

    `after` is the version that it was made from, 0 for none; None writes over whatever there is.
    Raises: SettingsChangedError.
    """
    with store.begin() as connection:
        before = _lock(connection, after)
        kept = logo if logo is not None else before.logo if before is not None else Logo()
        details = {"from": 0 if before is None else before.version, "logo": len(kept.content)}
        return _write(connection, document, kept, action="change", details=details, actor=actor, now=now)


def go_back(store: Store, version: int, *, after: int | None, actor: str, now: float) -> int:
    """Store a version once more as the newest, and give its new number.

    Raises: UnknownVersionError, SettingsChangedError.
    """
    old = get_settings(store, version)
    if old is None:
        raise UnknownVersionError(version)
    with store.begin() as connection:
        _lock(connection, after)
        details = {"to": version}
        return _write(connection, old.document, old.logo, action="back", details=details, actor=actor, now=now)


def _write(
    connection: Connection,
    document: str,
    logo: Logo,
    *,
    action: str,
    details: Mapping[str, object],
    actor: str,
    now: float,
) -> int:
    number = _newest(connection) + 1
    row = {"version": number, "document": document, "logo": logo.content, "logo_type": logo.media_type}
    connection.execute(insert(hub_settings).values(row | {"actor": actor, "at": now}))
    told = {"version": number, **details}
    audit_in(connection, actor=actor, action=action, object=OBJECT, details=told, now=now)
    return number


def _lock(connection: Connection, after: int | None) -> StoredSettings | None:
    """Give the version that counts, and keep other writers waiting. Raises: SettingsChangedError."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(LOCK)
    row = connection.execute(select(hub_settings).order_by(hub_settings.c.version.desc()).limit(1)).one_or_none()
    if after is not None and row is not None and row.version != after:
        raise SettingsChangedError(VersionLine(row.version, row.actor, row.at))
    return None if row is None else _stored(row)


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(hub_settings.c.version), 0))).scalar_one())


def _stored(row: Row[tuple[object, ...]]) -> StoredSettings:
    return StoredSettings(row.version, row.document, Logo(row.logo, row.logo_type), row.actor, row.at)
