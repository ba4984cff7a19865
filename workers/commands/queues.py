"""`oaihub queues`: what waits at each stage, and since when; asked from the store, which is the queue's memory."""

import click
import msgspec
from msgspec import Struct

from harvester.store import Store
from harvester.store.dois import blocked_lanes, count_due
from harvester.store.ledger.pages import next_page
from harvester.store.ledger.runs import Run, list_open_runs, running
from harvester.store.operating.breakers import list_breakers
from harvester.store.operating.breakers import told as told_breaker
from harvester.store.operating.controls import list_controls, told
from harvester.store.outbox import outbox_depth
from harvester.store.registries.batches import count_new_dois
from workers.broker import Broker
from workers.commands.attendance import attendance, print_attendance
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import BrokerAwayError
from workers.words import span


class Stage(Struct, frozen=True):
    """What waits at one stage: how much of what, the age of the oldest in seconds, and the hints in the broker.

    `hints` is None where the broker does not answer; `note` says why something waits.
    """

    stage: str
    waiting: int
    unit: str
    oldest_s: float | None
    hints: int | None
    note: str = ""


@click.command()
@json_option
def queues(as_json: bool) -> None:
    """Show what waits at each stage, and since when."""
    with opened_tools() as tools:
        stages = [
            _harvest_stage(tools.store, tools.broker),
            _doi_stage(tools.store, tools.broker, asked=tools.harvester.asks_registries()),
            _index_stage(tools.store, tools.broker),
        ]
        hint = tools.broker.hint
        controls, breakers = list_controls(tools.store), list_breakers(tools.store)
        attended = attendance(tools.store, asks_registries=tools.harvester.asks_registries())
    if as_json:
        print_json({"queues": stages, "controls": controls, "breakers": breakers, **msgspec.structs.asdict(attended)})
        return
    print_table(
        ("queue", "waiting", "", "oldest", "hints", ""),
        [(row.stage, row.waiting, row.unit, span(row.oldest_s), row.hints, row.note) for row in stages],
        right=("waiting", "hints"),
    )
    for line in (*map(told, controls), *map(told_breaker, breakers)):
        click.echo(plain(line))
    if any(row.hints is None for row in stages):
        click.echo(f"the broker does not answer, so nobody works for the queues: {hint}")
    else:
        print_attendance(attended)


def _harvest_stage(store: Store, broker: Broker) -> Stage:
    now = store.now()
    runs = list_open_runs(store)
    busy = sum(running(store, run.id, now) for run in runs)
    oldest = min((run.started for run in runs), default=None)
    return Stage(
        "harvest",
        len(runs),
        "open runs",
        None if oldest is None else now - oldest,
        _hints(broker, "harvest"),
        "; ".join(filter(None, (f"{busy} running" if busy else "", *(_wait_of(store, run, now) for run in runs)))),
    )


def _doi_stage(store: Store, broker: Broker, *, asked: bool) -> Stage:
    now = store.now()
    waiting, oldest = count_due(store, now)
    waiting += count_new_dois(store)
    blocked = [f"{lane} is left alone for {span(until - now)}" for lane, until in blocked_lanes(store, now).items()]
    note = "; ".join(blocked) if asked else "registries are not asked: OAIHUB_DOI, OAIHUB_CONTACT"
    return Stage("doi", waiting, "DOIs", None if oldest is None else now - oldest, _hints(broker, "doi"), note)


def _index_stage(store: Store, broker: Broker) -> Stage:
    depth = outbox_depth(store)
    return Stage(
        "index",
        depth.waiting,
        "items",
        None if depth.oldest is None else store.now() - depth.oldest,
        _hints(broker, "index"),
        "; ".join(
            filter(
                None,
                (
                    f"people wait for {depth.urgent:,} of them" if depth.urgent else "",
                    f"{depth.rejected:,} refused by the index" if depth.rejected else "",
                ),
            )
        ),
    )


def _wait_of(store: Store, run: Run, now: float) -> str:
    """Give why a run waits, if its next page is put off."""
    page = next_page(store, run.id)
    if page is None or page.not_before <= now:
        return ""
    return f"run {run.id} ({run.endpoint}) waits {span(page.not_before - now)} because {page.error}"


def _hints(broker: Broker, queue: str) -> int | None:
    try:
        return broker.depth(queue)
    except BrokerAwayError:
        return None
