"""A file that the main loop of a process touches, so that what watches over it knows a hang from work.

A health check must not ask the process through the broker: a slow broker would have healthy workers restarted
(sentry-kubernetes/charts#1923). It runs every few seconds, so it is here without Celery, which is slow to import.
"""

import time
from pathlib import Path


def touch(path: Path) -> None:
    """Say that the main loop is alive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def is_alive(path: Path, within_s: float) -> bool:
    """Tell whether a file was touched not longer ago than `within_s`."""
    try:
        return time.time() - path.stat().st_mtime <= within_s
    except FileNotFoundError:
        return False
