"""A generation of the embedded index, opened."""

import threading
from pathlib import Path

import tantivy

from indexer.engines.columns.loaded import Columns
from indexer.engines.embedded_facets import Snapshot
from indexer.engines.embedded_files import COLUMNS, META, check_generation
from indexer.engines.embedded_schema import TOKENIZER, make_schema, make_tokenizer
from indexer.engines.embedded_writer import EmbeddedWriter


class OpenGeneration:
    """A generation opened for reading, and its writer once something is written."""

    def __init__(self, folder: Path) -> None:
        check_generation(folder)
        self._meta = folder / META
        self._lock = threading.Lock()
        self._columns = Columns(folder / COLUMNS)
        self._seen: tuple[int, int] | None = None
        self._last: Snapshot | None = None
        self.folder = folder
        self.index = tantivy.Index(make_schema(), str(folder))
        self.index.register_tokenizer(TOKENIZER, make_tokenizer())
        self.index.config_reader("manual")
        self.writer = EmbeddedWriter(folder, self.index)

    def snapshot(self) -> Snapshot:
        """Give the last commit: the reader is loaded again only when tantivy's meta.json has changed."""
        state = self._state()
        with self._lock:
            is_new = state != self._seen and state is not None  # where it is gone, what is open still answers
            if self._last is None or is_new:
                self.index.reload()
                self._last = Snapshot(self.index.schema, self.index.searcher(), self._columns)
                self._seen = state
            return self._last

    def _state(self) -> tuple[int, int] | None:
        try:
            found = self._meta.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns
