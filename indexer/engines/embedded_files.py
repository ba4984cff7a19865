"""The folder of the embedded index: one folder per generation, and a pointer file that names the current one.

index/current               the name of the generation in use
index/items-1-<UTC time>/   tantivy's files, `digest` (of the field table), `writer` (process that wrote last)
index/items-…/columns/      the blocks of `indexer.engines.columns`
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from indexer.engines.embedded_faults import remedy
from indexer.errors import IndexMismatchError
from indexer.fields import table_digest

POINTER: Final = "current"
DIGEST: Final = "digest"
WRITER: Final = "writer"
COLUMNS: Final = "columns"


def current_generation(root: Path) -> Path | None:
    """Give the folder in use, None where the index was not made yet."""
    try:
        return root / (root / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def make_generation(root: Path) -> Path:
    """Make the folder of a new generation; nothing points at it yet."""
    folder = root / f"items-1-{datetime.now(UTC):%Y%m%d%H%M%S%f}-{os.getpid()}"
    (folder / COLUMNS).mkdir(parents=True)
    (folder / DIGEST).write_text(table_digest(), "utf-8")
    return folder


def point_first(root: Path, folder: Path) -> Path:
    """Point at a new generation where nothing is pointed at; give what is current afterwards.

    Of several processes that do so at once one wins; the folders of the others are removed.
    """
    pointer = folder / POINTER
    pointer.write_text(folder.name, "utf-8")
    try:
        os.link(pointer, root / POINTER)
    except FileExistsError:
        shutil.rmtree(folder)
    return current_generation(root) or folder


def check_generation(folder: Path) -> None:
    """Raise IndexMismatchError where a generation was made by another version of the field table."""
    if (folder / DIGEST).read_text("utf-8") != table_digest():
        raise IndexMismatchError(
            f"the index in {folder} was made by another version of the field table: {remedy(folder.parent)}"
        )


def note_writer(folder: Path) -> None:
    """Leave our process number for those who find the writer taken."""
    (folder / WRITER).write_text(str(os.getpid()), "utf-8")


def noted_writer(folder: Path) -> str:
    """Give the process number that the writer left, "unknown" where none did."""
    try:
        return (folder / WRITER).read_text("utf-8")
    except FileNotFoundError:
        return "unknown"
