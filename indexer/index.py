"""What every engine offers."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from indexer.document import Document
from indexer.errors import DocumentRejectedError
from indexer.query import Bucket, Hits, Query


class WriteReport(Struct, frozen=True):
    """What became of a batch: written, already newer in the index (done, too), and refused one by one."""

    written: int
    newer: int
    rejected: tuple[DocumentRejectedError, ...] = ()


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

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document, in order of id."""

    def ping(self) -> None:
        """Return when the index answers. Raises: IndexUnavailableError with the reason."""

    def close(self) -> None:
        """Let go of connections and of the writer."""
