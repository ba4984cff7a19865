"""The one door to the network: a client that keeps connections, counts bytes and time, and says who we are.

httpx decompresses without a bound and its read timeout never fires on a server that drips; so bodies are read and
decompressed here.
"""

import datetime as dt
import itertools
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Final, Literal, Self

import httpx
from msgspec import Struct
from msgspec.structs import replace

from harvester.counting import HTTP_429, HTTP_REQUESTS, count
from harvester.errors import FatalError, RetryableError, cut
from harvester.transport.addresses import ForbiddenAddressError, open_backend
from harvester.transport.deadlines import Deadline, DeadlineBackend
from harvester.transport.redaction import redact
from harvester.transport.unpacking import Unpacker, UnpackingError

DECODED_RATIO: Final = 200
RATIO_COUNTS_FROM_BYTES: Final = 4 * 1024 * 1024
MAX_REDIRECTS: Final = 5
PERMANENT: Final = {301, 308}
TOO_MANY: Final = 429
Method = Literal["GET", "POST"]


class UnreachableError(RetryableError):
    """The host gives no usable answer.

    No connection, a time-out, a broken body, or a server error without a document.
    """

    def __init__(self, url: str, reason: str) -> None:
        self.url = redact(url)
        super().__init__(f"{cut(self.url)} cannot be reached: {reason}; check the address and try again")


class RetryLaterError(RetryableError):
    """The server names a time to come back; `seconds` from now."""

    def __init__(self, url: str, status: int, seconds: float) -> None:
        self.url = redact(url)
        super().__init__(f"{cut(self.url)} answers {status} and asks to wait {seconds:.0f} s; ask again after that")
        self.seconds = seconds


class PageTooLargeError(FatalError):
    """An answer is larger than allowed, on the wire or unpacked."""

    def __init__(self, url: str, limit_bytes: int) -> None:
        self.url = redact(url)
        super().__init__(
            f"{cut(self.url)} answers with more than {limit_bytes} bytes; raise OAIHUB_MAX_PAGE_BYTES if that is right"
        )


class PrivateAddressError(FatalError):
    """The address is not public and the endpoint does not allow that."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = redact(url)
        super().__init__(
            f"{cut(self.url)} is not at a public address ({reason}); --allow-private permits it for this endpoint"
        )


class ContactMissingError(FatalError):
    """A public repository is to be asked and nobody is named who asks."""

    def __init__(self, url: str) -> None:
        self.url = redact(url)
        super().__init__(
            f"{cut(self.url)} is to know who asks: set OAIHUB_CONTACT to your mail address, or give --allow-private "
            "where it is a repository of your own network"
        )


class CertificateError(FatalError):
    """The server's certificate is not to be trusted and the endpoint does not allow that."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = redact(url)
        super().__init__(
            f"{cut(self.url)} shows a certificate that cannot be trusted ({cut(reason)}): tell its operator, or switch "
            "verify_tls off for this endpoint"
        )


