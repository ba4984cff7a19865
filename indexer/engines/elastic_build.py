"""Building a generation on Elasticsearch while others write to it and to the live one.

A process that writes puts each document into the generation being built first, then into the live one. So whatever a
search could find in the live one is in the new one, too, and a document that was put there by the builder meanwhile
stays, if it is newer: each has its version.

The builder counts up a number in the mapping. Where that stands still, the builder is dead: the next one who notices
takes the alias away, without which it cannot swap any more, should it have only slept.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from indexer.document import Document
from indexer.engines.elastic_bulk import BulkSender
from indexer.engines.elastic_client import ElasticClient
from indexer.engines.elastic_generations import NEVER, Generation, Generations, Meta
from indexer.engines.elastic_versions import held_versions, iter_versions
from indexer.errors import IndexingError, IndexMismatchError, NoFormerError, RebuildRunningError
from indexer.fields import table_digest
from indexer.index import WriteReport

BEAT_S: Final = 3.0
DEAD_AFTER_S: Final = 30.0

log = logging.getLogger(__name__)


class ElasticBuild:
    """A generation being built, see `Build`."""

    def __init__(self, client: ElasticClient, generations: Generations, builder: str, *, back: bool) -> None:
        self._client = client
        self._generations = generations
        clear_dead_build(generations)
        self._is_former = back
        self._frozen: str | None = None
        self._swapped = False
        self._meta = Meta(table_digest(), builder, 1)
        if back:
            self.name = _former_of(generations)
            generations.reopen_former(self.name, self._meta)
        else:
            self.name = generations.create_next(self._meta)
        self._sender = BulkSender(client, generations.next)
        self._done = threading.Event()
        self._pulse = threading.Thread(target=self._beat, name="rebuild beat", daemon=True)
        self._pulse.start()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write documents to this generation. See `Index.write`."""
        return self._sender.send(documents)

    def take_missed(self) -> list[str]:
        """Give nothing: all who write to the live generation write to this one."""
        return []

    def refresh(self) -> None:
        """Make all that was written here visible to `versions`."""
        self._generations.ask("POST", f"/{self.name}/_refresh")

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document. See `Index.versions`."""
        return iter_versions(self._client, self.name)

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there. See `Index.held`."""
        return held_versions(self._client, self.name, ids)

    def swap(self, last: Callable[[Sequence[str]], None]) -> None:
        """Make this the live generation. See `Build.swap`.

        The live one stops showing what is new; then this one is made to show all that it has, and takes its place: so
        no search finds an older state of an item than one before.
        """
        last(())
        live = self._generations.in_use()[self._generations.live].name
        self._generations.set_refresh(self.name)
        self._frozen = live
        self._generations.set_refresh(live, NEVER)
        self.refresh()
        self._generations.swap(self.name)
        self._frozen = None
        self._swapped = True
        self._end_beat()
        self._generations.set_meta(self.name, Meta(table_digest()))
        _drop_unnamed(self._generations)

    def close(self) -> None:
        """End the build: without a swap a new generation is removed, the former one stays.

        One that is not being built any more is left to the next builder: it may be live, by a swap whose answer was
        lost.
        """
        self._end_beat()
        self._sender.close()
        if self._swapped:
            return
        if self._frozen is not None:
            self._generations.set_refresh(self._frozen)
        if self._generations.end_next(self.name) and not self._is_former:
            self._generations.drop(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except IndexingError as left:
            if error is None:
                raise
            log.warning("what was built is not removed", extra={"generation": self.name, "reason": str(left)})

    def _beat(self) -> None:
        number = self._meta.beat
        while not self._done.wait(BEAT_S):
            number += 1
            try:
                self._generations.set_meta(self.name, Meta(table_digest(), self._meta.builder, number))
            except IndexingError as error:
                log.warning("no sign given that the index is being built", extra={"reason": str(error)})

    def _end_beat(self) -> None:
        self._done.set()
        self._pulse.join()


class DeathWatch:
    """Notices that the builder of a generation gives no sign any more; for a process that writes."""

    def __init__(self) -> None:
        self._seen: tuple[str, int] = ("", 0)
        self._since = 0.0
        self._lock = threading.Lock()

    def is_dead(self, building: Generation) -> bool:
        """Whether the number that grows has stood still for 30 s, as far as this process has looked."""
        sign = (building.name, building.meta.beat)
        with self._lock:
            if sign != self._seen:
                self._seen, self._since = sign, time.monotonic()
            return time.monotonic() - self._since > DEAD_AFTER_S


def clear_dead_build(generations: Generations) -> None:
    """Remove what a builder that is dead has left, and what it froze shows new writes again.

    Raises: RebuildRunningError where one lives.

    To see that, it is watched for 30 s where one is named.
    """
    building = generations.in_use().get(generations.next)
    if building is not None:
        watch = DeathWatch()
        while not watch.is_dead(building):
            time.sleep(min(BEAT_S, DEAD_AFTER_S) / 3)
            now = generations.in_use().get(generations.next)
            if now is None:
                break
            if (now.name, now.meta.beat) != (building.name, building.meta.beat):
                raise RebuildRunningError(f"{now.meta.builder} is building the index: wait until it ends, or stop it")
        else:
            generations.end_next(building.name)
    live = generations.in_use().get(generations.live)
    if live is not None:
        generations.thaw(live)
    _drop_unnamed(generations)


def _drop_unnamed(generations: Generations) -> None:
    """Remove generations that no alias names: all but the live one, the one being built and the former one."""
    for generation in generations.list_all():
        if not generation.aliases & {generations.live, generations.next, generations.former}:
            generations.drop(generation.name)


def _former_of(generations: Generations) -> str:
    for generation in generations.list_all():
        if generations.former in generation.aliases:
            if not generation.is_ours:
                raise IndexMismatchError(
                    f"index {generation.name} was made by another version of the field table: going back to it takes "
                    "the version of oaihub that made it; `oaihub rebuild` makes a new one"
                )
            return generation.name
    raise NoFormerError("there is no former generation of the index to go back to: `oaihub rebuild` makes a new one")
