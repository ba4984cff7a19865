"""What can go wrong in the archive, on a disk or in a bucket."""

from harvester.errors import FatalError, RetryableError


class ArchiveError(FatalError):
    """The archive cannot be written or read before a person has changed something; the text names the place."""


class ArchiveFullError(ArchiveError):
    """The disk of the archive is full."""


class ArchiveDamagedError(ArchiveError):
    """A page in the archive is missing or is not what was put there."""


class ArchiveAwayError(RetryableError):
    """The server of the bucket does not answer, or says that it cannot now; nothing was acknowledged."""


class MissingFileError(Exception):
    """Nothing is kept at a location. Stays inside the archive."""
