"""The archive: every page as it was received, byte for byte, kept before anything is parsed.

One file a page, compressed with zstd, named by run, number and the SHA-256 of the bytes: a page that is fetched twice
keeps both answers, and what is read back is checked against its name.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from harvester.archive.access import BucketAccess
from harvester.archive.errors import ArchiveAwayError, ArchiveDamagedError, ArchiveError, ArchiveFullError
from harvester.archive.folder import Folder
from harvester.archive.keeping import Archive, Kept
from harvester.errors import cut

__all__ = [
    "Archive",
    "ArchiveAwayError",
    "ArchiveDamagedError",
    "ArchiveError",
    "ArchiveFullError",
    "BucketAccess",
    "Kept",
    "open_archive",
]


def open_archive(url: str, access: BucketAccess | None = None) -> Archive:
    """Open the archive of a URL: a folder, file:///FOLDER, or s3://BUCKET[/PREFIX].

    A bucket is not asked for anything yet. Raises: ArchiveError.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        from harvester.archive.bucket import Bucket  # noqa: PLC0415 - only the place in use is loaded

        return Archive(Bucket(parts.netloc, parts.path.strip("/"), access or BucketAccess()))
    if parts.scheme not in {"", "file"}:
        raise ArchiveError(
            f"OAIHUB_ARCHIVE_URL={cut(url)!r}: give a folder, such as /var/lib/oaihub/archive, or s3://BUCKET/PREFIX"
        )
    return Archive(Folder(Path(unquote(parts.path)).expanduser().resolve()))
