"""Cursors: where the next page begins, signed, and good for the query that they came from only.

A cursor is base64url of 16 bytes HMAC-SHA256 and a JSON array; for a search: the query's digest, sort key, offset. The
digest covers text, filters, sort and group; the size of a page and the facets may change on the way. No state is kept.
"""

import base64
import contextlib
import hashlib
import hmac
from typing import Final, TypeVar

import msgspec
from msgspec import Struct, structs

from indexer.errors import BadQueryError
from indexer.query import Query

PURPOSE: Final = b"oaihub cursor 2\0"
"""What the signature is for, and the version of the form: another version's cursors are not read."""

MAC_BYTES: Final = 16
DIGEST_CHARACTERS: Final = 16

PlaceT = TypeVar("PlaceT", bound=Struct)

_ENCODER: Final = msgspec.json.Encoder()


class _Place(Struct, frozen=True, array_like=True):
    query: str
    after: str | None
    offset: int


def make_cursor(query: Query, *, after: str | None, offset: int, secret: bytes) -> str:
    """Give the cursor of the hits after `after` (a hit's key) or, by relevance or work, after the first `offset`.

    Beside `after` the offset only tells how many items came before, as far as they are still there.
    """
    return seal(_Place(_digest(query), after, offset), secret)


def continued(query: Query, cursor: str, secret: bytes) -> Query:
    """Give the query from a cursor's place on. Raises: BadQueryError (cursor) where it is not one of this query."""
    place = unseal(cursor, _Place, secret)
    if place.query != _digest(query):
        raise BadQueryError(
            "cursor",
            "this cursor belongs to another query: keep q, filter, sort and group as they were, or leave it out",
        )
    return structs.replace(query, after=place.after, offset=place.offset)


class Place(Struct, frozen=True, array_like=True):
    """A place in a list that is none of hits; `asked` tells lists apart."""

    asked: str


OwnPlaceT = TypeVar("OwnPlaceT", bound=Place)


def list_digest(*asked: str) -> str:
    """Give what tells lists apart, by all that was asked for."""
    return hashlib.sha256("\0".join(asked).encode()).hexdigest()[:DIGEST_CHARACTERS]


def begin_at(cursor: str, start: OwnPlaceT, secret: bytes, *, kept: str) -> OwnPlaceT:
    """Give the place that a cursor was made of, or the `start` of the list without one.

    Raises: BadQueryError (cursor) for another list's; `kept` says what has to stay as it was.
    """
    if not cursor:
        return start
    place = unseal(cursor, type(start), secret)
    if place.asked != start.asked:
        raise BadQueryError("cursor", f"this cursor belongs to another list: keep {kept}")
    return place


def seal(place: Struct, secret: bytes) -> str:
    """Give a place as a signed cursor."""
    body = _ENCODER.encode(place)
    return base64.urlsafe_b64encode(_sign(body, secret) + body).rstrip(b"=").decode()


def unseal(cursor: str, kind: type[PlaceT], secret: bytes) -> PlaceT:
    """Give the place that a cursor was made of. Raises: BadQueryError (cursor) where it is none of ours."""
    token = _bytes(cursor)
    mac, body = token[:MAC_BYTES], token[MAC_BYTES:]
    if hmac.compare_digest(mac, _sign(body, secret)):
        with contextlib.suppress(msgspec.ValidationError):  # of another address
            return msgspec.json.decode(body, type=kind)
    raise BadQueryError(
        "cursor", "this cursor was not made here or was cut: start again without it, and send `next` unchanged"
    )


def _bytes(cursor: str) -> bytes:
    """Give what a cursor encodes; nothing, which no signature fits, where it is not base64url."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, PURPOSE + body, hashlib.sha256)[:MAC_BYTES]


def _digest(query: Query) -> str:
    """Give what tells queries apart; the order of filters does not."""
    filters = sorted({_ENCODER.encode(condition) for condition in query.filters})
    asked = _ENCODER.encode((query.text, query.sort, query.by_work)) + b"\0" + b"\0".join(filters)
    return hashlib.sha256(asked).hexdigest()[:DIGEST_CHARACTERS]
