"""How each endpoint stands: its last runs, since when they fail, what it holds, in a few queries for all of them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, text

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.tables import endpoints, plans, probes, records, runs

BAD: Final = ("failed", "partial", "unbalanced")
"""States of a run that its endpoint fails by; a held one waits for a person, a cancelled one was ended by one."""

OPEN_PLANS: Final = ("proposed", "held", "applying")
IS_DELETED: Final = text("records.deleted")  # as in the index of deleted records
DECODER: Final = msgspec.json.Decoder(Endpoint)


class RunMark(Struct, frozen=True):
    """A run in short; `state` is None while it is open."""

    id: int
    state: str | None
    started: float
    ended: float | None
    error: str | None
    received: int | None
    rejected: int | None


class Failing(Struct, frozen=True):
    """Runs that failed since the last good one: how many, when the first began, and the error of the last."""

    streak: int
    since: float
    state: str
    why: str


class Probed(Struct, frozen=True):
    """When an endpoint was probed last, and what has changed since a person probed it."""

    at: float
    drift: tuple[str, ...]


class Holding(Struct, frozen=True):
    """Records of an endpoint, and how many of them are deleted."""

    records: int
    deleted: int


class Vanished(Struct, frozen=True):
    """Records that an endpoint's lists no longer name, by plans that are not carried out; `held` is the newest held."""

    records: int
    held: int | None


class Standing(Struct, frozen=True, kw_only=True):
    """How an endpoint stands; `good` is its last complete run, `failing` None where its last run was no failure."""

    endpoint: Endpoint
    last: RunMark | None
    good: RunMark | None
    failing: Failing | None
    probed: Probed | None
    holding: Holding
    vanished: Vanished


class _Drift(Struct):
    drift: tuple[str, ...] = ()


DRIFT_DECODER: Final = msgspec.json.Decoder(_Drift)


def read_standings(store: Store, key: str | None = None, *, counted: bool = True) -> list[Standing]:
    """Give how all endpoints stand, by key; or only the one of this key, where there is one.

    Records are counted where `counted`: it takes most of the time where there are many.
    """
    with store.connect() as connection:
        found = connection.execute(_endpoints(key)).all()
        marks = _marks(connection, found)
        probed = _probed(connection, key)
        holding = _holding(connection, key) if counted else {}
        vanished = _vanished(connection, key)
    return [
        Standing(
            endpoint=DECODER.decode(row.definition),
            last=marks.get(row.last or 0),
            good=marks.get(row.good or 0),
            failing=_failing(row, marks),
            probed=probed.get(row.key),
            holding=holding.get(row.key, Holding(0, 0)),
            vanished=vanished.get(row.key, Vanished(0, None)),
        )
        for row in found
    ]


def _endpoints(key: str | None) -> Select[Any]:
    """Give the statement: each endpoint with the numbers of its last run, its last good one and those bad after it.

    Each is looked up by the index of runs by endpoint, so old runs are not read.
    """
    mine = runs.c.endpoint == endpoints.c.key
    last = select(func.max(runs.c.id)).where(mine).scalar_subquery()
    complete = select(runs.c.id).where(mine, runs.c.state == "complete").order_by(runs.c.id.desc()).limit(1)
    wanted = select(
        endpoints.c.key, endpoints.c.definition, last.label("last"), complete.scalar_subquery().label("good")
    )
    base = (wanted if key is None else wanted.where(endpoints.c.key == key)).subquery()
    after = (
        runs.c.endpoint == base.c.key,
        runs.c.id > func.coalesce(base.c.good, 0),
        runs.c.state.in_(BAD),
    )
    counted = (
        select(func.count()).select_from(runs).where(*after).scalar_subquery().label("streak"),
        select(func.min(runs.c.started)).where(*after).scalar_subquery().label("since"),
        select(func.max(runs.c.id)).where(*after).scalar_subquery().label("worst"),
    )
    return select(base, *counted).order_by(base.c.key)


def _marks(connection: Connection, found: Sequence[Row[Any]]) -> dict[int, RunMark]:
    wanted = sorted({number for row in found for number in (row.last, row.good, row.worst) if number})
    columns = [runs.c[name] for name in RunMark.__struct_fields__]
    marks: dict[int, RunMark] = {}
    for begin in range(0, len(wanted), 500):
        chosen = select(*columns).where(runs.c.id.in_(wanted[begin : begin + 500]))
        marks |= {row.id: RunMark(*row) for row in connection.execute(chosen)}
    return marks


def _failing(row: Row[Any], marks: dict[int, RunMark]) -> Failing | None:
    last = marks.get(row.worst or 0)
    if last is None:
        return None
    return Failing(row.streak, row.since, last.state or "", last.error or last.state or "")


def _probed(connection: Connection, key: str | None) -> dict[str, Probed]:
    newest = select(probes.c.endpoint, func.max(probes.c.at).label("at")).where(*_of(probes.c.endpoint, key))
    made = newest.where(probes.c.at > 0).group_by(probes.c.endpoint).subquery()
    joined = (probes.c.endpoint == made.c.endpoint) & (probes.c.at == made.c.at)
    rows = connection.execute(select(probes).join(made, joined))
    return {row.endpoint: Probed(row.at, DRIFT_DECODER.decode(row.findings).drift) for row in rows}


def _holding(connection: Connection, key: str | None) -> dict[str, Holding]:
    by_endpoint = select(records.c.endpoint, func.count()).where(*_of(records.c.endpoint, key))
    counted = by_endpoint.group_by(records.c.endpoint)
    deleted = {row[0]: row[1] for row in connection.execute(counted.where(IS_DELETED))}
    return {row[0]: Holding(row[1], deleted.get(row[0], 0)) for row in connection.execute(counted)}


def _vanished(connection: Connection, key: str | None) -> dict[str, Vanished]:
    held = func.max(plans.c.id).filter(plans.c.state == "held")
    counted = select(plans.c.endpoint, func.sum(plans.c.vanished - plans.c.deleted), held)
    chosen = counted.where(plans.c.state.in_(OPEN_PLANS), *_of(plans.c.endpoint, key)).group_by(plans.c.endpoint)
    return {row[0]: Vanished(int(row[1]), row[2]) for row in connection.execute(chosen)}


def _of(column: ColumnElement[str], key: str | None) -> tuple[ColumnElement[bool], ...]:
    return () if key is None else (column == key,)
