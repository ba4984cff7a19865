"""What commands open, from the settings in the environment."""

from collections.abc import Iterator
from contextlib import contextmanager

from harvester.settings import environment
from workers.tools import Tools


@contextmanager
def opened_tools() -> Iterator[Tools]:
    """Give the tools by the settings; each is opened at its first use, and closed at the end of the block."""
    tools = Tools(environment())
    try:
        yield tools
    finally:
        tools.close()
