"""A new generation of the index from the store, beside the live one, which is searched and written to meanwhile.

Copy every item; write what others could not write here; compare with the store and mend; swap. Whoever writes to the
live generation writes to the new one, too, from the start (or notes what it could not), so the copy need not be of one
moment: versions decide. To go back is the same with the former generation and without the copy: what has changed since
is what the comparison finds.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, Protocol

from msgspec import Struct

from harvester.errors import FatalError
from harvester.item import Item
from harvester.store import Store
from harvester.store.expected import count_expected, retry_refused, set_aside
from harvester.store.items import contents_of, iter_contents
from indexer.checking import Comparison, Difference, find_differences
from indexer.document import Document
from indexer.errors import DocumentRejectedError, IndexingError
from indexer.index import Build, Index, WriteReport
from indexer.indexing import make_documents, prepare_index

AT_ONCE: Final = 2_500
ROUNDS: Final = 3


class GenerationDiffersError(IndexingError, FatalError):
    """A generation that was built does not come to be as the store says; the live one stays."""


class RebuildReport(Struct, frozen=True):
    """What a rebuild did.

    documents and checksum are of the new generation as it was compared; copied from the store, written again because
    they had changed meanwhile (or, going back, since), refused by the index.
    """

    documents: int
    checksum: str
    copied: int
    caught_up: int
    refused: int
    seconds: float


class Progress(Protocol):
    """Is told how a rebuild goes on."""

    def count(self, records: int, left: int | None = None) -> None:
        """Take note of items that are copied, and of how many are left."""

    def note(self, text: str) -> None:
        """Take note of anything else worth a line."""


def rebuild(store: Store, index: Index, builder: str, progress: Progress, *, back: bool = False) -> RebuildReport:
    """Build a generation and make it the live one; with `back` the former one is mended and taken again.

    Raises: GenerationDiffersError, RebuildRunningError, RebuildLostError, NoFormerError, IndexMismatchError,
    IndexUnavailableError; the live generation is as it was then.
    """
    started = time.monotonic()
    if not index.exists():
        prepare_index(store, index)  # so that all is indexed, should this end before the swap
    with index.begin_build(builder, back=back) as build:
        work = _Rebuild(store, build)
        copied = 0 if back else work.copy(progress)
        progress.note("compares it with the store")
        seen = work.mend(back=back)
        build.swap(work.catch_up)
    retry_refused(store, sorted(work.refused), store.now())
    return RebuildReport(
        seen.documents, seen.checksum, copied, work.caught_up, len(work.refused), time.monotonic() - started
    )


class _Rebuild:
    """The build in hand, and what became of items up to now."""

    def __init__(self, store: Store, build: Build) -> None:
        self.refused: set[str] = set()
        self.caught_up = 0
        self._store = store
        self._build = build

    def copy(self, progress: Progress) -> int:
        """Write every item of the store and give their number; while some are sent the next are read."""
        total, copied = count_expected(self._store), 0
        with ThreadPoolExecutor(1, thread_name_prefix="rebuild") as pool:
            sending: Future[WriteReport] | None = None
            for chunk in iter_contents(self._store, limit=AT_ONCE):
                documents = self._documents(chunk)
                if sending is not None:
                    self._settle(sending.result().rejected)
                sending = pool.submit(self._build.write, documents)
                copied += len(chunk)
                progress.count(len(chunk), max(0, total - copied))
            if sending is not None:
                self._settle(sending.result().rejected)
        return copied

    def mend(self, *, back: bool) -> Comparison:
        """Write what differs from the store until nothing does. Raises: GenerationDiffersError.

        Going back, what waits in the outbox is written once, too: the live generation was copied from the store, so it
        may show already what has still to be indexed.
        """
        for number in range(ROUNDS):
            self._refresh()
            seen, differs = Comparison(), False
            found = self._differences(seen, also_waiting=back and number == 0)
            while batch := list(islice(found, AT_ONCE)):
                differs = True
                self._refuse_strange(batch)
                self.catch_up([one.id for one in batch])
            if not differs:
                return seen
        raise GenerationDiffersError(
            f"the new generation still differs from the store after {ROUNDS} rounds: the live one stays; is an older "
            "oaihub writing to the index? Restart its processes and build again"
        )

    def catch_up(self, ids: Sequence[str]) -> None:
        """Write some items as the store has them now."""
        for start in range(0, len(ids), AT_ONCE):
            documents = self._documents(contents_of(self._store, ids[start : start + AT_ONCE]))
            self._settle(self._build.write(documents).rejected)
            self.caught_up += len(documents)

    def _refresh(self) -> None:
        self.catch_up(self._build.take_missed())
        self._build.refresh()

    def _differences(self, seen: Comparison, *, also_waiting: bool) -> Iterator[Difference]:
        for one in find_differences(self._store, self._build, self._refresh, seen, also_waiting=also_waiting):
            if one.id not in self.refused:
                yield one

    def _refuse_strange(self, found: Sequence[Difference]) -> None:
        strange = [one for one in found if one.fault in {"ahead", "foreign"}]
        if strange:
            raise GenerationDiffersError(
                f"the generation holds what the store does not know, such as item {strange[0].id}: the live one "
                "stays; `oaihub rebuild` makes a new one from the store"
            )

    def _documents(self, contents: Sequence[tuple[Item, bytes]]) -> list[Document]:
        documents, rejected = make_documents(contents)
        self._settle(rejected)
        return documents

    def _settle(self, rejected: Sequence[DocumentRejectedError]) -> None:
        """Keep what is refused as the outbox keeps it, so that it is seen and comes again when it changes."""
        if rejected:
            self.refused.update(error.item_id for error in rejected)
            set_aside(self._store, [(error.item_id, error.reason) for error in rejected], self._store.now())
