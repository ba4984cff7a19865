"""Settings of the search API, and the secret that signs cursors and forms."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct, structs

from harvester.errors import FatalError

SECRET_FILE: Final = "secret"  # noqa: S105 - the name of the file
SECRET_BYTES: Final = 32
MIN_SECRET_CHARACTERS: Final = 16


class MissingSecretError(FatalError):
    """There is no secret to sign with, or one that can be guessed."""


class SearchSettings(Struct, frozen=True):
    """What the API and the pages need to know; read by `harvester.settings.read_settings`.

    An empty secret is filled in by `with_kept_secret` where one process tree has a data folder of its own.
    """

    listen: Annotated[
        str, Meta(description="HOST:PORT that the API and the pages are served at", extra={"env": "OAIHUB_LISTEN"})
    ] = "127.0.0.1:8080"
    secret: Annotated[
        str,
        Meta(
            description="Signs cursors and forms, at least 16 characters, the same for all processes; "
            "empty is a secret made once and kept in the data folder (embedded only)",
            extra={"env": "OAIHUB_SECRET", "secret": True},
        ),
    ] = ""
    hub_name: Annotated[
        str,
        Meta(pattern=r"\S", description="Name of the hub, shown on its pages", extra={"env": "OAIHUB_HUB_NAME"}),
    ] = "oaihub"
    public_url: Annotated[
        str,
        Meta(
            description="Address that people reach the hub at, put before the paths of items; empty leaves paths only",
            extra={"env": "OAIHUB_PUBLIC_URL"},
        ),
    ] = ""
    cors_origins: Annotated[
        str,
        Meta(
            description="Origins of web pages whose scripts may read the API: * is all, else a list parted by blanks; "
            "empty is none",
            extra={"env": "OAIHUB_CORS_ORIGINS"},
        ),
    ] = "*"
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses or networks of proxies, parted by commas, whose X-Forwarded-For and "
            "X-Forwarded-Proto are believed; empty believes nobody",
            extra={"env": "OAIHUB_TRUSTED_PROXIES"},
        ),
    ] = ""
    rate_limit: Annotated[
        int,
        Meta(
            description="Requests a minute that each client address may make of one process; 0 is no limit",
            ge=0,
            extra={"env": "OAIHUB_RATE_LIMIT", "unit": "requests"},
        ),
    ] = 0
    searches_at_once: Annotated[
        int,
        Meta(
            description="Requests that one process works on at once; four times as many wait, others get 503",
            ge=1,
            extra={"env": "OAIHUB_SEARCHES_AT_ONCE", "unit": "requests"},
        ),
    ] = 16
    session_s: Annotated[
        float,
        Meta(
            description="How long a person who signed in stays so at most",
            gt=0,
            extra={"env": "OAIHUB_SESSION_S", "unit": "s"},
        ),
    ] = 43_200.0
    session_idle_s: Annotated[
        float,
        Meta(
            description="How long a person who signed in stays so without asking for anything",
            gt=0,
            extra={"env": "OAIHUB_SESSION_IDLE_S", "unit": "s"},
        ),
    ] = 7_200.0
    exports_at_once: Annotated[
        int,
        Meta(
            description="Exports that one process streams at once, counted apart from other requests",
            ge=1,
            extra={"env": "OAIHUB_EXPORTS_AT_ONCE", "unit": "requests"},
        ),
    ] = 8
    export_stalled_s: Annotated[
        float,
        Meta(
            gt=0,
            description="An export of which nothing went out for so long is cut: its client reads no more",
            extra={"env": "OAIHUB_EXPORT_STALLED_S", "unit": "s"},
        ),
    ] = 60.0


def with_kept_secret(settings: SearchSettings, data_dir: Path) -> SearchSettings:
    """Give settings with a secret: the one that was set, else the one kept in the data folder, made at the first need.

    Any number of processes may do so at once; all get the same. Raises: MissingSecretError (folder cannot be used).
    """
    if settings.secret:
        return settings
    path = data_dir / SECRET_FILE
    try:
        if not path.exists():
            _make_secret(path)
        return structs.replace(settings, secret=path.read_text("ascii").strip())
    except (OSError, UnicodeError) as error:
        raise MissingSecretError(
            f"the secret cannot be kept in {path} ({error}): set OAIHUB_SECRET, or make the folder writable"
        ) from error


def check_secret(settings: SearchSettings) -> bytes:
    """Give the secret as a key. Raises: MissingSecretError where there is none or a short one."""
    if len(settings.secret) < MIN_SECRET_CHARACTERS:
        raise MissingSecretError(
            f"OAIHUB_SECRET has {len(settings.secret)} characters: set one of at least {MIN_SECRET_CHARACTERS}, "
            "the same for all processes that serve this hub"
        )
    return settings.secret.encode()


def _make_secret(path: Path) -> None:
    """Put a new secret at a path, whole or not at all, readable by its owner only; another's that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
        if not path.exists():
            _link(draft, path)
    finally:
        draft.unlink()


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:  # another process was first: its secret is the one that counts
        return
