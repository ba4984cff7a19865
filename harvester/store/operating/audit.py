"""The audit trail: who did what to which object, written in the transaction that did it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select

from harvester.store.connection import Store
from harvester.store.tables import audit as entries
from harvester.transport.redaction import redact

NO_DETAILS: Final[Mapping[str, object]] = {}
SECRETS: Final = frozenset({"password", "secret", "token", "key"})

ENCODER: Final = msgspec.json.Encoder()
DECODER: Final = msgspec.json.Decoder(dict[str, Any])


class Entry(Struct, frozen=True):
    """One thing that was done; a greater `id` came later.

    `actor` is a user's name, `NAME:KEY` for one of his API keys, `local` for who sits at the machine of a hub without
    users, or `command:SYSTEM USER`. `object` is its kind and name, such as `endpoint:here`.
    """

    id: int
    at: float
    actor: str
    action: str
    object: str
    details: dict[str, Any]


def audit_in(
    connection: Connection,
    *,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the word of the table
    details: Mapping[str, object] = NO_DETAILS,
    now: float,
) -> None:
    """Write what is done by the transaction of a connection.

    Secrets of URLs in the texts of details are hidden. Raises: ValueError where a detail is by its name a secret.
    """
    if SECRETS & details.keys():
        raise ValueError(f"a secret must not be in the audit: {sorted(SECRETS & details.keys())}")
    shown = {name: redact(value) if isinstance(value, str) else value for name, value in details.items()}
    row = {"at": now, "actor": actor, "action": action, "object": object, "details": ENCODER.encode(shown)}
    connection.execute(insert(entries).values(row))


def audit(
    store: Store,
    *,
    actor: str,
    action: str,
    object: str,  # noqa: A002 - the word of the table
    details: Mapping[str, object] = NO_DETAILS,
    now: float,
) -> None:
    """Write what was done outside of the store. Raises: as `audit_in`."""
    with store.begin() as connection:
        audit_in(connection, actor=actor, action=action, object=object, details=details, now=now)


def list_audit(
    store: Store,
    *,
    object: str | None = None,  # noqa: A002 - the word of the table
    actor: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Give what was done, the newest first; where given, to one object, by one actor, before an entry of this id."""
    statement = select(entries).order_by(entries.c.id.desc()).limit(limit)
    if object is not None:
        statement = statement.where(entries.c.object == object)
    if actor is not None:
        statement = statement.where(entries.c.actor == actor)
    if before is not None:
        statement = statement.where(entries.c.id < before)
    with store.connect() as connection:
        rows = connection.execute(statement).all()
    return [Entry(row.id, row.at, row.actor, row.action, row.object, DECODER.decode(row.details)) for row in rows]
