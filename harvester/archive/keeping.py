"""What the archive is wherever it lies: names that hold the digest of a page, zstd, and the comparing of both."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import zstandard
from msgspec import Struct

from harvester.archive.errors import ArchiveDamagedError, MissingFileError

LEVEL: Final = 3
MAX_OUTPUT_BYTES: Final = 1 << 31


class Place(Protocol):
    """Where files lie, by a name of several parts; any number of processes may write and read at once."""

    @property
    def folder(self) -> Path | None:
        """The folder, where it is one of this machine."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file there whole or not at all; on return it is durable.

        The same file again does no harm. Raises: ArchiveError, ArchiveFullError, ArchiveAwayError.
        """

    def read(self, name: str) -> bytes:
        """Give a file. Raises: MissingFileError (as it cannot be read), ArchiveError, ArchiveAwayError."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name; what is in it is not looked at. Raises: as `read`."""

    def remove(self, names: Sequence[str]) -> None:
        """Delete files; one that is not there does no harm. Raises: ArchiveError, ArchiveAwayError."""

    def room(self) -> tuple[int, int] | None:
        """Give the free and all bytes of the disk; None where that is unknown or there is none to watch."""

    def shown(self, name: str) -> str:
        """Give the whole name for messages."""


class Kept(Struct, frozen=True):
    """Where a page is kept, and the bytes that it takes there."""

    location: str
    size_bytes: int


class Archive:
    """All pages in one place; any number of processes may append and read at once."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @property
    def folder(self) -> Path | None:
        """The folder of the archive, None where it lies in a bucket."""
        return self._place.folder

    def append(self, run: int, number: int, body: bytes, kind: str = "xml") -> Kept:
        """Keep one page (of a `kind`: xml or json); on return it is durable.

        Raises: ArchiveFullError, ArchiveError, ArchiveAwayError.
        """
        return self.keep(f"{run:08d}/{number:06d}-{hashlib.sha256(body).hexdigest()}.{kind}.zst", body)

    def append_answer(self, day: str, body: bytes) -> Kept:
        """Keep an answer of a DOI registry, with those of its day (YYYY-MM-DD). Otherwise as `append`."""
        return self.keep(f"dois/{day}/{hashlib.sha256(body).hexdigest()}.json.zst", body)

    def keep(self, location: str, body: bytes) -> Kept:
        """Keep a page at the location that another archive gave it. Otherwise as `append`."""
        packed = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(body)
        self._place.write(location, packed)
        return Kept(location, len(packed))

    def room(self) -> tuple[int, int] | None:
        """Give the free and all bytes of the disk; None where that is unknown or there is no disk."""
        return self._place.room()

    def shown(self, location: str) -> str:
        """Give where people find a location: a path or URL."""
        return self._place.shown(location)

    def has(self, location: str) -> bool:
        """Whether there is a file at a location; what is in it is not looked at.

        Raises: ArchiveError, ArchiveAwayError (buckets only).
        """
        return self._place.has(location)

    def remove(self, locations: Sequence[str]) -> None:
        """Let pages go for good; one that is gone does no harm. Raises: ArchiveError, ArchiveAwayError."""
        self._place.remove(locations)

    def read(self, location: str) -> bytes:
        """Give the page kept at a location.

        Raises: ArchiveDamagedError where it is missing or changed; ArchiveError, ArchiveAwayError (buckets only).
        """
        shown = self._place.shown(location)
        try:
            packed = self._place.read(location)
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=MAX_OUTPUT_BYTES)
        except (MissingFileError, zstandard.ZstdError) as error:
            raise ArchiveDamagedError(f"archived page {shown} cannot be read ({error}); fetch it again") from error
        if hashlib.sha256(body).hexdigest() not in location:
            raise ArchiveDamagedError(f"archived page {shown} is not what was put there; fetch it again")
        return body
