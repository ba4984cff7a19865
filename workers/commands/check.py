"""`oaihub check`: does the index hold what the store says, and the archive?"""

from collections import Counter

import click
from msgspec import Struct

from harvester.checking import ArchiveReport, check_archive
from harvester.counting import CHECKED
from harvester.store.operating.counters import put_values
from harvester.store.outbox import URGENT, enqueue_joined
from indexer.checking import SHOWN, Comparison, Difference, find_differences, hide_foreign
from indexer.errors import IndexBusyError
from workers.commands.failing import DONE, FAILED
from workers.commands.indexing import index_changes
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.tools import Tools

FAULTS = {
    "missing": "in the store, not in the index",
    "stale": "older in the index than in the store",
    "ahead": "newer in the index than the store has ever been: `oaihub rebuild` mends it",
    "foreign": "in the index, not in the store",
}
MENDABLE = ("missing", "stale", "foreign")


class Checked(Struct):
    """What a check has found; `examples` are the first of the differences.

    unhidden: items that the store does not have and that stay in the index, for another process writes to it.
    """

    seen: Comparison
    faults: dict[str, int]
    examples: list[Difference]
    archive: ArchiveReport
    repaired: int = 0
    unhidden: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing is left that differs."""
        return sum(self.faults.values()) == self.repaired and not self.archive.damaged


@click.command()
@click.option("--repair", is_flag=True, help="Index again what differs.")
@click.option(
    "--read", default="100", show_default=True, metavar="N|all", help="Archived files to read whole, at random."
)
@json_option
def check(*, repair: bool, read: str, as_json: bool) -> int:
    """Compare the index with the store by id, version and deletion, and the archive by its files and their digests.

    Harvests may go on: what waits in the outbox is no difference. Exit code 1 where something differs and is not
    repaired.
    """
    if read != "all" and not read.isdecimal():
        raise UsageError(f"--read {read!r}: give a number, or all")
    with opened_tools() as tools:
        checked = _check(tools, repair=repair)
        sample = None if read == "all" else int(read)
        noted = {fault: float(checked.faults[fault]) for fault in FAULTS} | {"at": tools.store.now()}
        put_values(tools.store, CHECKED, noted)
        checked.archive = check_archive(tools.store, tools.harvesting.archive, sample=sample)
    if as_json:
        print_json(checked)
    else:
        _print(checked)
    return DONE if checked.is_well else FAILED


def _check(tools: Tools, *, repair: bool) -> Checked:
    seen, faults = Comparison(), Counter(dict.fromkeys(FAULTS, 0))
    checked = Checked(seen, faults, [], ArchiveReport())
    tools.index.refresh()
    batch: list[Difference] = []
    for one in find_differences(tools.store, tools.index, tools.index.refresh, seen):
        faults[one.fault] += 1
        if len(checked.examples) < SHOWN:
            checked.examples.append(one)
        if repair and one.fault in MENDABLE:
            batch.append(one)
        if len(batch) == 1_000:
            _repair(tools, batch, checked)
            batch = []
    _repair(tools, batch, checked)
    if checked.repaired:
        index_changes(tools)
    return checked


def _repair(tools: Tools, found: list[Difference], checked: Checked) -> None:
    """Have items indexed again, and those that the store does not have hidden.

    Only who writes to the index can hide them: what waits for it in the outbox are items of the store.
    """
    ours = sorted(one.id for one in found if one.fault != "foreign")
    with tools.store.begin() as connection:
        enqueue_joined(tools.store, connection, ours, tools.store.now(), priority=URGENT)
    checked.repaired += len(ours)
    foreign = [one for one in found if one.fault == "foreign"]
    if not foreign:
        return
    try:
        hide_foreign(tools.index, foreign)
    except IndexBusyError:
        checked.unhidden += len(foreign)
    else:
        checked.repaired += len(foreign)


def _print(checked: Checked) -> None:
    seen, archive = checked.seen, checked.archive
    click.echo(f"{seen.items:,} items, {seen.documents:,} documents in the index (checksum {seen.checksum})")
    if seen.waiting:
        click.echo(f"{seen.waiting:,} wait in the outbox, and will be indexed")
    if seen.refused:
        click.echo(f"{seen.refused:,} are refused by the index: `oaihub queues` counts them")
    rows = [(fault, checked.faults[fault], told) for fault, told in FAULTS.items() if checked.faults[fault]]
    if rows:
        print_table(("", "items", ""), rows, right=("items",))
        shown = [(one.fault, one.id, one.in_store, one.in_index) for one in checked.examples]
        print_table(("", "item", "version in store", "in index"), shown)
        if checked.repaired:
            click.echo(f"{checked.repaired:,} repaired")
        if checked.unhidden:
            click.echo(
                f"{checked.unhidden:,} that are not in the store stay in the index, for another process writes to it: "
                "stop `oaihub run` and repair again, or let it run and build the index anew by `oaihub rebuild`"
            )
        elif not checked.repaired and any(checked.faults[fault] for fault in MENDABLE):
            click.echo("`oaihub check --repair` indexes them again")
    else:
        click.echo("the index holds what the store says")
    click.echo(f"{archive.files:,} files in the archive, {archive.read:,} read whole, {len(archive.damaged):,} damaged")
    for told in archive.damaged[:SHOWN]:
        click.echo(f"damaged: {plain(told)}")
    if archive.damaged:
        click.echo("a full harvest of their endpoint fetches pages again; DOI answers come again when they grow old")
