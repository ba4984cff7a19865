"""A gate before an HTTP server: it hands requests on as they are, and can answer for it, be slow, or hold an answer."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Gate:
    """The gate; its switches may be changed while it is open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.behind = (parts.hostname or "", parts.port or 0)
        self.requests: list[str] = []  # method and path of each
        self.busy = 0  # how many requests get 503 instead of being handed on
        self.delay_s = 0.0
        self.holds: str | None = None  # the method whose answer never comes back, though it was handed on
        self.held = threading.Event()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gate": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hold(self) -> None:
        """Say that an answer is held, and keep it until the end."""
        self.held.set()
        self._closing.wait(60)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    gate: Gate
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # the client is gone, killed perhaps
            self.close_connection = True

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):  # one for each method
            return self._pass
        raise AttributeError(name)

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.gate.requests.append(f"{self.command} {self.path.partition('?')[0]}")
        time.sleep(self.gate.delay_s)
        if self.gate.busy > 0:
            self.gate.busy -= 1
            self._answer(503, {"Content-Type": "application/xml"}, BUSY, len(BUSY))
            return
        status, headers, content, length = self._hand_on(body)
        if self.gate.holds == self.command:
            self.gate.hold()
        self._answer(status, headers, content, length)

    def _hand_on(self, body: bytes) -> tuple[int, dict[str, str], bytes, int]:
        connection = http.client.HTTPConnection(*self.gate.behind, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            length = int(answer.headers.get("Content-Length", len(content)))
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            return answer.status, headers, content, length
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes, length: int) -> None:
        self.send_response_only(status)
        for name, value in (headers | {"Content-Length": str(length)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return
