"""Probes: what was found out about each endpoint's repository and when, and whose turn it is to be probed again.

A row whose time is negative is an attempt, offered to a worker or taken by one then; it has no findings, and the index
of the table tells it apart. Whoever takes an attempt moves that time, so a hint that comes twice finds nothing to take;
an attempt that nobody ends is offered again some hours later.
"""

import hashlib
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from harvester.probe.findings import Findings
from harvester.store.connection import Store
from harvester.store.errors import UnknownEndpointError
from harvester.store.operating.audit import audit_in
from harvester.store.operating.controls import is_stopped
from harvester.store.tables import endpoints, probes

EVERY_S: Final = 30 * 86_400.0
SPREAD_S: Final = 5 * 86_400.0
ATTEMPT_S: Final = 6 * 3_600.0
KEPT: Final = 24
IS_DONE: Final = probes.c.at > 0
ENCODER: Final = msgspec.json.Encoder()
DECODER: Final = msgspec.json.Decoder(Findings)


class _Drift(Struct):
    """What is read of findings where only that is wanted."""

    drift: tuple[str, ...] = ()


DRIFT: Final = msgspec.json.Decoder(_Drift)


class Probe(Struct, frozen=True):
    """A probe of an endpoint that was made; `at` in seconds since 1970."""

    endpoint: str
    at: float
    findings: Findings


class Attempt(Struct, frozen=True):
    """A probe that is to be made, as offered or taken at a time."""

    endpoint: str
    at: float


def put_probe(store: Store, endpoint: str, findings: Findings, *, now: float, attempt: Attempt | None = None) -> bool:
    """Keep what a probe found, in place of its attempt; the last two dozen of an endpoint stay.

    False where the endpoint is gone or the attempt was taken over; nothing is written then.
    """
    with store.begin() as connection:
        if not _lock_endpoint(connection, endpoint):
            return False
        if attempt is not None and connection.execute(delete(probes).where(_is(attempt))).rowcount != 1:
            return False
        row = {"endpoint": endpoint, "at": now, "findings": ENCODER.encode(findings)}
        connection.execute(insert(probes).values(row))
        mine = and_(probes.c.endpoint == endpoint, IS_DONE)
        old = select(probes.c.at).where(mine).order_by(probes.c.at.desc()).offset(KEPT)
        connection.execute(delete(probes).where(mine, probes.c.at.in_(old)))
        return True


def latest_probe(store: Store, endpoint: str) -> Probe | None:
    """Give the last probe of an endpoint, or None."""
    found = list_probes(store, endpoint, limit=1)
    return found[0] if found else None


def list_probes(store: Store, endpoint: str, limit: int = KEPT) -> list[Probe]:
    """Give the probes of an endpoint, the newest first."""
    statement = select(probes).where(probes.c.endpoint == endpoint, IS_DONE).order_by(probes.c.at.desc()).limit(limit)
    with store.connect() as connection:
        return [Probe(row.endpoint, row.at, DECODER.decode(row.findings)) for row in connection.execute(statement)]


def list_drifts(store: Store) -> dict[str, tuple[str, ...]]:
    """Give by endpoint what its repository has changed that no person has looked at yet."""
    last = select(probes.c.endpoint, func.max(probes.c.at).label("at")).where(IS_DONE).group_by(probes.c.endpoint)
    newest = last.subquery()
    joined = and_(newest.c.endpoint == probes.c.endpoint, newest.c.at == probes.c.at)
    with store.connect() as connection:
        rows = connection.execute(select(probes.c.endpoint, probes.c.findings).join(newest, joined)).all()
    drifts = {endpoint: DRIFT.decode(findings).drift for endpoint, findings in rows}
    return {endpoint: drift for endpoint, drift in drifts.items() if drift}


def offer_probes(store: Store, *, now: float, limit: int) -> list[Attempt]:
    """Give at most `limit` endpoints whose monthly probe is due, stamped so that none is given again for some hours.

    Due is what was probed last 30 days ago, and up to five days more, by its key, so that not all come at one moment.
    Endpoints that are paused, or were never probed, are left alone.
    """
    with store.connect() as connection:
        due = _due(connection, now)[:limit]
    offered = []
    for key in due:
        with store.begin() as connection:
            if _lock_endpoint(connection, key) and key in _due(connection, now, key):
                connection.execute(delete(probes).where(probes.c.endpoint == key, ~IS_DONE))
                connection.execute(insert(probes).values(endpoint=key, at=-now, findings=b""))
                offered.append(Attempt(key, now))
    return offered


def ask_probe(store: Store, key: str, *, actor: str, now: float) -> Attempt:
    """Have an endpoint be probed by the next worker that takes it, in place of an attempt before.

    Raises: UnknownEndpointError.
    """
    with store.begin() as connection:
        if not _lock_endpoint(connection, key):
            raise UnknownEndpointError(f"there is no endpoint {key}: `oaihub endpoints list` shows them")
        connection.execute(delete(probes).where(probes.c.endpoint == key, ~IS_DONE))
        connection.execute(insert(probes).values(endpoint=key, at=-now, findings=b""))
        audit_in(connection, actor=actor, action="probe", object=f"endpoint:{key}", now=now)
        return Attempt(key, now)


def take_probe(store: Store, attempt: Attempt, now: float) -> Attempt | None:
    """Take an attempt as it was offered; None where somebody else has taken it, or its endpoint is gone."""
    taken = update(probes).where(_is(attempt), probes.c.endpoint.in_(select(endpoints.c.key))).values(at=-now)
    with store.begin() as connection:
        return Attempt(attempt.endpoint, now) if connection.execute(taken).rowcount == 1 else None


def _due(connection: Connection, now: float, key: str | None = None) -> list[str]:
    """Give the keys of the endpoints that are due, those waiting longest first; of one endpoint where given."""
    done = select(probes.c.endpoint, func.max(probes.c.at).label("last")).where(IS_DONE).group_by(probes.c.endpoint)
    tried = select(probes.c.endpoint, probes.c.at).where(~IS_DONE)
    made, attempts = done.subquery(), tried.subquery()
    statement = (
        select(endpoints.c.key, made.c.last)
        .join(made, made.c.endpoint == endpoints.c.key)
        .outerjoin(attempts, attempts.c.endpoint == endpoints.c.key)
        .where(made.c.last < now - EVERY_S, or_(attempts.c.at.is_(None), attempts.c.at > ATTEMPT_S - now))
        .where(~is_stopped("harvest", endpoints.c.key))
        .order_by(made.c.last, endpoints.c.key)
    )
    found = connection.execute(statement if key is None else statement.where(endpoints.c.key == key)).all()
    return [row.key for row in found if row.last + EVERY_S + spread_s(row.key) <= now]


def spread_s(key: str) -> float:
    """Give by how much later than 30 days an endpoint of this key is probed again; always the same for a key."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * SPREAD_S


def _lock_endpoint(connection: Connection, key: str) -> bool:
    """Wait until nobody else works on the probes of an endpoint; False where it is not in the store."""
    statement = select(endpoints.c.key).where(endpoints.c.key == key).with_for_update()
    return connection.execute(statement).scalar() is not None


def _is(attempt: Attempt) -> ColumnElement[bool]:
    return and_(probes.c.endpoint == attempt.endpoint, probes.c.at == -attempt.at)
