"""The one door to the network: a client that keeps connections, counts bytes and time, and says who we are.

httpx decompresses without a bound and its read timeout never fires on a server that drips; so bodies are read and
decompressed here.
"""

import datetime as dt
import itertools
import time
import zlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Final, Self

import httpx
from msgspec import Struct

from harvester.addresses import ForbiddenAddressError, PublicBackend
from harvester.errors import FatalError, RetryableError, cut

DECODED_RATIO: Final = 200
RATIO_COUNTS_FROM_BYTES: Final = 4 * 1024 * 1024
MAX_REDIRECTS: Final = 5
PERMANENT_REDIRECTS: Final = (301, 308)


class UnreachableError(RetryableError):
    """The host gives no usable answer.

    No connection, a time-out, a broken body, or a server error without a document.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{cut(url)} cannot be reached: {reason}; check the address and try again")
        self.url = url


class RetryLaterError(RetryableError):
    """The server names a time to come back; `seconds` from now."""

    def __init__(self, url: str, status: int, seconds: float) -> None:
        super().__init__(f"{cut(url)} answers {status} and asks to wait {seconds:.0f} s; the harvest goes on then")
        self.url = url
        self.seconds = seconds


class PageTooLargeError(FatalError):
    """An answer is larger than allowed, on the wire or unpacked."""

    def __init__(self, url: str, limit_bytes: int) -> None:
        super().__init__(
            f"{cut(url)} answers with more than {limit_bytes} bytes; raise OAIHUB_MAX_PAGE_BYTES if that is right"
        )
        self.url = url


class PrivateAddressError(FatalError):
    """The address is not public and the endpoint does not allow that."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"{cut(url)} is not at a public address ({reason}); --allow-private permits it for this endpoint"
        )
        self.url = url


class ContactMissingError(FatalError):
    """A public repository is to be asked and nobody is named who asks."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{cut(url)} is a public repository that wants to know who asks: set OAIHUB_CONTACT to your mail address"
        )


class Response(Struct, frozen=True):
    """An answer as received.

    The unpacked body, and the headers by lower-case name. `url` is the one after redirects, `moved_to` where the
    permanent ones among the first of them lead, "" where there is none.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = ""


class Http:
    """An open client; one for public addresses only, or one that may go anywhere (`allow_private`)."""

    def __init__(
        self,
        *,
        contact: str = "",
        allow_private: bool = False,
        timeout_s: float = 60.0,
        deadline_s: float = 600.0,
        max_bytes: int = 256 * 1024 * 1024,
    ) -> None:
        self.contact = contact
        self.allow_private = allow_private
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        transport = httpx.HTTPTransport(retries=1)
        if not allow_private:
            transport._pool._network_backend = PublicBackend()  # noqa: SLF001  httpx 0.28 offers no public way; a test guards this
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 15.0)),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,  # a proxy variable would lead around the check of addresses
            headers=_headers(contact),
        )

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> Response:
        """Give the answer of one GET request, whatever its status is.

        Parameters are added to those the URL has. Raises: UnreachableError, PrivateAddressError, PageTooLargeError,
        ContactMissingError.
        """
        if not self.allow_private and not self.contact:
            raise ContactMissingError(url)
        try:
            address = httpx.URL(url)
            if parameters:
                address = address.copy_merge_params(dict(parameters))
            with self._client.stream("GET", address) as answer:
                body = self._read(answer)
                moved_to = _moved_to(answer)
                return Response(str(answer.url), answer.status_code, dict(answer.headers), body, moved_to)
        except httpx.InvalidURL as error:
            raise UnreachableError(url, str(error)) from error
        except httpx.HTTPError as error:
            if isinstance(_cause(error), ForbiddenAddressError):
                raise PrivateAddressError(url, str(error)) from error
            raise UnreachableError(url, _reason(error)) from error
        except zlib.error as error:
            raise UnreachableError(url, f"the compressed body is damaged ({error})") from error

    def _read(self, answer: httpx.Response) -> bytes:
        """Read and unpack a body. No chunk size: with one, httpx waits to fill it and the deadline is never seen."""
        end = time.monotonic() + self._deadline_s
        received = unpacked = 0
        parts: list[bytes] = []
        decoder = _decoder(answer)
        for chunk in answer.iter_raw():
            received += len(chunk)
            if time.monotonic() > end:
                raise UnreachableError(str(answer.url), f"the answer is not complete after {self._deadline_s:.0f} s")
            pending = chunk
            while pending:
                part = decoder.decompress(pending, 1 << 20) if decoder else pending
                pending = decoder.unconsumed_tail if decoder else b""
                unpacked += len(part)
                bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > received * DECODED_RATIO
                if unpacked > self._max_bytes or bomb:
                    raise PageTooLargeError(str(answer.url), self._max_bytes)
                parts.append(part)
        if decoder:
            parts.append(decoder.flush())
            if not decoder.eof:
                raise UnreachableError(str(answer.url), "the compressed body is cut")
        return b"".join(parts)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def retry_after_s(text: str | None, now: dt.datetime) -> float | None:
    """Give the seconds that a Retry-After header asks for.

    A number or an HTTP date (RFC 9110, 10.2.3); None where it is neither.
    """
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def _headers(contact: str) -> dict[str, str]:
    who = f"oaihub/{version('oaihub')}" + (f" (mailto:{contact})" if contact else "")
    headers = {
        "User-Agent": who,
        "Accept": "text/xml, application/xml;q=0.9, */*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    return headers | {"From": contact} if contact else headers


def _decoder(answer: httpx.Response) -> "zlib._Decompress | None":
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return zlib.decompressobj(47)  # 32 + 15: reads gzip and zlib headers alike
    raise UnreachableError(str(answer.url), f"its content encoding {cut(encoding)!r} was not asked for")


def _moved_to(answer: httpx.Response) -> str:
    """Give where the permanent redirects (301, 308) that come first have led; one behind a temporary one says less."""
    moved_to = ""
    for step, following in itertools.pairwise([*answer.history, answer]):
        if step.status_code not in PERMANENT_REDIRECTS:
            break
        moved_to = str(following.url)
    return moved_to


def _cause(error: BaseException) -> BaseException | None:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _reason(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
