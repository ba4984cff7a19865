"""Breakers: a stage whose engine is down is left alone, longer each time, and tried by one process at a time.

The row of a stage is there while it is open. Who finds its time come moves that on, and is the one who tries; the first
success takes the row away.
"""

from collections.abc import Collection
from typing import Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from harvester.moments import utc
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.operating.controls import Stage, is_paused
from harvester.store.tables import breakers

FIRST_BREAK_S: Final = 1.0
LONGEST_BREAK_S: Final = 60.0
TRIAL_S: Final = 60.0
"""So long others wait for what became of a trial: who makes it may be killed."""

Turn = Literal["free", "trial", "shut"]


class Breaker(Struct, frozen=True):
    """A stage that is open: failures in a row since a time, the last error, and when one may try again."""

    stage: str
    failures: int
    since: float
    open_until: float
    error: str


def breaker_state(store: Store, stage: Stage) -> Breaker | None:
    """Give the breaker of a stage where it is open, None where all may work."""
    with store.connect() as connection:
        row = connection.execute(select(breakers).where(breakers.c.stage == stage)).one_or_none()
    return None if row is None else Breaker(*row)


def list_breakers(store: Store) -> list[Breaker]:
    """Give all breakers that are open, by stage."""
    with store.connect() as connection:
        return [Breaker(*row) for row in connection.execute(select(breakers).order_by(breakers.c.stage))]


def take_turn(store: Store, stage: Stage, now: float) -> Turn:
    """Ask whether to work at a stage: free for all, shut, or ours to try, which nobody else may for a while then."""
    if breaker_state(store, stage) is None:
        return "free"
    with store.begin() as connection:
        return turn_in(connection, stage, now)


def turn_in(connection: Connection, stage: Stage, now: float) -> Turn:
    """As take_turn, as a part of a transaction."""
    row = connection.execute(select(breakers).where(breakers.c.stage == stage).with_for_update()).one_or_none()
    if row is None:
        return "free"
    if row.open_until > now:
        return "shut"
    connection.execute(update(breakers).where(breakers.c.stage == stage).values(open_until=now + TRIAL_S))
    return "trial"


def may_begin(store: Store, stage: Stage, now: float) -> bool:
    """Tell whether a stage is not paused, and its engine up, or to be tried."""
    breaker = breaker_state(store, stage)
    return not is_paused(store, stage=stage) and (breaker is None or breaker.open_until <= now)


def is_open(stage: Stage) -> ColumnElement[bool]:
    """Give the condition that a stage is left alone, or tried by one."""
    return exists(select(breakers.c.stage).where(breakers.c.stage == stage))


def is_shut(stage: Stage, now: float) -> ColumnElement[bool]:
    """Give the condition that nobody may even try a stage now."""
    return exists(select(breakers.c.stage).where(breakers.c.stage == stage, breakers.c.open_until > now))


def told(breaker: Breaker) -> str:
    """Give a breaker in a sentence: since when, why, when it is tried again, and how at once."""
    return (
        f"stage {breaker.stage} is left alone since {utc(breaker.since)} ({breaker.error}): one tries again at "
        f"{utc(breaker.open_until)}, or at once after `oaihub resume --stage {breaker.stage}`"
    )


def note_failure(store: Store, stage: Stage, error: str, now: float) -> Breaker:
    """Open a stage, or keep it open for twice as long as before, at most a minute; give its breaker."""
    first = {"stage": stage, "failures": 1, "since": now, "open_until": now, "error": error}
    again = {"failures": breakers.c.failures + 1, "error": error}
    put = store.upsert(breakers).values(first).on_conflict_do_update(index_elements=["stage"], set_=again)
    with store.begin() as connection:
        failures = int(connection.execute(put.returning(breakers.c.failures)).scalar_one())
        until = now + min(LONGEST_BREAK_S, FIRST_BREAK_S * 2.0 ** min(20, failures - 1))
        opened = update(breakers).where(breakers.c.stage == stage).values(open_until=until).returning(breakers)
        return Breaker(*connection.execute(opened).one())


def close_breaker(store: Store, stage: Stage) -> None:
    """Have all work at a stage again: its engine has done something."""
    with store.begin() as connection:
        connection.execute(delete(breakers).where(breakers.c.stage == stage))


def give_back(store: Store, stage: Stage, now: float) -> None:
    """Let another try at once: the trial said nothing of the engine."""
    with store.begin() as connection:
        connection.execute(update(breakers).where(breakers.c.stage == stage).values(open_until=now))


def try_at_once(store: Store, stages: Collection[Stage], *, actor: str, now: float) -> list[str]:
    """Let the next who comes try those of some stages that are left alone, as a person wants it; give them."""
    tried = update(breakers).where(breakers.c.stage.in_(stages)).values(open_until=now).returning(breakers.c.stage)
    with store.begin() as connection:
        found = sorted(connection.execute(tried).scalars())
        for stage in found:
            audit_in(connection, actor=actor, action="try", object=f"stage:{stage}", now=now)
    return found
