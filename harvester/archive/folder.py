"""The archive in a folder: one file a page."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from harvester.archive.errors import ArchiveError, ArchiveFullError, MissingFileError


class Folder:
    """A folder of files, made where it is missing. Raises: ArchiveError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _translate(error, folder) from error

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, with its folder. Raises: ArchiveFullError, ArchiveError."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
        except OSError as error:
            raise _translate(error, path) from error

    def read(self, name: str) -> bytes:
        """Give a file. Raises: MissingFileError."""
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise MissingFileError(error.strerror) from error  # the path stands in the message already

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return (self.folder / name).is_file()

    def remove(self, names: Sequence[str]) -> None:
        """Delete files, and the folders that they lay in where these are empty then. Raises: ArchiveError."""
        for name in names:
            path = self.folder / name
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise _translate(error, path) from error
            with contextlib.suppress(OSError):  # other pages lie there
                path.parent.rmdir()

    def room(self) -> tuple[int, int] | None:
        """Give the free and all bytes of the disk; None where that is unknown."""
        try:
            usage = shutil.disk_usage(self.folder)
        except OSError:
            return None
        return usage.free, usage.total

    def shown(self, name: str) -> str:
        """Give the path."""
        return str(self.folder / name)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and have it on the disk; others may write the same one now."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _translate(error: OSError, path: Path) -> ArchiveError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ArchiveFullError(f"the archive's disk is full: free some space there ({path})")
    return ArchiveError(f"the archive cannot be written: {path}: {error.strerror}; check the folder and its owner")
