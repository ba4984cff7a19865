"""What can go wrong between the queue, the processes and the command line."""

from harvester.errors import FatalError, HarvestError, RetryableError


class QueueError(HarvestError):
    """Anything about queues and processes that a caller may have to handle."""


class BrokerUrlError(QueueError, FatalError):
    """The broker's URL has a scheme that is not known."""


class BrokerAwayError(QueueError, RetryableError):
    """Nothing answers at the broker's address."""


class DataFolderHeldError(QueueError, FatalError):
    """Another `oaihub run` works with this data folder."""


class UsageError(QueueError, FatalError):
    """A command was called with something that cannot be meant; exit code 2."""
