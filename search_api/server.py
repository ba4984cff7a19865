"""Serving the application."""

import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from harvester.errors import FatalError
from search_api.protocol import BoundedProtocol

SHUTDOWN_S: Final = 5
BACKLOG: Final = 2_048


class ListenError(FatalError):
    """The address cannot be listened at."""


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way have 5 s to end. Raises: ListenError."""
    with listen(host, port) as listener:
        make_server(app).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Give a listening socket; port 0 is any free one. Raises: ListenError naming the address."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise ListenError(
            f"cannot listen at {host}:{port} ({error}): stop what listens there, or set another OAIHUB_LISTEN"
        ) from error


def make_server(app: ASGIApp) -> uvicorn.Server:
    """Give the server of an application, not yet running; whoever calls sets up logging."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # OAIHUB_TRUSTED_PROXIES says whom to believe
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return uvicorn.Server(config)
