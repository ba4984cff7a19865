"""Building a generation of the embedded index while another process writes to the one in use."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import tantivy

from indexer.document import Document
from indexer.engines.embedded_faults import translated
from indexer.engines.embedded_files import (
    builder_of,
    copy_generation,
    current_generation,
    drop_unnamed,
    former_generation,
    is_ours,
    make_generation,
    point_at,
    point_next,
    take_build_lock,
    write_lock,
)
from indexer.engines.embedded_generation import OpenGeneration
from indexer.engines.embedded_missed import MissedReader
from indexer.engines.embedded_schema import make_schema
from indexer.engines.embedded_versions import held_versions, iter_versions
from indexer.errors import IndexMismatchError, IndexUnavailableError, NoFormerError, RebuildRunningError
from indexer.index import WriteReport


class EmbeddedBuild:
    """A generation being built, see `Build`."""

    def __init__(self, root: Path, builder: str, *, back: bool) -> None:
        self._root = root
        with translated(root), write_lock(root):
            self._lock = lock_build(root, builder)
            try:
                self.folder = copy_generation(root, _former_of(root)) if back else make_generation(root)
                if not back:
                    tantivy.Index(make_schema(), str(self.folder))
                self._generation = OpenGeneration(self.folder)
                self._missed = MissedReader(self.folder)
                point_next(root, self.folder)
            except BaseException:
                os.close(self._lock)
                raise

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write and commit documents. See `Index.write`."""
        return self._generation.writer.write(documents)

    def take_missed(self) -> list[str]:
        """Give the items that are noted since the last call. See `Build.take_missed`."""
        with translated(self._root):
            return self._missed.take()

    def refresh(self) -> None:
        """Make all that was written here visible to `versions`."""
        self._generation.snapshot()

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Give id, version and deleted of every document. See `Index.versions`."""
        return iter_versions(self._generation.index, self._generation.snapshot().searcher)

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there. See `Index.held`."""
        return held_versions(self._generation.index, self._generation.snapshot().searcher, ids)

    def swap(self, last: Callable[[Sequence[str]], None]) -> None:
        """Make this the generation in use. See `Build.swap`.

        Writers wait meanwhile; what they have noted up to then is little.
        """
        self._generation.writer.close()
        with translated(self._root), write_lock(self._root):
            last(self._missed.take())
            self._generation.writer.close()
            live = current_generation(self._root)
            if live is None:
                raise IndexUnavailableError(f"the index in {self._root} was removed while it was built anew")
            point_at(self._root, self.folder, live)
            point_next(self._root, None)
            drop_unnamed(self._root)

    def close(self) -> None:
        """End the build: without a swap what was built is removed."""
        self._generation.writer.close()
        with translated(self._root), write_lock(self._root):
            try:
                self._missed.close()
                point_next(self._root, None)
                if current_generation(self._root) != self.folder:
                    shutil.rmtree(self.folder, ignore_errors=True)
            finally:
                os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def lock_build(root: Path, builder: str) -> int:
    """Take the lock of the builder and remove what dead ones have left. To be called with the write lock.

    Raises: RebuildRunningError.
    """
    lock = take_build_lock(root, builder)
    if lock is None:
        raise RebuildRunningError(f"{builder_of(root)} is building the index: wait until it ends, or stop it")
    point_next(root, None)
    drop_unnamed(root)
    return lock


def _former_of(root: Path) -> Path:
    folder = former_generation(root)
    if folder is None:
        raise NoFormerError(
            "there is no former generation of the index to go back to: `oaihub rebuild` makes a new one"
        )
    if not is_ours(folder):
        raise IndexMismatchError(
            f"the index in {folder} was made by another version of the field table: going back to it takes the "
            "version of oaihub that made it; `oaihub rebuild` makes a new one"
        )
    return folder
