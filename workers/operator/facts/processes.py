"""Who works: every process with a heartbeat, what nobody works for, and when beat and reconciler last gave a sign."""

from msgspec import Struct, structs

from harvester.counting import LAST_PAGE, LAST_RECONCILE, LAST_TICK
from harvester.store.operating.processes import Process, is_gone, unattended_queues
from workers.operator.facts.reading import StoreReading


class Attendant(Process, frozen=True, kw_only=True):
    """A process, whether it is `gone`, and for how long it was silent and has worked on what it does."""

    gone: bool
    silent_s: float
    doing_s: float | None


class Attendance(Struct, frozen=True):
    """The processes, and the queues that nobody works for.

    `ticking` is whether a beat lives, without which no schedule comes due and no lost hint is sent again. The last
    times are in seconds since 1970, None where it never was.
    """

    processes: list[Attendant]
    unattended: list[str]
    ticking: bool
    last_reconcile: float | None
    last_tick: float | None
    last_page_done: float | None


def attendance(seen: StoreReading, queues: tuple[str, ...]) -> Attendance:
    """Give who works, and which of the queues that are needed has nobody."""
    counters, now = seen.counters, seen.at
    return Attendance(
        [_attendant(process, now) for process in seen.processes],
        unattended_queues(seen.processes, queues, now),
        any(process.kind == "beat" and not is_gone(process, now) for process in seen.processes),
        counters.get((LAST_RECONCILE, "")) or None,
        counters.get((LAST_TICK, "")) or None,
        counters.get((LAST_PAGE, "")) or None,
    )


def _attendant(process: Process, now: float) -> Attendant:
    return Attendant(
        **structs.asdict(process),
        gone=is_gone(process, now),
        silent_s=max(0.0, now - process.beat_at),
        doing_s=now - process.doing_since if process.doing else None,
    )
