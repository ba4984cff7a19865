"""The archive in a bucket of S3 or of a server that speaks the same: one object a page.

A page is one PUT, and its location is given only after the server has acknowledged it. Several pages in one object
would be fewer objects, but a page would have to wait for others before the ledger may know of it.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from harvester.archive.access import BucketAccess
from harvester.archive.errors import ArchiveAwayError, ArchiveError, MissingFileError
from harvester.errors import cut

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import ClientConfig, RetryConfig, S3Config

NO_BUCKET: Final = "NoSuchBucket"  # the code of S3 for it, in the body of its answer
NAMES_AT_ONCE: Final = 1_000  # what one answer to a LIST holds
CONNECT_TIMEOUT: Final = dt.timedelta(seconds=3)
REQUEST_TIMEOUT: Final = dt.timedelta(seconds=30)
RETRIES: Final = 4
RETRY_WITHIN: Final = dt.timedelta(seconds=20)
_KEYS: Final = "check OAIHUB_ARCHIVE_KEY_ID and OAIHUB_ARCHIVE_SECRET_KEY (or AWS_…), and what they may do there"


class Bucket:
    """The objects of a bucket under a prefix; nothing is sent before the first use."""

    folder = None

    def __init__(self, name: str, prefix: str, access: BucketAccess) -> None:
        self._shown = f"s3://{name}/{prefix}".rstrip("/")
        self._bucket = name
        retries: RetryConfig = {"max_retries": RETRIES, "retry_timeout": RETRY_WITHIN}
        client: ClientConfig = {"connect_timeout": CONNECT_TIMEOUT, "timeout": REQUEST_TIMEOUT}
        if access.endpoint.startswith("http:"):
            client["allow_http"] = True
        try:
            self._store = S3Store(
                name, prefix=prefix or None, config=_config(access), client_options=client, retry_config=retries
            )
        except BaseError as error:
            raise ArchiveError(f"the archive {self._shown} cannot be opened: {cut(error)}; {_KEYS}") from error
        self._listed = ("", frozenset[str]())

    def write(self, name: str, content: bytes) -> None:
        """Put an object, in one request. Raises: ArchiveError, ArchiveAwayError."""
        try:
            obstore.put(self._store, name, content, use_multipart=False)
        except FileNotFoundError as error:
            raise self._no_bucket() from error
        except BaseError as error:
            raise self._translate(error) from error

    def read(self, name: str) -> bytes:
        """Give an object. Raises: MissingFileError, ArchiveError, ArchiveAwayError."""
        try:
            return bytes(self._get(name).bytes())
        except BaseError as error:
            raise self._translate(error) from error

    def has(self, name: str) -> bool:
        """Whether there is an object of that name.

        The names beside it are asked for with it, so that 1,000 pages of a run take one request; only one that is
        not among them, which may be younger, is asked for alone.
        """
        beside = name.rpartition("/")[0]
        if self._listed[0] != beside:
            self._listed = (beside, self._names(beside))
        return name in self._listed[1] or self._has_now(name)

    def remove(self, names: Sequence[str]) -> None:
        """Delete objects, 1,000 a request; one that is not there does no harm.

        Raises: ArchiveError, ArchiveAwayError.
        """
        self._listed = ("", frozenset())
        try:
            obstore.delete(self._store, names)
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise self._no_bucket() from error
        except BaseError as error:
            raise self._translate(error) from error

    def room(self) -> None:
        """Say that there is no disk to watch."""

    def shown(self, name: str) -> str:
        """Give the URL."""
        return f"{self._shown}/{name}"

    def _names(self, beside: str) -> frozenset[str]:
        try:
            answers = obstore.list(self._store, beside, chunk_size=NAMES_AT_ONCE)
            return frozenset(found["path"] for answer in answers for found in answer)
        except FileNotFoundError as error:
            raise self._no_bucket() from error
        except BaseError as error:
            raise self._translate(error) from error

    def _has_now(self, name: str) -> bool:
        try:
            self._get(name)  # not HEAD, whose answer cannot say that there is no bucket
        except MissingFileError:
            return False
        return True

    def _get(self, name: str) -> "GetResult":
        try:
            return obstore.get(self._store, name)
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise self._no_bucket() from error
            raise MissingFileError("there is no such object") from error
        except BaseError as error:
            raise self._translate(error) from error

    def _no_bucket(self) -> ArchiveError:
        return ArchiveError(
            f"there is no bucket {self._bucket!r} for the archive {self._shown}: make it, or correct OAIHUB_ARCHIVE_URL"
        )

    def _translate(self, error: BaseError) -> ArchiveError | ArchiveAwayError:
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return ArchiveError(f"the bucket of the archive {self._shown} refuses us ({_reason(error)}): {_KEYS}")
        return ArchiveAwayError(
            f"the bucket of the archive {self._shown} does not answer ({_reason(error)}): check that its server runs, "
            "and OAIHUB_ARCHIVE_ENDPOINT; what waits for it is kept"
        )


def _config(access: BucketAccess) -> "S3Config":
    """Give the settings of a bucket; those that are left out are looked for by the library."""
    config: S3Config = {}
    if access.endpoint:
        config["endpoint"] = access.endpoint
    if access.region:
        config["region"] = access.region
    if access.key_id:
        config["access_key_id"] = access.key_id
    if access.secret_key:
        config["secret_access_key"] = access.secret_key
    return config


def _reason(error: BaseError) -> str:
    """Give the first line of an error of the library: those below repeat it as Rust code."""
    return cut(str(error).partition("\n")[0])
