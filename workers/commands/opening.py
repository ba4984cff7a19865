"""What commands open, from the settings in the environment."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from harvester.errors import HarvestError
from harvester.settings import environment
from workers.logs import configure_logging
from workers.tools import Tools


@contextmanager
def opened_tools() -> Iterator[Tools]:
    """Give the tools by the settings; each is opened at its first use, and closed at the end of the block.

    What the command has counted is written then.
    """
    tools = Tools(environment())
    try:
        yield tools
    finally:
        with contextlib.suppress(HarvestError):  # the command has done what it was asked for
            tools.flush_counts()
        tools.close()


def log_as_set(tools: Tools, *, as_json: bool) -> None:
    """Have this process log as the settings and its `--json` say: it works or serves until it is stopped."""
    configure_logging(tools.workers.log_level, as_json=as_json or tools.workers.log_json)
