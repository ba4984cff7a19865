"""What the disk and tantivy can refuse, in the words of the index: the folder, why, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from harvester.errors import cut
from harvester.room import told_full
from indexer.errors import IndexUnavailableError

FULL: Final = "os error 28"  # as Rust writes ENOSPC


@contextmanager
def translated(root: Path) -> Iterator[None]:
    """Translate errors inside this block. Raises: IndexUnavailableError naming the folder of the index."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise refused(error, root) from error


def refused(error: OSError | ValueError, root: Path) -> IndexUnavailableError:
    """Give the index's error for one of the disk, or of tantivy, which knows ValueError only.

    A thread of tantivy's that found no room says only that it was killed, so the disk is looked at.
    """
    if FULL in str(error) or (isinstance(error, OSError) and error.errno == errno.ENOSPC) or told_full(root):
        return IndexUnavailableError(f"the index's disk is full: free some space there ({root})")
    advice = "check the folder, its owner, and the space on its disk"
    reason = cut(error)
    if isinstance(error, OSError) and error.strerror:
        reason = f"{error.filename or root}: {error.strerror}"
    if isinstance(error, (ValueError, FileNotFoundError)):
        advice = remedy(root)
    return IndexUnavailableError(f"the index in {root} cannot be used ({reason}): {advice}")


def remedy(root: Path) -> str:
    """Give what to do about an index that is lost: it is derived, so it can be made anew."""
    return f"`oaihub rebuild` makes it anew; where {root} is gone, the next start does"
