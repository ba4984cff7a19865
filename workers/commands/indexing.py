"""What a command in the foreground has stored is found when it ends."""

import contextlib
from collections.abc import Iterator

import click

from harvester.errors import HarvestError
from workers.commands.progress import Lines
from workers.foreground import drain_outbox
from workers.team import Watcher
from workers.tools import Tools


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
    """Index what people have changed, before all else that waits, so that the next search finds it.

    Where the index does not answer, or is paused, that is told: the change is kept.
    """
    try:
        with Lines("index") as watcher:
            drain_outbox(tools.store, tools.index, watcher, only_urgent=True)
    except HarvestError as error:
        click.echo(f"kept, but a search does not find it yet: {error}", err=True)
