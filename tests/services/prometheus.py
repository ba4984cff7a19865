"""Prometheus's own checker of metrics and rules, which Debian has in its package `prometheus`."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from tests.services.processes import EngineMissingError


class Program(Struct):
    """An installed program; `url` is its path."""

    url: str


@contextmanager
def find_promtool() -> Iterator[Program]:
    """Give promtool. Raises: EngineMissingError where it is not installed."""
    path = shutil.which("promtool")
    if path is None:
        raise EngineMissingError("promtool is not installed (Debian: prometheus)")
    yield Program(path)


def run_promtool(program: str, *arguments: str, given: str = "") -> str:
    """Run promtool and give all that it says; fails where it finds fault."""
    done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
