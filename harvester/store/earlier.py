"""What records said before a harvest changed them: written in the transaction of the page that changes them."""

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, insert, literal, select

from harvester.store.comparing import Kept, RecordRow
from harvester.store.membership import among
from harvester.store.tables import record_versions, records

MOST_KEPT: Final = 20
"""Versions of one record; older ones are let go."""

CARRIED: Final = ("endpoint", "metadata_prefix", "identifier", "datestamp", "deleted", "run", "number", "metadata")
DIGEST_BYTES: Final = 16


def digest_of(metadata: bytes, datestamp: str, sets: Sequence[str]) -> bytes:
    """Give the digest by which two versions of a record are told apart."""
    digest = hashlib.blake2b(metadata, digest_size=DIGEST_BYTES)
    digest.update("\n".join((datestamp, *sets)).encode())
    return digest.digest()


def says_otherwise(row: RecordRow, before: Kept) -> bool:
    """Tell whether a record says something else than before, not only under another datestamp.

    That is seen by the digest that it would have under the old one. Many repositories stamp all records anew at times:
    kept, these would be copies. A record of which the sets changed as well counts as one that says something else.
    """
    if row.deleted or before.deleted:
        return row.deleted != before.deleted
    return before.digest not in {row.digest, digest_of(row.metadata, before.datestamp, row.sets)}


def keep_versions(
    connection: Connection, endpoint: str, metadata_prefix: str, identifiers: Sequence[str], now: float
) -> None:
    """Keep what some records say now, before they are written; of each at most the newest versions stay."""
    if not identifiers:
        return
    own = records.c.endpoint == endpoint, records.c.metadata_prefix == metadata_prefix
    said = select(*(records.c[name] for name in CARRIED), literal(now)).where(
        *own, among(connection, records.c.identifier, identifiers), records.c.item_id.is_not(None)
    )
    connection.execute(insert(record_versions).from_select([*CARRIED, "until"], said))
    _let_go(connection, endpoint, metadata_prefix, identifiers)


def _let_go(connection: Connection, endpoint: str, metadata_prefix: str, identifiers: Sequence[str]) -> None:
    """Let the oldest versions go of those records that have too many; mostly none has, which the index tells."""
    versions = record_versions.c
    mine = versions.endpoint == endpoint, versions.metadata_prefix == metadata_prefix
    of_these = *mine, among(connection, versions.identifier, identifiers)
    counted = select(versions.identifier).where(*of_these).group_by(versions.identifier)
    for identifier in connection.execute(counted.having(func.count() > MOST_KEPT)).scalars().all():
        of_one = *mine, versions.identifier == identifier
        newest = select(versions.id).where(*of_one).order_by(versions.id.desc()).limit(MOST_KEPT)
        connection.execute(delete(record_versions).where(*of_one, versions.id.not_in(newest)))
