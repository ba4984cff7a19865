"""What a command in the foreground has stored is found when it ends."""

import contextlib
from collections.abc import Iterator

from harvester.errors import HarvestError
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
