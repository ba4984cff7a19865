"""Packed bytes as a stream: gzip, bzip2, xz and zstd, told by their first bytes, never more in memory than a piece.

The readers of the libraries are not used, because the one for zstd ends a cut file in silence and none of them bounds
how much comes out of how little.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Final

import zstandard

from harvester.errors import RejectedError

READ_BYTES: Final = 2048  # a piece of this size unpacks to 64 MB at most where its library takes no limit (zstd)
PIECE_BYTES: Final = 1 << 20
RATIO: Final = 200
RATIO_COUNTS_FROM_BYTES: Final = 4 * 1024 * 1024
DAMAGE: Final = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError)


class PackedError(RejectedError):
    """What is packed cannot be unpacked: it is damaged, cut, or a bomb."""


class _Part:
    """A decoder of one packed part, and the limit that its library takes for what comes out at once."""

    def __init__(self, decoder: Any, *limit: int) -> None:  # noqa: ANN401  one of four that share no class
        self._decoder = decoder
        self._limit = limit

    @property
    def ended(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def holds_back(self) -> bool:
        """Whether more comes out without more going in."""
        return not self.ended and not getattr(self._decoder, "needs_input", True)

    @property
    def behind(self) -> bytes:
        """What came after the end of the part."""
        return bytes(self._decoder.unused_data)

    def decode(self, chunk: bytes) -> bytes:
        return bytes(self._decoder.decompress(chunk, *self._limit))


PARTS: Final[dict[bytes, Callable[[], _Part]]] = {
    b"\x1f\x8b": lambda: _Part(zlib.decompressobj(wbits=31)),
    b"BZh": lambda: _Part(bz2.BZ2Decompressor(), PIECE_BYTES),
    b"\xfd7zXZ\x00": lambda: _Part(lzma.LZMADecompressor(), PIECE_BYTES),
    b"\x28\xb5\x2f\xfd": lambda: _Part(zstandard.ZstdDecompressor().decompressobj()),
}


def unpacked(stream: io.BufferedReader) -> io.BufferedReader | None:
    """Give the stream of what a packed stream holds, None where its first bytes are of no format that is known."""
    head = stream.peek(8)
    begin = next((begin for magic, begin in PARTS.items() if head.startswith(magic)), None)
    return None if begin is None else io.BufferedReader(_Unpacked(stream, begin), 1 << 16)


class _Unpacked(io.RawIOBase):
    """Unpacks while it is read, one packed part after the other, as `cat a.gz b.gz` leaves them."""

    def __init__(self, source: io.BufferedReader, begin: Callable[[], _Part]) -> None:
        self._source = source
        self._begin = begin
        self._part: _Part | None = None
        self._chunk = b""
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
        """Unpack until something comes out; False at the end. Raises: PackedError, and from then on always."""
        if self._failure is None:
            try:
                return self._unpack()
            except PackedError as error:
                self._failure = error
        raise self._failure

    def _unpack(self) -> bool:
        came_out = b""
        while not came_out:
            if not (self._chunk or (self._part and self._part.holds_back)) and not self._read_chunk():
                return False
            came_out = self._decode()
        self._unpacked += len(came_out)
        if self._unpacked > RATIO_COUNTS_FROM_BYTES and self._unpacked > self._packed * RATIO:
            raise PackedError(f"it unpacks to more than {RATIO} times its size: no saved answers do that")
        self._pending = memoryview(came_out)
        return True

    def _read_chunk(self) -> bool:
        """Take more of the source; False at its end. Raises: PackedError where that is in the middle of a part."""
        self._chunk = self._source.read(READ_BYTES)
        self._packed += len(self._chunk)
        if not self._chunk and self._part is not None:
            raise PackedError("what is packed is cut: its end is missing")
        return bool(self._chunk)

    def _decode(self) -> bytes:
        """Give what comes out next of the chunk and the part that is under way."""
        if self._part is None:
            self._chunk = self._chunk.lstrip(b"\0")  # padding between parts, and after the last
            if not self._chunk:
                return b""
            self._part = self._begin()
        chunk, self._chunk = self._chunk, b""
        try:
            came_out = self._part.decode(chunk)
        except DAMAGE as error:
            raise PackedError(f"what is packed is damaged: {error}") from error
        if self._part.ended:
            self._chunk = self._part.behind
            self._part = None
        return came_out
