"""The archive: every page as it was received, byte for byte, kept before anything is parsed.

One file a page, compressed with zstd, named by run, number and the SHA-256 of the bytes: a page that is fetched twice
keeps both answers, and what is read back is checked against its name.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import zstandard

from harvester.errors import FatalError, cut

LEVEL: Final = 3
MAX_OUTPUT_BYTES: Final = 1 << 31


class ArchiveError(FatalError):
    """The archive cannot be written or read; the text names the file."""


class ArchiveFullError(ArchiveError):
    """The disk of the archive is full."""


class ArchiveDamagedError(ArchiveError):
    """A page in the archive is missing or is not what was put there."""


class Archive:
    """A folder of pages; any number of processes may append and read at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, run: int, number: int, body: bytes, kind: str = "xml") -> str:
        """Keep one page (of a `kind`: xml or json) and give its location; on return it is on the disk.

        Raises: ArchiveFullError, ArchiveError.
        """
        return self.keep(f"{run:08d}/{number:06d}-{hashlib.sha256(body).hexdigest()}.{kind}.zst", body)

    def append_answer(self, day: str, body: bytes) -> str:
        """Keep an answer of a DOI registry, with those of its day (YYYY-MM-DD). Otherwise as `append`."""
        return self.keep(f"dois/{day}/{hashlib.sha256(body).hexdigest()}.json.zst", body)

    def keep(self, location: str, body: bytes) -> str:
        """Keep a page at the location that another archive gave it. Otherwise as `append`."""
        path = self.folder / location
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(body))
        except OSError as error:
            raise _translate(error, path) from error
        return location

    def room(self) -> tuple[int, int] | None:
        """Give the free and all bytes of the disk; None where that is unknown or there is no disk."""
        try:
            usage = shutil.disk_usage(self.folder)
        except OSError:
            return None
        return usage.free, usage.total

    def has(self, location: str) -> bool:
        """Whether there is a file at a location; what is in it is not looked at."""
        return (self.folder / location).is_file()

    def size(self, location: str) -> int:
        """Give the bytes that a page takes on the disk; 0 where there is none."""
        try:
            return (self.folder / location).stat().st_size
        except OSError:
            return 0

    def remove(self, location: str) -> None:
        """Let a page go for good, with the folder of its run where that is empty then; one that is gone does no harm.

        Raises: ArchiveError.
        """
        path = self.folder / location
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _translate(error, path) from error
        with contextlib.suppress(OSError):  # other pages lie there
            path.parent.rmdir()

    def read(self, location: str) -> bytes:
        """Give the page kept at a location. Raises: ArchiveDamagedError where it is missing or changed."""
        path = self.folder / location
        try:
            body = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=MAX_OUTPUT_BYTES)
        except (OSError, zstandard.ZstdError) as error:
            reason = error.strerror if isinstance(error, OSError) else error  # the path stands there already
            raise ArchiveDamagedError(f"archived page {path} cannot be read ({reason}); fetch it again") from error
        if hashlib.sha256(body).hexdigest() not in path.name:
            raise ArchiveDamagedError(f"archived page {path} is not what was put there; fetch it again")
        return body


def open_archive(url: str) -> Archive:
    """Open the archive of a URL: a folder, or file:///FOLDER. Raises: ArchiveError."""
    parts = urlsplit(url)
    if parts.scheme not in {"", "file"}:
        raise ArchiveError(f"OAIHUB_ARCHIVE_URL={cut(url)!r}: give a folder, such as /var/lib/oaihub/archive")
    folder = Path(unquote(parts.path)).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _translate(error, folder) from error
    return Archive(folder)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and have it on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
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
        return ArchiveFullError(f"the archive's disk is full ({path}): free some space there")
    return ArchiveError(f"the archive cannot be written: {path}: {error.strerror}; check the folder and its owner")
