"""Packed bytes as a stream: gzip, bzip2, xz and zstd, told by their first bytes, never more in memory than a piece.

The readers of the standard library are not used, because the one for zstd ends a cut file in silence and none of them
bounds how much comes out of how little.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import zstandard

from harvester.errors import RejectedError

READ_BYTES: Final = 2048  # a piece of this size unpacks to 64 MB at most, in the worst of the four formats
RATIO: Final = 200
RATIO_COUNTS_FROM_BYTES: Final = 4 * 1024 * 1024


class PackedError(RejectedError):
    """What is packed cannot be unpacked: it is damaged, cut, or a bomb."""


class Decoder(Protocol):
    """What the four libraries have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of what was packed has been met."""

    @property
    def unused_data(self) -> bytes:
        """What came after that end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Give what these bytes unpack to."""


DECODERS: Final[dict[bytes, Callable[[], Decoder]]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(wbits=31),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lzma.LZMADecompressor,
    b"\x28\xb5\x2f\xfd": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


def unpacked(stream: io.BufferedReader) -> io.BufferedReader | None:
    """Give the stream of what a packed stream holds, None where its first bytes are of no format that is known."""
    head = stream.peek(8)
    make = next((make for magic, make in DECODERS.items() if head.startswith(magic)), None)
    return None if make is None else io.BufferedReader(_Unpacked(stream, make), 1 << 16)


class _Unpacked(io.RawIOBase):
    """Unpacks while it is read, one packed part after the other, as `cat a.gz b.gz` leaves them."""

    def __init__(self, source: io.BufferedReader, make: Callable[[], Decoder]) -> None:
        self._source = source
        self._make = make
        self._decoder: Decoder | None = None
        self._pending = memoryview(b"")
        self._packed = self._unpacked = 0
        self._failure: PackedError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  any writable buffer
        """Fill the buffer, less only at the end. Raises: PackedError."""
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target) and (self._pending or self._more()):
            piece = self._pending[: len(target) - filled]
            target[filled : filled + len(piece)] = piece
            self._pending = self._pending[len(piece) :]
            filled += len(piece)
        return filled

    def _more(self) -> bool:
        """Unpack pieces until something comes out; False at the end. Raises: PackedError, and then always."""
        if self._failure is None:
            try:
                return self._unpack()
            except PackedError as error:
                self._failure = error
        raise self._failure

    def _unpack(self) -> bool:
        unpacked = b""
        while not unpacked:
            chunk = self._source.read(READ_BYTES)
            if not chunk:
                if self._decoder is not None:
                    raise PackedError("what is packed is cut: its end is missing")
                return False
            self._packed += len(chunk)
            unpacked = self._decode(chunk)
        self._unpacked += len(unpacked)
        if self._unpacked > RATIO_COUNTS_FROM_BYTES and self._unpacked > self._packed * RATIO:
            raise PackedError(f"it unpacks to more than {RATIO} times its size: no saved answers do that")
        self._pending = memoryview(unpacked)
        return True

    def _decode(self, chunk: bytes) -> bytes:
        parts = []
        try:
            while chunk:
                if self._decoder is None:
                    chunk = chunk.lstrip(b"\0")  # padding between parts, and after the last
                    if not chunk:
                        break
                    self._decoder = self._make()
                parts.append(self._decoder.decompress(chunk))
                chunk = b""
                if self._decoder.eof:
                    chunk = self._decoder.unused_data
                    self._decoder = None
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError) as error:
            raise PackedError(f"what is packed is damaged: {error}") from error
        return b"".join(parts)
