"""The version of oaihub that runs."""

import functools
from importlib.metadata import version


@functools.cache  # it reads a file, and is told with each heartbeat
def own_version() -> str:
    """Give the version of oaihub as it was installed."""
    return version("oaihub")
