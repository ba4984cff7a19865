"""PostgreSQL for tests: a cluster of its own on a free port, and databases in it."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.services.processes import (
    EngineMissingError,
    Service,
    free_port,
    new_folder,
    ordinary_user,
    run_as,
    start_service,
)

SPEED = ["-c", "fsync=off", "-c", "full_page_writes=off"]  # tests stop processes, never the power


def start_postgresql(password: str = "") -> Service:
    """Start a PostgreSQL server; its URL names the maintenance database. With a password it asks for it.

    Raises: EngineMissingError where PostgreSQL is not installed.
    """
    programs = _programs()
    user = ordinary_user("postgres")
    folder, port = new_folder("postgresql", user), free_port()
    data = folder / "data"
    (folder / "password").write_text(password)
    asks = ["--auth=scram-sha-256", f"--pwfile={folder}/password"] if password else ["--auth=trust"]
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "oaihub", *asks, "--encoding=UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        capture_output=True,
        cwd=folder,
        **run_as(user),
    )
    place = ["-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", folder]
    url = f"postgresql+psycopg://oaihub{':' + password if password else ''}@127.0.0.1:{port}/postgres"
    return start_service(
        url,
        [programs / "postgres", *place, *SPEED],
        folder,
        lambda: _answers(url),
        user=user,
        stop=signal.SIGINT,  # SIGTERM waits until every client has left
    )


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """Make an empty database on the server of a URL, give its URL, and drop it whoever is still connected."""
    name = f"oaihub_test_{secrets.token_hex(6)}"
    with _connect(url) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with _connect(url) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _programs() -> Path:
    """Find the folder of the newest installed server; Debian keeps it off the search path."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    newest = max(installed, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or (Path(which) if (which := shutil.which("postgres")) else None)
    if found is None:
        raise EngineMissingError("PostgreSQL is not installed")
    return found.parent


def _connect(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=5)


def _answers(url: str) -> bool:
    try:
        _connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
