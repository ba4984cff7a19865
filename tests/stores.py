"""Stores for tests whose tables are made once: to make them takes longer than most tests."""

import functools
import tempfile
from pathlib import Path

from harvester.store import open_store


def lay_store(path: Path) -> None:
    """Put a file where none is yet: a store that is up to date, and empty."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_empty_store())


@functools.cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.sqlite")
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()
