"""How much room disks must keep: below the archive's mark nothing more is fetched, so that all else goes on."""

import re
import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from harvester.archive import Archive, ArchiveError
from harvester.sizes import size

FORM: Final = r"^\s*(\d+(?:\.\d+)?)\s*(%|[kMGT]?B)?\s*$"
UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
FULL_BYTES: Final = 1_000_000  # less is of no use to a database, which writes more than a page at once


class Mark(Struct, frozen=True):
    """The least room: bytes, or a share of the disk (0 to 1) where that is given."""

    size_bytes: float = 0.0
    share: float = 0.0


class DiskMarkError(ArchiveError):
    """The archive's disk has less room than its mark; nothing was fetched."""


def parse_mark(text: str) -> Mark:
    """Read a mark of the form FORM, such as `500 MB`, `5 %`, `0` or a number of bytes."""
    found = re.match(FORM, text)
    if found is None:
        return Mark()
    number, unit = float(found[1]), found[2] or "B"
    return Mark(share=number / 100) if unit == "%" else Mark(size_bytes=number * UNITS[unit])


def check_room(archive: Archive, mark: Mark) -> None:
    """Raise DiskMarkError where the archive's disk has less room than the mark; one without a disk has enough."""
    room = archive.room()
    if room is None:
        return
    free, total = room
    wanted = least_room(mark, total)
    if free < wanted:
        raise DiskMarkError(
            f"the archive's disk has {size(free)} free, less than {size(wanted)} (OAIHUB_DISK_MARK): free some "
            f"space at {archive.folder}; nothing is fetched before"
        )


def told_full(folder: Path) -> str:
    """Say that the disk of a folder is full, and what to do; empty where it is not, or that is unknown."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    return f"the disk of {folder} is full ({size(free)} free): free some space there" if free < FULL_BYTES else ""


def least_room(mark: Mark, total_bytes: int) -> float:
    """Give the least room of a mark on a disk of a size, in bytes."""
    return max(mark.size_bytes, mark.share * total_bytes)
