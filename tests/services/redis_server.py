"""Redis for tests: AOF on and nothing evicted, as in production."""

import shutil

from tests.services.processes import EngineMissingError, Service, free_port, listens, new_folder, start_service


def start_redis() -> Service:
    """Start a Redis server on a free port. Raises: EngineMissingError where redis-server is not installed."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise EngineMissingError("redis-server is not installed")
    port = free_port()
    settings = {
        "port": str(port),
        "bind": "127.0.0.1",
        "save": "",
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [program, *(part for name, value in settings.items() for part in (f"--{name}", value))]
    return start_service(f"redis://127.0.0.1:{port}/0", command, new_folder("redis"), lambda: listens(port))
