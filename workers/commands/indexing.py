"""What a command in the foreground has stored is found when it ends."""

import contextlib
from collections.abc import Iterator
from typing import Final

import click

from harvester.errors import HarvestError
from harvester.store.outbox import outbox_depth
from workers.commands.progress import Lines
from workers.foreground import drain_outbox
from workers.team import Watcher
from workers.tools import Tools

MANY: Final = 5_000


@contextlib.contextmanager
def indexed_after(tools: Tools, watcher: Watcher) -> Iterator[None]:
    """Index what waits when the block has ended, also where it failed: what is stored shall be found."""
    try:
        yield
    except HarvestError:
        with contextlib.suppress(HarvestError):  # that is told first
            drain_outbox(tools.store, tools.index, watcher)
        raise
    drain_outbox(tools.store, tools.index, watcher)


def index_changes(tools: Tools) -> None:
    """Index what a person has changed, so that the next search finds it.

    Where so much waits that it would take long, or the index does not answer, that is told: the change is kept.
    """
    waiting = outbox_depth(tools.store).waiting
    if waiting > MANY:
        click.echo(f"kept; {waiting:,} items wait to be indexed before it: `oaihub queues` shows them", err=True)
        return
    try:
        with Lines("index") as watcher:
            drain_outbox(tools.store, tools.index, watcher)
    except HarvestError as error:
        click.echo(f"kept, but a search does not find it yet: {error}", err=True)
