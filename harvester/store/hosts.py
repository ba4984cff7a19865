"""Host budgets: how fast a host may be asked, one budget for all workers and commands."""

from msgspec import Struct
from sqlalchemy import and_, select

from harvester.store.connection import Store
from harvester.store.tables import hosts


class HostState(Struct, frozen=True):
    """When a host may be asked next (`next_at`), and until when it asked to be left alone; seconds since 1970."""

    host: str
    next_at: float
    blocked_until: float


def reserve(store: Store, host: str, *, pace_s: float, now: float) -> float:
    """Take a slot of a host and give 0.0; or give the seconds to wait for one, and take nothing.

    One request per `pace_s` at most, over all processes (GCRA with no burst). Without a pace nothing is written.
    """
    if pace_s > 0:
        values = {"host": host, "next_at": now + pace_s, "blocked_until": 0.0, "failures": 0}
        free = and_(hosts.c.next_at <= now, hosts.c.blocked_until <= now)
        slot = store.upsert(hosts).values(values)
        taken = slot.on_conflict_do_update(index_elements=[hosts.c.host], set_={"next_at": now + pace_s}, where=free)
        with store.begin() as connection:
            if connection.execute(taken.returning(hosts.c.host)).scalar() is not None:
                return 0.0
    state = host_state(store, host)
    return 0.0 if state is None else max(0.0, state.blocked_until - now, state.next_at - now if pace_s > 0 else 0.0)


def block_host(store: Store, host: str, until: float, now: float) -> None:
    """Leave a host alone until then, as it asked for (Retry-After); a longer block that it has stays."""
    values = {"host": host, "next_at": now, "blocked_until": until, "failures": 0}
    block = store.upsert(hosts).values(values)
    later = hosts.c.blocked_until < until
    with store.begin() as connection:
        connection.execute(
            block.on_conflict_do_update(index_elements=[hosts.c.host], set_={"blocked_until": until}, where=later)
        )


def host_state(store: Store, host: str) -> HostState | None:
    """Give what is known of a host, or None."""
    with store.connect() as connection:
        row = connection.execute(select(hosts).where(hosts.c.host == host)).one_or_none()
    return None if row is None else HostState(row.host, row.next_at, row.blocked_until)
