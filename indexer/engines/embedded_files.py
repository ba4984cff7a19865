"""The folder of the embedded index: one folder per generation, and what says which of them is which.

index/current               names of the generation in use and, on a second line, of the one before
index/next                  name of the generation that is being built, while there is one
index/write.lock            held by whoever writes to the generation in use, and for the step from one to the next
index/build.lock            held, with its holder's name, by the process that builds; the kernel lets go of it
index/items-1-<UTC time>/   tantivy's files, `digest` (of the field table), `writer` (process that wrote last),
                            `missed` (ids written to the generation in use while this one is being built)
index/items-…/columns/      the blocks of `indexer.engines.columns`
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from indexer.errors import IndexMismatchError, IndexUnavailableError
from indexer.fields import table_digest

POINTER: Final = "current"
NEXT: Final = "next"
WRITE_LOCK: Final = "write.lock"
BUILD_LOCK: Final = "build.lock"
DIGEST: Final = "digest"
WRITER: Final = "writer"
MISSED: Final = "missed"
COLUMNS: Final = "columns"
META: Final = "meta.json"  # tantivy's, written anew by each commit
COPY_TRIES: Final = 20


def current_generation(root: Path) -> Path | None:
    """Give the folder in use, None where the index was not made yet."""
    names = _read_names(root / POINTER)
    return root / names[0] if names else None


def former_generation(root: Path) -> Path | None:
    """Give the folder that was in use before, None where there is none."""
    names = _read_names(root / POINTER)
    return root / names[1] if len(names) > 1 else None


def next_generation(root: Path) -> Path | None:
    """Give the folder that is being built, or was when its builder died; None where there is none."""
    names = _read_names(root / NEXT)
    return root / names[0] if names else None


def pointer_state(root: Path) -> tuple[int, int]:
    """Give what is another one as soon as another generation is in use; (0, 0) where none is."""
    try:
        found = (root / POINTER).stat()
    except FileNotFoundError:
        return (0, 0)
    return found.st_ino, found.st_mtime_ns


def make_generation(root: Path) -> Path:
    """Make the folder of a new generation; nothing points at it yet."""
    folder = root / f"items-1-{datetime.now(UTC):%Y%m%d%H%M%S%f}-{os.getpid()}"
    (folder / COLUMNS).mkdir(parents=True)
    (folder / DIGEST).write_text(table_digest(), "utf-8")
    return folder


def copy_generation(root: Path, folder: Path) -> Path:
    """Give a generation with the files of another, which costs no space as long as both keep them.

    The process that wrote to the other may hold its writer still, and end merges of its segments, without looking;
    what it does there must not reach what is made of it. tantivy never changes a file in place.
    """
    for _ in range(COPY_TRIES):
        copied = make_generation(root)
        try:
            for file in sorted(folder.iterdir(), key=lambda path: path.suffix != ".json"):  # first what names the rest
                if file.suffix == ".json":
                    shutil.copyfile(file, copied / file.name)
                elif file.name not in {DIGEST, WRITER, MISSED, COLUMNS} and file.suffix != ".lock":
                    os.link(file, copied / file.name)
            for block in (folder / COLUMNS).iterdir():
                os.link(block, copied / COLUMNS / block.name)
        except FileNotFoundError:  # a merge has ended meanwhile
            shutil.rmtree(copied)
        else:
            return copied
    raise IndexUnavailableError(f"{folder} changes too fast to be copied: try again")


def point_at(root: Path, current: Path, former: Path | None) -> None:
    """Have searches ask a generation from now on, and keep the name of the one before, in one step."""
    _write_whole(root / POINTER, "".join(f"{folder.name}\n" for folder in (current, former) if folder is not None))


def point_next(root: Path, folder: Path | None) -> None:
    """Say which generation is being built; None: none is."""
    if folder is None:
        (root / NEXT).unlink(missing_ok=True)
    else:
        _write_whole(root / NEXT, f"{folder.name}\n")


def drop_unnamed(root: Path) -> None:
    """Remove the folders of generations that nothing points at; whoever still reads one keeps its open files."""
    named = {current_generation(root), former_generation(root), next_generation(root)}
    for folder in root.glob("items-*"):
        if folder not in named:
            shutil.rmtree(folder, ignore_errors=True)


def is_ours(folder: Path) -> bool:
    """Whether a generation was made by this version of the field table."""
    return (folder / DIGEST).read_text("utf-8") == table_digest()


def check_generation(folder: Path) -> None:
    """Raise IndexMismatchError where a generation was made by another version of the field table."""
    if not is_ours(folder):
        raise IndexMismatchError(
            f"the index in {folder} was made by another version of the field table: `oaihub rebuild` makes it anew "
            "beside the old one, and then everything can be started"
        )


@contextlib.contextmanager
def write_lock(root: Path) -> Iterator[None]:
    """Hold the lock of those who write to the generation in use; waits for whoever has it."""
    descriptor = _open(root / WRITE_LOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take_build_lock(root: Path, builder: str) -> int | None:
    """Take the lock of the builder, to be closed again; None where another has it. To be called with the write lock."""
    descriptor = _open(root / BUILD_LOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, builder.encode())
    return descriptor


def builder_of(root: Path) -> str:
    """Give the name that the builder has left."""
    with contextlib.suppress(FileNotFoundError):
        return (root / BUILD_LOCK).read_text("utf-8") or "another process"
    return "another process"


def builder_lives(root: Path) -> bool:
    """Whether a process holds the lock of the builder. To be called with the write lock."""
    descriptor = _open(root / BUILD_LOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def note_writer(folder: Path) -> None:
    """Leave our process number for those who find the writer taken."""
    (folder / WRITER).write_text(str(os.getpid()), "utf-8")


def noted_writer(folder: Path) -> str:
    """Give the process number that the writer left, "unknown" where none did."""
    try:
        return (folder / WRITER).read_text("utf-8")
    except FileNotFoundError:
        return "unknown"


def _read_names(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").split()
    except FileNotFoundError:
        return []


def _write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all, and have it on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
