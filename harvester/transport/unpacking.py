"""A body unpacked piece by piece, by what its first bytes are rather than by what its header says."""

import zlib
from collections.abc import Iterator
from typing import Final

from harvester.errors import cut

STEP_BYTES: Final = 1 << 20
GZIP: Final = b"\x1f\x8b"
PLAIN: Final = {"", "identity"}
KNOWN: Final = {"gzip", "x-gzip", "deflate"}
TEXT: Final = (b"<", b"\xef\xbb", b"\xff\xfe", b"\xfe\xff", b"\r", b"\n", b"\t", b" ", b"{")  # how a document may begin


class UnpackingError(Exception):
    """A body that cannot be unpacked; the text says why."""


class Unpacker:
    """Unpacks one body; `said` is the content encoding that the server names, `mismatch` whether it was wrong."""

    def __init__(self, said: str) -> None:
        self.mismatch = False
        self._said = said.strip().lower()
        self._held = b""  # too little to tell what it is
        self._decided = False
        self._decoder: zlib._Decompress | None = None

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk unpacks to, in parts of bounded size. Raises: UnpackingError."""
        pending = self._held + chunk
        self._held = b""
        if not self._decided:
            if len(pending) < len(GZIP):
                self._held = pending
                return
            self._decide(pending)
        if self._decoder is None:
            yield pending
            return
        while pending:
            if self._decoder.eof and not self._begin_next(pending):
                return
            try:
                yield self._decoder.decompress(pending, STEP_BYTES)
            except zlib.error as error:
                raise UnpackingError(f"the compressed body is damaged ({error})") from error
            pending = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail

    def finish(self) -> bytes:
        """Give the rest. Raises: UnpackingError where the body ends too early."""
        if self._decoder is None:
            return self._held
        rest = self._decoder.flush()
        if not self._decoder.eof:
            raise UnpackingError("the compressed body is cut")
        return rest

    def _begin_next(self, pending: bytes) -> bool:
        """Go on with the next member of a gzip body (RFC 1952, 2.2); anything else behind its end is padding."""
        if pending == GZIP[:1]:
            self._held = pending
        elif pending.startswith(GZIP):
            self._decoder = zlib.decompressobj(31)
            return True
        return False

    def _decide(self, beginning: bytes) -> None:
        self._decided = True
        if beginning.startswith(GZIP):
            self._decoder = zlib.decompressobj(31)
            self.mismatch = self._said not in {"gzip", "x-gzip"}
        elif self._said in PLAIN:
            return
        elif self._said == "deflate" and not beginning.startswith(TEXT):
            self._decoder = zlib.decompressobj(15 if _is_zlib(beginning) else -15)  # RFC 9110 wants zlib, many send raw
        elif self._said in KNOWN or beginning.startswith(TEXT):
            self.mismatch = True
        else:
            raise UnpackingError(f"its content encoding {cut(self._said)!r} was not asked for")


def _is_zlib(beginning: bytes) -> bool:
    return beginning[0] & 0x0F == 8 and int.from_bytes(beginning[:2], "big") % 31 == 0
