"""`oaihub queues`: what waits at each stage, and since when; asked from the store, which is the queue's memory."""

import click
import msgspec

from harvester.room import told_full
from harvester.store.operating.breakers import told as told_breaker
from harvester.store.operating.controls import told
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.operator.facts.processes import Attendance, Attendant, attendance
from workers.operator.facts.reading import needed_queues, read_hub
from workers.operator.facts.stages import Stage, overview
from workers.words import span


@click.command()
@json_option
def queues(as_json: bool) -> None:
    """Show what waits at each stage and since when, how fast it goes, why it waits, and who works."""
    with opened_tools() as tools:
        hub = read_hub(tools)
        seen = overview(tools, hub)
        full = told_full(tools.harvester.data_dir)
        attended = attendance(hub.store, needed_queues(tools.harvester))
    if as_json:
        print_json({**msgspec.structs.asdict(seen), **msgspec.structs.asdict(attended)})
        return
    print_table(
        ("queue", "waiting", "", "oldest", "a minute", "", "done in", "hints", ""),
        [_stage_row(row) for row in seen.queues],
        right=("waiting", "a minute", "hints"),
    )
    for line in (*map(told, seen.controls), *map(told_breaker, seen.breakers)):
        click.echo(plain(line))
    if hub.broker.error:
        click.echo(plain(f"nobody works for the queues: {hub.broker.error}"))
        return
    if full:
        click.echo(plain(full))
    _print_attendance(attended)


def _stage_row(row: Stage) -> tuple[object, ...]:
    rate = f"{row.rate:g}" if row.rate else ""
    in_time = span(row.eta_s) if row.waiting and row.eta_s is not None else ""
    return (
        *(row.stage, row.waiting, row.unit, span(row.oldest_s), rate, row.rated if rate else "", in_time),
        *(row.hints, row.note),
    )


def _print_attendance(attended: Attendance) -> None:
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
