"""HTTP/1.1 on the wire: uvicorn's protocol, with a bound on the head of a request and problems in our own form."""

from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from search_api.problems import HEAD_TOO_LARGE, MEDIA_TYPE, REFUSED, encode_problem, make_problem

MAX_HEAD_BYTES: Final = 131_072
"""URL and headers together, of which the parser would keep any number of bytes in memory."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. What is no HTTP is answered 400, a head of too many bytes 431; both end the connection."""

    _head_bytes = 0
    _is_in_head = False

    def data_received(self, data: bytes) -> None:
        """Read what came, unless too much came without the end of a head."""
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, f"URL and headers have more than {MAX_HEAD_BYTES:,} bytes.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the head of a request."""
        self._is_in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request."""
        self._refuse(400, msg)

    def _refuse(self, status: int, detail: str) -> None:
        kind = HEAD_TOO_LARGE if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE else REFUSED
        body = encode_problem(make_problem(kind, detail))
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
        self.transport.write(STATUS_LINE[status] + head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()