class Response(Struct, frozen=True):
    """An answer as received.

    The unpacked body, and the headers by lower-case name. `url` is the one after redirects; `moved_to` the address,
    without the parameters that were sent, that permanent redirects led to, empty where there were none. `notes` counts
    what was met on the way: redirected, moved, lost_arguments (a redirect without them, so they were sent once more),
    encoding_mismatch (packed and not said, or said and not packed).
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = ""
    notes: dict[str, int] = {}


class Http:
    """An open client.

    `allow_private` lets it go anywhere, not to public addresses only; without `verify_tls` it takes any certificate.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        allow_private: bool = False,
        verify_tls: bool = True,
        timeout_s: float = 60.0,
        deadline_s: float = 600.0,
        max_bytes: int = 256 * 1024 * 1024,
    ) -> None:
        self.contact = contact
        self.allow_private = allow_private
        self._deadline = Deadline()
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        transport = httpx.HTTPTransport(retries=1, verify=verify_tls)
        backend = open_backend(public_only=not allow_private)
        transport._pool._network_backend = DeadlineBackend(backend, self._deadline)  # noqa: SLF001  httpx 0.28 offers no public way; a test guards this
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 15.0)),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,  # a proxy variable would lead around the check of addresses
            headers=_headers(contact),
        )
        _keep_secrets_out_of_logs()

    def get(self, url: str, parameters: Mapping[str, str] | None = None) -> Response:
        """Give the answer of one GET request. As `ask`."""
        return self.ask(url, parameters)

    def ask(
        self,
        url: str,
        parameters: Mapping[str, str] | None = None,
        *,
        method: Method = "GET",
        accept: str | None = None,
    ) -> Response:
        """Give the answer of one request, whatever its status is.

        Parameters are added to those the URL has, or sent as a form by POST. `accept` names the media types wanted in
        place of XML. Raises: UnreachableError,
        PrivateAddressError, CertificateError, PageTooLargeError, ContactMissingError.
        """
        return self._guarded(
            url, lambda address: self._exchange(address, dict(parameters or {}), method, accept=accept)
        )

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Give the answer to one body sent by POST, whatever its status is; no redirect is followed.

        Raises: as `ask`.
        """
        return self._guarded(url, lambda address: self._deliver(address, body, headers))

    def _guarded(self, url: str, exchange: Callable[[httpx.URL], Response]) -> Response:
        """Give an answer within the bounds of this client, with errors of our own."""
        if not self.allow_private and not self.contact:
            raise ContactMissingError(url)
        self._deadline.set(self._deadline_s)
        try:
            return exchange(httpx.URL(url))
        except httpx.InvalidURL:
            raise UnreachableError(url, "it is no valid address") from None  # whose text may hold a part of a password
        except httpx.HTTPError as error:
            for cause in _causes(error):
                if isinstance(cause, ForbiddenAddressError):
                    raise PrivateAddressError(url, str(error)) from error
                if isinstance(cause, ssl.SSLCertVerificationError):
                    raise CertificateError(url, cause.verify_message) from error
            raise UnreachableError(url, _reason(error)) from error
        except UnpackingError as error:
            raise UnreachableError(url, str(error)) from error

    def _deliver(self, address: httpx.URL, body: bytes, headers: Mapping[str, str]) -> Response:
        request = self._client.build_request("POST", address, content=body, headers=dict(headers))
        count(HTTP_REQUESTS, _host(request))
        answer = self._client.send(request, stream=True, follow_redirects=False)
        with closing(answer):
            unpacker = Unpacker(answer.headers.get("content-encoding", ""))
            return Response(str(answer.url), answer.status_code, dict(answer.headers), self._read(answer, unpacker))

    def _exchange(
        self,
        address: httpx.URL,
        parameters: dict[str, str],
        method: Method,
        before: Response | None = None,
        *,
        accept: str | None = None,
    ) -> Response:
        """Ask once, and once more where a redirect has dropped the parameters (`before` is the first answer then)."""
        if method == "GET" and parameters:
            request = self._client.build_request("GET", address.copy_merge_params(parameters))
        else:
            request = self._client.build_request(method, address, data=parameters or None)
        if accept is not None:
            request.headers["Accept"] = accept
        count(HTTP_REQUESTS, _host(request))
        answer = self._client.send(request, stream=True)
        if answer.status_code == TOO_MANY:
            count(HTTP_429, _host(answer.request))
        with closing(answer):
            lost = before is None and answer.history and _has_lost(answer.request, parameters, method)
            unpacker = Unpacker(answer.headers.get("content-encoding", ""))
            response = Response(
                str(answer.url),
                answer.status_code,
                dict(answer.headers),
                b"" if lost else self._read(answer, unpacker),
                moved_to=_moved_to(answer, parameters) or (before.moved_to if before else ""),
            )
        if lost:
            return self._exchange(_without(answer.url, parameters), parameters, method, response, accept=accept)
        met = {
            "redirected": bool(answer.history or before),
            "moved": bool(response.moved_to),
            "lost_arguments": before is not None,
            "encoding_mismatch": unpacker.mismatch,
        }
        return replace(response, notes={note: 1 for note, seen in met.items() if seen})

    def _read(self, answer: httpx.Response, unpacker: Unpacker) -> bytes:
        """Read and unpack a body. No chunk size: with one, httpx waits to fill it."""
        received = unpacked = 0
        parts: list[bytes] = []
        for chunk in answer.iter_raw():
            received += len(chunk)
            for part in unpacker.unpack(chunk):
                unpacked += len(part)
                bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > received * DECODED_RATIO
                if unpacked > self._max_bytes or bomb:
                    raise PageTooLargeError(str(answer.url), self._max_bytes)
                parts.append(part)
        parts.append(unpacker.finish())
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
    if re.fullmatch(r"[0-9]{1,15}", text.strip()):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def _host(request: httpx.Request) -> str:
    """Give the host of a request with its port, as budgets name it."""
    return request.url.netloc.decode("ascii").lower()


def _headers(contact: str) -> dict[str, str]:
    who = f"oaihub/{version('oaihub')}" + (f" (mailto:{contact})" if contact else "")
    headers = {
        "User-Agent": who,
        "Accept": "text/xml, application/xml;q=0.9, */*;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    return headers | {"From": contact} if contact else headers


def _has_lost(request: httpx.Request, parameters: dict[str, str], method: Method) -> bool:
    """Tell whether the last request after redirects carries the parameters no more."""
    if method == "POST":
        return request.method != "POST"  # RFC 9110, 15.4: 301, 302 and 303 make it a GET without a body
    return any(request.url.params.get(name) != value for name, value in parameters.items())


def _moved_to(answer: httpx.Response, parameters: dict[str, str]) -> str:
    """Give where the permanent redirects, from the first on, lead to."""
    moved = None
    for hop, following in itertools.pairwise([*answer.history, answer]):
        if hop.status_code not in PERMANENT:
            break
        moved = following.request.url
    return "" if moved is None else str(_without(moved, parameters))


def _without(url: httpx.URL, parameters: dict[str, str]) -> httpx.URL:
    left = [(name, value) for name, value in url.params.multi_items() if parameters.get(name) != value]
    return url.copy_with(params=left, fragment=None) if left else url.copy_with(query=None, fragment=None)


def _keep_secrets_out_of_logs() -> None:
    """Redact the line that httpx writes for each request; adding the filter again changes nothing."""
    logging.getLogger("httpx").addFilter(_redact_arguments)


def _redact_arguments(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(redact(str(part)) if isinstance(part, httpx.URL) else part for part in record.args)
    return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it; httpcore hides that from tracebacks, but not from the context."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _reason(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
