"""What the index can refuse."""

from typing import Final

from harvester.errors import FatalError, HarvestError, RejectedError, RetryableError

SEARCH_TIMEOUT_S: Final = 20.0
"""What one search may take. Elasticsearch stops by itself; the embedded engine looks at the clock between steps."""


class IndexingError(HarvestError):
    """Anything that the index refuses."""


class IndexUnavailableError(IndexingError, RetryableError):
    """The index does not answer, or is too busy to take more now (429)."""


class IndexShutError(IndexUnavailableError):
    """The index was not reached before, and is left alone until a time (`until`, seconds since 1970)."""

    def __init__(self, message: str, until: float) -> None:
        super().__init__(message)
        self.until = until


class IndexBusyError(IndexingError, RetryableError):
    """Another process holds the writer of the embedded index; it will index what waits in the outbox."""


class DocumentRejectedError(IndexingError, RejectedError):
    """The index refuses one document; carries its id and the engine's reason."""

    def __init__(self, item_id: str, reason: str) -> None:
        super().__init__(f"item {item_id}: the index refuses its document: {reason}")
        self.item_id = item_id
        self.reason = reason


class IndexMismatchError(IndexingError, FatalError):
    """The index was made by another version of the field table, or cannot be what its URL says."""


class RebuildRunningError(IndexingError, FatalError):
    """Another process is building a generation of the index; the text says who."""


class RebuildLostError(IndexingError, RetryableError):
    """What was being built was given up by others, because its builder had given no sign for long."""


class NoFormerError(IndexingError, FatalError):
    """There is no former generation of the index."""


class SearchError(HarvestError):
    """A query that cannot be answered."""


class BadQueryError(SearchError, FatalError):
    """The query asks for something that is not there.

    `parameter` names the part (`filter`, `facet`, `sort`, `cursor`).
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class SearchTimeoutError(SearchError, RetryableError):
    """A search took longer than a search may take; the message says what to ask less of."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"The search took longer than {limit_s:g} s: ask for fewer facets or values, add filters, or fetch the "
            "whole result by /api/v1/export."
        )
        self.limit_s = limit_s
