"""HTTP in front of a repository: a threading server of the standard library, started and stopped within a process."""

import datetime as dt
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from workers.demo.provider import OAI_DATACITE, OAI_DC, Entry, Holdings, answer, in_order
from workers.demo.records import DemoRecord, demo_records
from workers.demo.render import render_oai_datacite, render_oai_dc

Parameters = list[tuple[str, str]]
Respond = Callable[[BaseHTTPRequestHandler, Parameters], None]


class OaiServer:
    """A running HTTP server; `respond` writes each answer, in a thread per connection.

    `url` is the base URL. Closing it also closes the connections that clients keep open.
    """

    def __init__(self, host: str, port: int, respond: Respond) -> None:
        self._server = _Server((host, port), _handler(respond))
        self.url = f"http://{host}:{self._server.server_address[1]}/oai"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="oai", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Return when the server ends."""
        self._thread.join()

    def close(self) -> None:
        """Stop listening, end all connections, and return when their threads have ended."""
        self._server.shutdown()
        self._server.drop_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_demo(host: str = "127.0.0.1", port: int = 0) -> OaiServer:
    """Serve the demonstration repository from threads of this process; port 0 takes a free one.

    Raises: OSError where the port is taken.
    """
    entries = in_order(map(demo_entry, demo_records()))

    def respond(exchange: BaseHTTPRequestHandler, parameters: Parameters) -> None:
        holdings = demo_holdings(f"http://{exchange.headers.get('Host', host)}/oai", entries)
        send(exchange, 200, {"Content-Type": "text/xml; charset=utf-8"}, answer(holdings, parameters, now()))

    return OaiServer(host, port, respond)


def demo_holdings(base_url: str, entries: tuple[Entry, ...]) -> Holdings:
    """Give the demonstration repository under its address."""
    specs = sorted({spec for entry in entries for spec in entry.sets})
    groups = {spec.partition(":")[0] for spec in specs}
    return Holdings(
        name="Educational research hub (demonstration)",
        base_url=base_url,
        entries=entries,
        sets={spec: spec.rpartition(":")[2].replace("-", " ").capitalize() for spec in sorted({*specs, *groups})},
        formats=(OAI_DC, OAI_DATACITE),
    )


def demo_entry(record: DemoRecord) -> Entry:
    """Give a record in both formats that the repository has."""
    metadata = {"oai_dc": render_oai_dc(record), "oai_datacite": render_oai_datacite(record)}
    return Entry(record.identifier, record.datestamp, record.sets, record.deleted, {} if record.deleted else metadata)


def now() -> str:
    """Give the time as OAI-PMH writes it."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def send(exchange: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    """Send one whole answer."""
    exchange.send_response(status)
    for name, value in headers.items():
        exchange.send_header(name, value)
    exchange.send_header("Content-Length", str(len(body)))
    exchange.end_headers()
    exchange.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that it can end them: a client may keep one for ever."""

    daemon_threads = False  # server_close then waits for the threads
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as the standard library types it
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: a client that goes away in the middle is no error of the server."""

    def drop_connections(self) -> None:
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)


def _handler(respond: Respond) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write per answer; unbuffered, head and body leave in two packets
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            respond(self, parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            respond(self, parse_qsl(body, keep_blank_values=True))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
            """Keep the terminal clean."""

    return Handler
