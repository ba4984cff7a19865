"""The heartbeat of a process: a thread writes each 5 s that it lives, what it does, and what it has counted.

A process has a connection only while it writes, and is not forked meanwhile: no connection survives a fork.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from harvester.counting import forget_counts, give_back, take_counts
from harvester.errors import HarvestError
from harvester.store import open_store
from harvester.store.operating.counters import add_counts
from harvester.store.operating.processes import Kind, Process, put_process, remove_process
from workers.version import own_version

log = logging.getLogger(__name__)

BEAT_EVERY_S: Final = 5.0
FAREWELL_S: Final = 3.0


class Heartbeat:
    """What a process tells of itself; `start` it in the process itself, after any fork, and `stop` it at the end.

    `parent` is the id of the process that forks this one: when that ends in order, the rows of its children go, too.
    """

    id: str
    _doing: tuple[str, float]
    _done: int
    _ended: threading.Event
    _writing: threading.Lock
    _thread: threading.Thread | None

    def __init__(
        self,
        store_url: str,
        kind: Kind,
        queues: Sequence[str] = (),
        *,
        parent: str = "",
        every_s: float = BEAT_EVERY_S,
    ) -> None:
        self._store_url = store_url
        self._kind: Kind = kind
        self._queues = tuple(queues)
        self._parent = parent
        self._every_s = every_s
        self._begin_anew()

    def start(self) -> None:
        """Begin to beat."""
        lock = self._writing
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
        thread = threading.Thread(target=self._keep_beating, args=(self._ended,), name="heartbeat", daemon=True)
        thread.start()
        self._thread = thread

    def start_in_child(self) -> None:
        """Begin to beat in a process that was forked: the counts of its parent are not its own."""
        forget_counts()
        self._begin_anew()
        self.start()

    def stop(self) -> None:
        """Write what was counted, and remove the row: the process ends in order."""
        if self._thread is None or self._pid != os.getpid():
            return
        self._ended.set()
        self._thread.join(FAREWELL_S)
        self._thread = None
        self._write(leaving=True)

    @contextmanager
    def working_on(self, what: str) -> Iterator[None]:
        """Say during a block what the process works on, and count it as done at its end, however it ends."""
        self._doing = (what, time.time())
        try:
            yield
        finally:
            self._doing = ("", 0.0)
            self._done, self._last_done = self._done + 1, time.time()

    def _begin_anew(self) -> None:
        """Take an id that no other process has, not even one of the same number or name."""
        self.id = ".".join(filter(None, (self._parent, secrets.token_hex(8))))
        self._pid = os.getpid()
        self._started = time.time()
        self._doing = ("", 0.0)
        self._done, self._last_done = 0, 0.0
        self._ended = threading.Event()
        self._writing = threading.Lock()
        self._thread = None

    def _keep_beating(self, ended: threading.Event) -> None:
        while True:
            try:
                self._write()
            except Exception:  # a process that lives must not be taken for dead because of what nobody foresaw
                log.exception("no heartbeat written")
            if ended.wait(self._every_s):
                return

    def _write(self, *, leaving: bool = False) -> None:
        """Write counts and row in one transaction; a store that does not answer gets the counts the next time."""
        with self._writing:
            counts = take_counts()
            try:
                with open_store(self._store_url) as store:
                    process = self._told(store.now() - time.time())
                    with store.begin() as connection:
                        add_counts(store, connection, counts)
                        if leaving:
                            remove_process(connection, self.id)
                        else:
                            put_process(store, connection, process)
            except BaseException as error:
                give_back(counts)
                if not isinstance(error, HarvestError):
                    raise
                log.warning("no heartbeat written", extra={"error": str(error)})

    def _told(self, ahead_s: float) -> Process:
        """Give the row, in the time of the store, whose clock is ahead of ours by `ahead_s`."""
        doing, since = self._doing
        return Process(
            id=self.id,
            host=socket.gethostname(),
            pid=self._pid,
            kind=self._kind,
            queues=self._queues,
            version=own_version(),
            started=self._started + ahead_s,
            beat_at=time.time() + ahead_s,
            doing=doing,
            doing_since=since + ahead_s if since else 0.0,
            done=self._done,
            last_done=self._last_done + ahead_s if self._last_done else 0.0,
        )
