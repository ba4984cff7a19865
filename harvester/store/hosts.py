"""Host budgets: how fast a host may be asked, one budget for all workers and commands; and whether it answers at all.

How many requests are under way at a host is counted where pages are claimed (pages.py).
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import and_, case, select, update

from harvester.store.connection import Store
from harvester.store.tables import hosts

BREAK_AFTER: Final = 5
SHORTEST_BREAK_S: Final = 30.0
LONGEST_BREAK_S: Final = 3600.0
FRESH: Final = {"next_at": 0.0, "blocked_until": 0.0, "failures": 0}


class HostState(Struct, frozen=True):
    """When a host may be asked next (`next_at`), and until when it is left alone; seconds since 1970.

    `failures` counts the last requests in a row that got no answer.
    """

    host: str
    next_at: float
    blocked_until: float
    failures: int


class Slot(Struct, frozen=True):
    """A permission to ask a host: at once (`wait_s` 0), or after so many seconds. `failures` as in HostState."""

    wait_s: float
    failures: int


def reserve(store: Store, host: str, *, pace_s: float, now: float) -> Slot:
    """Take a slot of a host; or give the seconds to wait for one, and take nothing.

    One request per `pace_s` at most, over all processes (GCRA with no burst). Without a pace nothing is written.
    """
    if pace_s > 0:
        values = FRESH | {"host": host, "next_at": now + pace_s}
        free = and_(hosts.c.next_at <= now, hosts.c.blocked_until <= now)
        slot = store.upsert(hosts).values(values)
        taken = slot.on_conflict_do_update(index_elements=[hosts.c.host], set_={"next_at": now + pace_s}, where=free)
        with store.begin() as connection:
            failures = connection.execute(taken.returning(hosts.c.failures)).scalar()
            if failures is not None:
                return Slot(0.0, failures)
    state = host_state(store, host)
    if state is None:
        return Slot(0.0, 0)
    paced_s = state.next_at - now if pace_s > 0 else 0.0
    return Slot(max(0.0, state.blocked_until - now, paced_s), state.failures)


def block_host(store: Store, host: str, until: float, now: float) -> None:
    """Leave a host alone until then, as it asked for (Retry-After); a longer block that it has stays."""
    block = store.upsert(hosts).values(FRESH | {"host": host, "next_at": now, "blocked_until": until})
    later = hosts.c.blocked_until < until
    with store.begin() as connection:
        connection.execute(
            block.on_conflict_do_update(index_elements=[hosts.c.host], set_={"blocked_until": until}, where=later)
        )


def note_failure(store: Store, host: str, now: float) -> None:
    """Count a request without an answer; after five in a row the host is left alone, longer each time, at most 1 h."""
    count = store.upsert(hosts).values(FRESH | {"host": host, "failures": 1})
    counted = count.on_conflict_do_update(index_elements=[hosts.c.host], set_={"failures": hosts.c.failures + 1})
    with store.begin() as connection:
        failures = int(connection.execute(counted.returning(hosts.c.failures)).scalar_one())
        if failures >= BREAK_AFTER:
            until = now + min(LONGEST_BREAK_S, SHORTEST_BREAK_S * 2.0 ** min(20, failures - BREAK_AFTER))
            longer = case((hosts.c.blocked_until < until, until), else_=hosts.c.blocked_until)
            connection.execute(update(hosts).where(hosts.c.host == host).values(blocked_until=longer))


def note_answer(store: Store, host: str) -> None:
    """Forget the failures of a host that has answered."""
    with store.begin() as connection:
        connection.execute(update(hosts).where(hosts.c.host == host).values(failures=0))


def host_state(store: Store, host: str) -> HostState | None:
    """Give what is known of a host, or None."""
    with store.connect() as connection:
        row = connection.execute(select(hosts).where(hosts.c.host == host)).one_or_none()
    return None if row is None else HostState(*row)


def list_blocked(store: Store, now: float) -> list[HostState]:
    """Give the hosts that are to be left alone now, those for the longest first."""
    blocked = select(hosts).where(hosts.c.blocked_until > now).order_by(hosts.c.blocked_until.desc(), hosts.c.host)
    with store.connect() as connection:
        return [HostState(*row) for row in connection.execute(blocked)]
