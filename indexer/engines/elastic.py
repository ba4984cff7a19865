"""The index on Elasticsearch 9: one alias over one generation of the index.

Nothing is ever deleted there: a deleted item is a tombstone document with a version, which no query finds (measured:
after gc_deletes a late older write brings a truly deleted document back, research of the project, index 5).
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from indexer.conditions import check_query
from indexer.document import Document
from indexer.engines.elastic_answer import Answer, Answers, read_hits, read_values
from indexer.engines.elastic_bulk import BulkSender
from indexer.engines.elastic_client import ElasticClient, RequestRefusedError
from indexer.engines.elastic_mapping import index_body
from indexer.engines.elastic_query import compile_properties, compile_searches, compile_values
from indexer.errors import BadQueryError, IndexMismatchError, IndexUnavailableError
from indexer.fields import table_digest
from indexer.index import WriteReport
from indexer.query import Bucket, Hits, Query

VERSIONS_PAGE: Final = 5_000
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


class _Meta(Struct, frozen=True):
    digest: str = ""


class _Mapping(Struct, frozen=True, rename={"meta": "_meta"}):
    meta: _Meta = _Meta()


class _Generation(Struct, frozen=True):
    mappings: _Mapping = _Mapping()


class _VersionFields(Struct, frozen=True):
    id: list[str]
    version: list[int]
    deleted: list[bool] = []


class _VersionHit(Struct, frozen=True):
    fields: _VersionFields
    sort: list[str | int]


class _VersionHits(Struct, frozen=True):
    hits: list[_VersionHit] = []


class _VersionPage(Struct, frozen=True):
    pit_id: str
    hits: _VersionHits = _VersionHits()


class _Pit(Struct, frozen=True):
    id: str


class ElasticIndex:
    """An index on an Elasticsearch node; `url` may hold user, password and, as its path, a prefix of all names."""

    def __init__(self, url: str) -> None:
        self._client = ElasticClient(url)
        self.alias = f"{self._client.prefix}-items" if self._client.prefix else "items"
        self._sender = BulkSender(self._client, self.alias)

    def exists(self) -> bool:
        """Whether a generation stands behind the alias. Raises: IndexUnavailableError."""
        return bool(self._generations())

    def create(self) -> None:
        """Make the first generation with its alias where there is none; of several processes one does.

        Raises: IndexMismatchError, IndexUnavailableError.
        """
        if not self._generations():
            try:
                self._client.request("PUT", f"/{self.alias}-1", index_body() | {"aliases": {self.alias: {}}})
            except RequestRefusedError as error:
                if "resource_already_exists" not in error.reason:
                    raise IndexUnavailableError(f"{self._client.url} cannot make the index: {error}") from error
        self._check_generation()

    def write(self, documents: Sequence[Document]) -> WriteReport:
        """Write documents by bulk requests. See `Index.write`."""
        return self._sender.send(documents)

    def refresh(self) -> None:
        """Make all that was written visible to searches."""
        self._ask("POST", f"/{self.alias}/_refresh")

    def search(self, query: Query) -> Hits:
        """Answer a query by one multi-search. See `Index.search`."""
        check_query(query)
        header = b"{}\n"
        body = b"".join(header + msgspec.json.encode(search) + b"\n" for search in compile_searches(query))
        content = self._ask("POST", f"/{self.alias}/_msearch", body, filter_path=HIT_PARTS)
        return read_hits(query, msgspec.json.decode(content, type=Answers))

    def properties(self, query: Query) -> dict[str, int]:
        """Count items by the properties they have; at most 10,000 names, the most frequent."""
        check_query(query)
        body = compile_properties(query)
        content = self._ask("POST", f"/{self.alias}/_search", body, filter_path="aggregations.present.buckets")
        found = msgspec.json.decode(content, type=Answer).aggregations
        return {bucket.key: bucket.doc_count for bucket in found["present"].buckets} if found else {}

    def values(self, query: Query, name: str, *, after: str, limit: int) -> list[Bucket]:
        """Count the values of a property, in their order. See `Index.values`."""
        check_query(query)
        body = compile_values(query, name, after, limit)
        content = self._ask("POST", f"/{self.alias}/_search", body, filter_path="aggregations.values.buckets")
        return read_values(content)

    def versions(self) -> Iterator[tuple[str, int, bool]]:
        """Yield id, version and deleted of every document, in order of id, as of the last refresh."""
        opened = self._ask("POST", f"/{self.alias}/_pit", keep_alive="2m")
        pit = msgspec.json.decode(opened, type=_Pit).id
        after: list[str | int] = []
        try:
            while True:
                page = msgspec.json.decode(self._ask("POST", "/_search", _versions_body(pit, after)), type=_VersionPage)
                for hit in page.hits.hits:
                    yield hit.fields.id[0], hit.fields.version[0], True in hit.fields.deleted
                if len(page.hits.hits) < VERSIONS_PAGE:
                    return
                pit, after = page.pit_id, page.hits.hits[-1].sort
        finally:
            self._ask("DELETE", "/_pit", {"id": pit})

    def ping(self) -> None:
        """Return when the index answers. Raises: IndexUnavailableError with the reason."""
        self._ask("POST", f"/{self.alias}/_search", {"size": 0}, filter_path="took")

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._client.close()

    def _generations(self) -> dict[str, _Generation]:
        try:
            content = self._client.request("GET", f"/{quote(self.alias)}/_mapping", filter_path="*.mappings._meta")
        except RequestRefusedError as error:
            if error.status == 404:
                return {}
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error
        return msgspec.json.decode(content, type=dict[str, _Generation])

    def _check_generation(self) -> None:
        for name, generation in self._generations().items():
            if generation.mappings.meta.digest != table_digest():
                raise IndexMismatchError(
                    f"index {name} of {self._client.url} was made by another version of the field table: "
                    "stop what uses it and delete it there; the next start indexes everything again"
                )

    def _ask(self, method: str, path: str, body: object = None, **params: str) -> bytes:
        """Send a request whose refusal means that the index cannot answer now or that the query is wrong."""
        try:
            return self._client.request(method, path, body, **params)
        except RequestRefusedError as error:
            if error.status == 404:
                raise IndexUnavailableError(f"{self._client.url} has no index {self.alias}: create it first") from error
            if error.status == 400 and "search" in path:
                raise BadQueryError("filter", f"the index cannot answer this query: {error.reason}") from error
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error


def _versions_body(pit: str, after: list[str | int]) -> dict[str, object]:
    body: dict[str, object] = {
        "size": VERSIONS_PAGE,
        "pit": {"id": pit, "keep_alive": "2m"},
        "sort": [{"id": "asc"}],
        "_source": False,
        "docvalue_fields": ["id", "version", "deleted"],
        "track_total_hits": False,
    }
    return body | {"search_after": after} if after else body
