"""Who works, as `oaihub queues` shows it: every process with a heartbeat, and what nobody works for."""

import click
from msgspec import Struct, structs

from harvester.store import Store
from harvester.store.operating.processes import Process, is_gone, list_processes, unattended_queues
from workers.app import QUEUES
from workers.commands.output import print_table
from workers.words import span


class Attendant(Process, frozen=True, kw_only=True):
    """A process, whether it is `gone`, and for how long it was silent and has worked on what it does."""

    gone: bool
    silent_s: float
    doing_s: float | None


class Attendance(Struct, frozen=True):
    """The processes, and the queues that nobody works for.

    `ticking` is whether a beat lives, without which no schedule comes due and no lost hint is sent again.
    """

    processes: list[Attendant]
    unattended: list[str]
    ticking: bool


def attendance(store: Store, *, asks_registries: bool) -> Attendance:
    """Give who works; where registries are not asked, nobody need work for their queue."""
    found, now = list_processes(store), store.now()
    queues = tuple(queue for queue in QUEUES if queue != "doi" or asks_registries)
    return Attendance(
        [_attendant(process, now) for process in found],
        unattended_queues(found, queues, now),
        any(process.kind == "beat" and not is_gone(process, now) for process in found),
    )


def print_attendance(attended: Attendance) -> None:
    """Print who works on what, and who is missing."""
    if attended.processes:
        print_table(
            ("process", "queues", "host", "pid", "works on", "done", "last sign"),
            [_row(process) for process in attended.processes],
            right=("pid", "done"),
        )
    for queue in attended.unattended:
        click.echo(f"nobody works for queue {queue}: `oaihub run`, or `oaihub worker --queues {queue}`")
    if not attended.ticking:
        click.echo("nobody sends ticks, so no schedule comes due: `oaihub run`, or `oaihub beat`")


def _attendant(process: Process, now: float) -> Attendant:
    return Attendant(
        **structs.asdict(process),
        gone=is_gone(process, now),
        silent_s=max(0.0, now - process.beat_at),
        doing_s=now - process.doing_since if process.doing else None,
    )


def _row(process: Attendant) -> tuple[object, ...]:
    sign = f"{span(process.silent_s)} ago"
    return (
        process.kind,
        ",".join(process.queues),
        process.host,
        str(process.pid),
        f"{process.doing} for {span(process.doing_s)}" if process.doing else "",
        process.done,
        f"gone, {sign}" if process.gone else sign,
    )
