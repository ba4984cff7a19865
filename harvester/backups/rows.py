"""Files of rows: msgpack in blocks, packed with zstd.

A block is its length (4 bytes, the greatest first) and a msgpack array: first the names of the columns, then some
thousand rows in each. Bytes stay bytes, which packs better than their text would.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import zstandard

from harvester.backups.manifest import BackupError, RowsFile

LEVEL: Final = 3
LENGTH: Final = 4
COLUMNS: Final = msgspec.msgpack.Decoder(tuple[str, ...])
ROWS: Final = msgspec.msgpack.Decoder(list[tuple[object, ...]])


class Reader(Protocol):
    """What gives the next bytes of a file."""

    def read(self, size: int, /) -> bytes:
        """Give up to `size` bytes, none at the end."""


def write_rows(
    folder: Path, name: str, columns: tuple[str, ...], parts: Iterable[Sequence[tuple[object, ...]]]
) -> RowsFile:
    """Write a file of rows; on return it is on the disk. Raises: BackupError."""
    path = folder / f"{name}.zst"
    encoder, rows = msgspec.msgpack.Encoder(), 0
    try:
        with path.open("wb") as file:
            with zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(
                file, closefd=False
            ) as packed:
                packed.write(_framed(encoder.encode(columns)))
                for part in parts:
                    packed.write(_framed(encoder.encode(part)))
                    rows += len(part)
            file.flush()
            os.fsync(file.fileno())
        return RowsFile(name, rows, path.stat().st_size, digest_of(path))
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error


def read_rows(folder: Path, name: str) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
    """Give the columns of a file and its rows, block by block. Raises: BackupError, also later."""
    blocks = _blocks(folder / f"{name}.zst")
    return COLUMNS.decode(next(blocks)), (ROWS.decode(block) for block in blocks)


def check_rows(folder: Path, file: RowsFile) -> None:
    """Compare a file with what is known of it. Raises: BackupError."""
    path = folder / f"{file.name}.zst"
    try:
        if (path.stat().st_size, digest_of(path)) == (file.bytes, file.sha256):
            return
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from error
    raise BackupError(f"{path} is not what was written: take another backup")


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _framed(block: bytes) -> bytes:
    return len(block).to_bytes(LENGTH, "big") + block


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as packed:
            while length := _read(packed, LENGTH):
                yield _read(packed, int.from_bytes(length, "big"))
    except (OSError, zstandard.ZstdError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from error


def _read(packed: Reader, size: int) -> bytes:
    """Give so many bytes, or none at the end."""
    found = bytearray()
    while len(found) < size and (more := packed.read(size - len(found))):
        found += more
    if found and len(found) < size:
        raise BackupError("a file of rows ends too soon: take another backup")
    return bytes(found)
