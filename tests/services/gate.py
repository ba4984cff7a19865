"""A door before a server: shut, nothing answers there, and what was under way is cut off."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

from tests.services.processes import free_port

CHUNK = 65_536


class Gate:
    """A TCP forwarder on loopback to a server on loopback; open at first."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._links: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port = free_port()
        self.open()

    def shut(self) -> None:
        """Refuse all connections, and cut those that there are."""
        _close(self._listener)
        with self._lock:
            for link in self._links:
                _close(link)
            self._links.clear()

    def open(self) -> None:
        """Take connections again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it was shut
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                with self._lock:
                    self._links += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    _close(source)
    _close(target)


def _close(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)
    link.close()
