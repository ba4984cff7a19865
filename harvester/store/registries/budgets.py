"""Budgets of DOI registries: one for all workers and commands, whatever machine they run on."""

import secrets
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, delete, func, insert, select, update

from harvester.dois.limits import Budget, Lane, Report, adjust, new_budget, pace_s
from harvester.store.connection import Store
from harvester.store.locking import lock_host
from harvester.store.tables import registry_budgets, registry_calls

ID_BITS: Final = 62
LOOK_AGAIN_S: Final = 0.05


class Permit(Struct, frozen=True):
    """A permission to make one request, at `at` (seconds since 1970); it counts as under way until it is returned."""

    id: int
    lane: Lane
    at: float


def reserve_call(store: Store, lane: Lane, *, ahead_s: float, lease_s: float, now: float) -> Permit | float:
    """Take a permission for a request within `ahead_s`; or give the seconds after which one may be had."""
    with store.begin() as connection:
        lock_host(connection, f"registry {lane.service}")
        budget = _read_budget(connection, lane)
        at = max(now, budget.next_at, budget.blocked_until)
        if at > now + ahead_s:
            return at - now - ahead_s
        connection.execute(delete(registry_calls).where(registry_calls.c.leased_until < now))
        busy = select(func.count()).select_from(registry_calls).where(registry_calls.c.service == lane.service)
        if connection.execute(busy).scalar_one() >= budget.concurrent:
            return LOOK_AGAIN_S
        permit = Permit(secrets.randbits(ID_BITS), lane, at)
        held = {"id": permit.id, "service": lane.service, "leased_until": at + lease_s}
        connection.execute(insert(registry_calls).values(held))
        _write_budget(connection, lane, structs.replace(budget, next_at=at + pace_s(budget)))
        return permit


def renew_call(store: Store, permit: Permit, *, lease_s: float, now: float) -> None:
    """Have a request count as under way for `lease_s` from now on."""
    with store.begin() as connection:
        mine = update(registry_calls).where(registry_calls.c.id == permit.id)
        connection.execute(mine.values(leased_until=now + lease_s))


def return_call(store: Store, permit: Permit, report: Report | None, now: float) -> Budget:
    """Give a permission back, with how the request went (None where none was made); give the budget as it is then."""
    with store.begin() as connection:
        lock_host(connection, f"registry {permit.lane.service}")
        connection.execute(delete(registry_calls).where(registry_calls.c.id == permit.id))
        budget = _read_budget(connection, permit.lane)
        if report is None:
            return budget
        adjusted = adjust(budget, report, started=permit.at, now=now)
        if adjusted != budget:
            _write_budget(connection, permit.lane, adjusted)
        return adjusted


def get_budget(store: Store, lane: Lane) -> Budget:
    """Give the budget of a lane as it is now."""
    with store.connect() as connection:
        return _read_budget(connection, lane)


def _read_budget(connection: Connection, lane: Lane) -> Budget:
    columns = [registry_budgets.c[name] for name in Budget.__struct_fields__]
    row = connection.execute(select(*columns).where(registry_budgets.c.lane == lane.name)).one_or_none()
    return new_budget(lane) if row is None else Budget(*row)


def _write_budget(connection: Connection, lane: Lane, budget: Budget) -> None:
    values = structs.asdict(budget)
    changed = update(registry_budgets).where(registry_budgets.c.lane == lane.name).values(values)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert(registry_budgets).values(values | {"lane": lane.name}))
