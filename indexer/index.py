"""What every engine offers."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

from indexer.document import Document
from indexer.errors import DocumentRejectedError
from indexer.query import Bucket, Choice, Hits, Query


class WriteReport(Struct, frozen=True):
    """What became of a batch: written, already newer in the index (done, too), and refused one by one."""

    written: int
    newer: int
    rejected: tuple[DocumentRejectedError, ...] = ()


class Generation(Protocol):
    """A whole set of documents: the live one, or one that is being built."""

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Put documents in, each only where there is no newer version. See `Index.write`."""

    def refresh(self) -> None:
        """Make all that was written visible to searches and to `versions`."""

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document, in order of id."""

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there."""


class Build(Generation, Protocol):
    """A generation beside the live one, until it takes its place or is closed.

    Closed without a swap it leaves the live one as it was. Also what a killed builder leaves harms nobody: the next
    build begins anew and removes it.
    """

    def take_missed(self) -> list[str]:
        """Give the items that others have written to the live generation and not to this one, since the last call.

        Whoever builds must write them here, from the store.
        """

    def swap(self, last: Callable[[Sequence[str]], None]) -> None:
        """Make this the live generation, and the live one the former one; the one that was former is removed.

        `last` is called with the items that are still missed, once nobody can write any more. No search fails, or
        finds an older state of an item than one before. Raises: RebuildLostError, IndexUnavailableError.
        """

    def close(self) -> None:
        """End the build."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Index(Protocol):
    """An open index. One process may write to an embedded index at a time; any number may read."""

    def exists(self) -> bool:
        """Whether there is one, of whichever field table. Raises: IndexUnavailableError."""

    def create(self) -> None:
        """Make the index where there is none. Raises: IndexMismatchError where one of another field table stands."""

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Put documents in, each only where the index holds no newer version.

        Durable on return, visible after `refresh`.

        Raises: IndexUnavailableError, IndexBusyError (nothing of the batch is promised then; write it again).
        """

    def refresh(self) -> None:
        """Make all that was written visible to searches."""

    def search(self, query: Query) -> Hits:
        """Answer a query. Raises: BadQueryError, IndexUnavailableError."""

    def properties(self, query: Query) -> dict[str, int]:
        """Count for each property, declared or not, the items of the query's result that have it."""

    def values(self, query: Query, name: str, *, after: str, limit: int) -> list[Bucket]:
        """Give values of a property, each with the items of the query's result that have it: the first behind `after`.

        In the order of their characters, at most `limit`. Raises: BadQueryError, IndexUnavailableError.
        """

    def near_words(self, word: str) -> list[str]:
        """Give tokens of the index that are spelled nearly as one that it has not, the likeliest first.

        An aid, not a fact: engines may differ. Raises: IndexUnavailableError.
        """

    def suggest(self, start: str, limit: int) -> list[Choice]:
        """Give values of suggested properties that begin with a text, whatever its case and accents.

        Those of most items first, then by value and property; at most `limit`. Raises: IndexUnavailableError.
        """

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document, in order of id."""

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there, as last written. Raises: IndexUnavailableError."""

    def begin_build(self, builder: str, *, back: bool = False) -> Build:
        """Begin a new generation beside the live one, of whichever field table that is; with `back` take the former.

        From now on whoever writes to the live one also writes to this, or notes what is missed. `builder` names this
        process to others. Raises: RebuildRunningError, IndexUnavailableError; with `back` NoFormerError, and
        IndexMismatchError where the former one is of another field table.
        """

    def drop_former(self) -> bool:
        """Remove the former generation; False where there is none. Raises: RebuildRunningError while one is built."""

    def ping(self) -> None:
        """Return when the index answers. Raises: IndexUnavailableError with the reason."""

    def close(self) -> None:
        """Let go of connections and of the writer."""
