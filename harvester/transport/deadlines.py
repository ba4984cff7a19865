"""A bound on how long one exchange may take in all: a read timeout never fires on a server that drips.

It is watched where bytes come in, so it holds for headers and redirects too. Only on the thread that set it, because
the connections of a client are shared by threads, an exchange is not.
"""

import ssl
import threading
import time
import typing
from collections.abc import Iterable

import httpcore


class Deadline(threading.local):
    """When the exchange of this thread must be over (time.monotonic); for ever where none is set."""

    def __init__(self) -> None:
        self.end = float("inf")

    def set(self, seconds: float) -> None:
        """Let the exchange of this thread take so long from now."""
        self.end = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Give a timeout that does not reach beyond the deadline; 0 or less where it is over."""
        left = self.end - time.monotonic()
        return left if timeout is None else min(timeout, left)


class DeadlineBackend(httpcore.NetworkBackend):
    """A network backend whose connections keep to a deadline."""

    def __init__(self, inner: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect as the inner backend does. Raises: httpcore.ConnectTimeout, and what that raises."""
        left = self._deadline.left(timeout)
        if left <= 0:
            raise httpcore.ConnectTimeout("there was no time left to connect")
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._deadline)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left(timeout)
        if left <= 0:
            raise httpcore.ReadTimeout("the answer was not complete in time")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> typing.Any:  # noqa: ANN401  as httpcore types it
        return self._inner.get_extra_info(info)
