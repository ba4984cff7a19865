"""Dumps: saved answers in files, packed files, tar archives and folders of them, as one stream of documents.

Nothing is unpacked to disk, and of a tar archive one member at a time to memory.
"""

import io
import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self, cast

from msgspec import Struct

from harvester.dumps.streams import PackedError, unpacked
from harvester.errors import FatalError

MOST_LAYERS: Final = 4
CHUNK: Final = 1 << 20
TAR_MAGIC_AT: Final = slice(257, 262)
ZIP_MAGIC: Final = b"PK\x03\x04"
TAR_NAME: Final = re.compile(r"\.(tar(\.\w+)?|t[bgx]z|tbz2|tzst)$", re.IGNORECASE)
HIDDEN: Final = re.compile(r"(^|/)\.(?!\.?(/|$))")  # a name of the path begins with a dot, and is not . or ..
DIGITS: Final = re.compile(r"([0-9]+)")


class DumpMissingError(FatalError):
    """There is no such file or folder, or it cannot be looked into."""


class Document(Struct, frozen=True):
    """One file or member of an archive: its path below the dump, and its bytes, or the reason why there are none."""

    name: str
    body: bytes
    refused: str = ""


class Dump:
    """A file or a folder of saved answers, read in natural order of names; hidden files are left out.

    `leave_out` are folders that are not looked into, `max_bytes` is the most that one document may unpack to.
    """

    def __init__(self, path: Path, *, max_bytes: int, leave_out: tuple[Path, ...] = ()) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._leave_out = leave_out
        self._total = sum(entry.stat().st_size for entry in self._iter_files() if entry.is_file())
        self._done = 0
        self._open: io.FileIO | None = None

    @property
    def share(self) -> float:
        """How much of the files' bytes is read, 0 to 1."""
        position = 0 if self._open is None else self._open.tell()
        return min(1.0, (self._done + position) / self._total) if self._total else 1.0

    def iter_documents(self, known: Counter[str] | None = None) -> Iterator[Document]:
        """Yield the documents, but for the `known`: how many of each name are to be left out, those that come first."""
        left = Counter(known)
        self._done = 0
        for path in self._iter_files():
            name = _shown(path.relative_to(self.path) if path != self.path else Path(path.name))
            if left[name]:
                left[name] -= 1
            else:
                yield from self._read_file(path, name, left)
            self._done += path.stat().st_size if path.is_file() else 0

    def _iter_files(self) -> Iterator[Path]:
        if not self.path.exists():
            raise DumpMissingError(f"there is no file or folder {self.path}: check the path")
        if self.path.is_dir():
            yield from self._walk(self.path)
        else:
            yield self.path

    def _walk(self, folder: Path) -> Iterator[Path]:
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: natural_order(entry.name))
        except OSError as error:
            if folder != self.path:
                yield folder  # to be told as one that cannot be read
                return
            raise DumpMissingError(f"{folder} cannot be looked into: {error.strerror}; check its owner") from error
        for entry in entries:
            if entry.name.startswith(".") or entry in self._leave_out:
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from self._walk(entry)
            else:
                yield entry

    def _read_file(self, path: Path, name: str, known: Counter[str]) -> Iterator[Document]:
        if not path.is_file():
            yield Document(name, b"", _kind(path))
            return
        try:
            with path.open("rb", buffering=0) as self._open:
                stream: io.BufferedReader = io.BufferedReader(self._open, 1 << 16)
                with stream:
                    yield from self._read(stream, name, known, MOST_LAYERS)
        except OSError as error:
            yield Document(name, b"", f"it cannot be read: {error.strerror}")
        finally:
            self._open = None

    def _read(self, stream: io.BufferedReader, name: str, known: Counter[str], layers: int) -> Iterator[Document]:
        """Yield the documents of one file or member: itself, or what is packed in it."""
        try:
            inner = unpacked(stream)
            packed = inner is not None or _is_tar(stream, name)
            if packed and not layers:
                yield Document(name, b"", f"it is packed more than {MOST_LAYERS} times")
            elif inner is not None:
                yield from self._read(inner, name, known, layers - 1)
            elif packed:
                yield from self._read_tar(stream, name, known, layers - 1)
            else:
                yield self._read_document(stream, name)
        except PackedError as error:
            yield Document(name, b"", str(error))
        except tarfile.TarError as error:
            yield Document(name, b"", f"the tar archive is damaged or cut: {error}")

    def _read_tar(self, stream: io.BufferedReader, name: str, known: Counter[str], layers: int) -> Iterator[Document]:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
                below = f"{name}/{_shown(Path(member.name))}"
                if member.isdir() or HIDDEN.search(member.name):
                    continue
                if known[below]:
                    known[below] -= 1
                elif (content := tar.extractfile(member) if member.isreg() else None) is None:
                    yield Document(below, b"", "it is a link or a device inside the archive")
                else:
                    yield from self._read(cast("io.BufferedReader", content), below, known, layers)

    def _read_document(self, stream: io.BufferedReader, name: str) -> Document:
        if stream.peek(len(ZIP_MAGIC)).startswith(ZIP_MAGIC):
            return Document(name, b"", "it is a zip archive: unpack it, or pack what is in it as tar")
        parts = []
        size = 0
        while chunk := stream.read(CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > self._max_bytes:
                reason = f"it has more than {self._max_bytes} bytes; raise OAIHUB_MAX_PAGE_BYTES if that is right"
                return Document(name, b"", reason)
        return Document(name, b"".join(parts))


class _Member(tarfile.TarInfo):
    """A member whose header is there and sound: tarfile takes a missing or damaged one for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tar)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # the stubs: the two empty blocks at the end
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from error


def natural_order(name: str) -> tuple[list[tuple[int, str]], str]:
    """Give the key that sorts page2 before page10."""
    pieces = DIGITS.split(name.casefold())  # text and number in turn
    return [(int(piece), "") if place % 2 else (0, piece) for place, piece in enumerate(pieces)], name


def _kind(path: Path) -> str:
    if not path.is_dir():
        return "it is neither a file nor a folder, or it has gone"
    return "it is a link to a folder" if path.is_symlink() else "it is a folder that cannot be looked into"


def _is_tar(stream: io.BufferedReader, name: str) -> bool:
    return stream.peek(512)[TAR_MAGIC_AT] == b"ustar" or TAR_NAME.search(name) is not None


def _shown(path: Path) -> str:
    """Give a path as text that every database takes."""
    return os.fsencode(path).decode("utf-8", "replace")
