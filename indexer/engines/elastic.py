"""The index on Elasticsearch 9: one alias over one generation of the index (see elastic_generations).

Nothing is ever deleted there: a deleted item is a tombstone document with a version, which no query finds (measured:
after gc_deletes a late older write brings a truly deleted document back, research of the project, index 5).
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from indexer.conditions import check_query
from indexer.document import Document, read_choice
from indexer.engines.elastic_answer import (
    Answer,
    in_time,
    read_answers,
    read_hits,
    read_near,
    read_values,
    unseen_values,
)
from indexer.engines.elastic_build import DeathWatch, ElasticBuild, clear_dead_build
from indexer.engines.elastic_bulk import AliasGoneError, BulkSender
from indexer.engines.elastic_client import ElasticClient, RequestRefusedError
from indexer.engines.elastic_generations import Generation, Generations
from indexer.engines.elastic_query import (
    KEPT,
    Body,
    compile_choices,
    compile_near,
    compile_properties,
    compile_searches,
    compile_selected,
    compile_values,
    is_kept,
)
from indexer.engines.elastic_versions import held_versions, iter_versions
from indexer.engines.options import NodeOptions
from indexer.errors import BadQueryError, IndexMismatchError, IndexUnavailableError
from indexer.index import Build, WriteReport
from indexer.query import Bucket, Choice, Hits, Query
from indexer.tokens import fold

HIT_PARTS: Final = ",".join(
    f"responses.{part}"
    for part in (
        "hits.total.value",
        "hits.hits._id",
        "hits.hits._score",
        "hits.hits._source.item",
        "hits.hits.sort",
        "aggregations",
        "timed_out",
        "status",
        "error.type",
        "error.reason",
    )
)


class ElasticIndex:
    """An index on an Elasticsearch node; `url` may hold user, password and, as its path, a prefix of all names."""

    def __init__(self, url: str, options: NodeOptions) -> None:
        self._client = ElasticClient(url, options.ca)
        self.alias = f"{self._client.prefix}-items" if self._client.prefix else "items"
        self._generations = Generations(self._client, self.alias, options)
        self._sender = BulkSender(self._client, self.alias)
        self._next_sender = BulkSender(self._client, self._generations.next)
        self._death_watch = DeathWatch()
        self._searches = f"/{self.alias}/_msearch?filter_path={HIT_PARTS}"  # written out once: quoting it takes time

    def exists(self) -> bool:
        """Whether a generation stands behind the alias. Raises: IndexUnavailableError."""
        return self.alias in self._generations.in_use()

    def create(self) -> None:
        """Make the first generation with its alias where there is none; of several processes one does.

        Raises: IndexMismatchError, IndexUnavailableError.
        """
        if not self.exists():
            self._generations.create_first()
        self._ready_to_write()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write documents by bulk requests, to a generation that is being built first. See `Index.write`."""
        if not documents:
            return WriteReport(0, 0)
        if self._ready_to_write():
            with contextlib.suppress(AliasGoneError):  # it was swapped or given up just now
                self._next_sender.send(documents)
        return self._sender.send(documents)

    def refresh(self) -> None:
        """Make all that was written visible to searches; first where they may ask next."""
        self._ask("POST", f"/{self._generations.next}/_refresh", ignore_unavailable="true")
        self._ask("POST", f"/{self.alias}/_refresh")

    def search(self, query: Query) -> Hits:
        """Answer a query by one multi-search, one more for selected values that are rare. See `Index.search`."""
        check_query(query)
        answers = self._ask_all(compile_searches(query), head=KEPT if is_kept(query) else b"{}")
        unseen = unseen_values(query, answers)
        return read_hits(query, answers, self._ask_all(compile_selected(query, unseen)) if unseen else ())

    def properties(self, query: Query) -> dict[str, int]:
        """Count items by the properties they have; at most 10,000 names, the most frequent."""
        check_query(query)
        body = compile_properties(query)
        content = self._ask(
            "POST", f"/{self.alias}/_search", body, filter_path="aggregations.present.buckets,timed_out"
        )
        found = in_time(msgspec.json.decode(content, type=Answer)).aggregations
        return {bucket.key: bucket.doc_count for bucket in found["present"].buckets} if found else {}

    def values(self, query: Query, name: str, *, after: str, limit: int) -> list[Bucket]:
        """Count the values of a property, in their order. See `Index.values`."""
        check_query(query)
        body = compile_values(query, name, after, limit)
        content = self._ask("POST", f"/{self.alias}/_search", body, filter_path="aggregations.values.buckets,timed_out")
        return read_values(content)

    def near_words(self, word: str) -> list[str]:
        """Give tokens that are spelled nearly so. See `Index.near_words`."""
        parts = "suggest.near.options.text"
        return read_near(self._ask("POST", f"/{self.alias}/_search", compile_near(word), filter_path=parts))

    def suggest(self, start: str, limit: int) -> list[Choice]:
        """Give values that begin with a text. See `Index.suggest`."""
        body = compile_choices(fold(start), limit)
        parts = "aggregations.choices.buckets,timed_out"
        content = self._ask("POST", f"/{self.alias}/_search", body, filter_path=parts)
        found = in_time(msgspec.json.decode(content, type=Answer)).aggregations
        return [read_choice(bucket.key, bucket.doc_count) for bucket in found["choices"].buckets] if found else []

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document, in order of id, as of the last refresh."""
        with self._refusals("/_search"):
            yield from iter_versions(self._client, self.alias)

    def held(self, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """Give version and deleted of those items that are there. See `Index.held`."""
        with self._refusals("/_mget"):
            return held_versions(self._client, self.alias, ids)

    def begin_build(self, builder: str, *, back: bool = False) -> Build:
        """Begin a generation beside the live one. See `Index.begin_build`."""
        return ElasticBuild(self._client, self._generations, builder, back=back)

    def drop_former(self) -> bool:
        """Remove the former generation. See `Index.drop_former`."""
        clear_dead_build(self._generations)
        former = [found.name for found in self._generations.list_all() if self._generations.former in found.aliases]
        for name in former:
            self._generations.drop(name)
        return bool(former)

    def ping(self) -> None:
        """Return when the index answers. Raises: IndexUnavailableError with the reason."""
        self._ask("POST", f"/{self.alias}/_search", {"size": 0}, filter_path="took")

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._next_sender.close()
        self._client.close()

    def _ready_to_write(self) -> bool:
        """Look at the generations in use before a batch is written, and say whether one is being built.

        What a dead builder left is given up here. Raises: IndexMismatchError, IndexUnavailableError.
        """
        in_use = self._generations.in_use()
        live, building = in_use.get(self.alias), in_use.get(self._generations.next)
        if live is None:
            raise self._missing()
        for generation in in_use.values():
            if not generation.is_ours:
                raise IndexMismatchError(self._mismatch(generation, building))
        if building is not None and not self._death_watch.is_dead(building):
            return True
        if building is not None:
            self._generations.end_next(building.name)
        self._generations.thaw(live)
        return False

    def _mismatch(self, generation: Generation, building: Generation | None) -> str:
        told = f"index {generation.name} of {self._client.url} was made by another version of the field table: "
        if building is None:
            return told + "`oaihub rebuild` makes it anew beside the old one, and then everything can be started"
        return told + "it is being built; restart this process when that is done"

    def _ask_all(self, searches: list[Body], head: bytes = b"{}") -> list[Answer]:
        """Send searches as one request. Raises: IndexUnavailableError, SearchTimeoutError, BadQueryError."""
        body = b"".join(head + b"\n" + msgspec.json.encode(search) + b"\n" for search in searches)
        return read_answers(self._ask("POST", self._searches, body))

    def _ask(self, method: str, path: str, body: object = None, **params: str) -> bytes:
        """Send a request whose refusal means that the index cannot answer now or that the query is wrong."""
        with self._refusals(path):
            return self._client.request(method, path, body, **params)

    @contextlib.contextmanager
    def _refusals(self, path: str) -> Iterator[None]:
        """Translate refusals of a request to `path`. Raises: IndexUnavailableError, BadQueryError."""
        try:
            yield
        except RequestRefusedError as error:
            if error.status == 404:
                raise self._missing() from error
            if error.status == 400 and "search" in path:
                raise BadQueryError("filter", f"the index cannot answer this query: {error.reason}") from error
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error

    def _missing(self) -> IndexUnavailableError:
        return IndexUnavailableError(f"{self._client.url} has no index {self.alias}: create it first")
