"""Which version of which item a generation on Elasticsearch holds; `name` is of an index or an alias."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from msgspec import Struct

from indexer.engines.elastic_client import ElasticClient

PAGE: Final = 10_000  # the most that a node gives at once
_PAGE_PARTS: Final = "pit_id,hits.hits.fields,hits.hits.sort"


class _Fields(Struct, frozen=True):
    id: list[str]
    version: list[int]
    deleted: list[bool] = []


class _Hit(Struct, frozen=True):
    fields: _Fields
    sort: list[str | int]


class _Hits(Struct, frozen=True):
    hits: list[_Hit] = []


class _Page(Struct, frozen=True):
    pit_id: str
    hits: _Hits = _Hits()


class _Pit(Struct, frozen=True):
    id: str


class _Source(Struct, frozen=True):
    deleted: bool = False


class _Held(Struct, frozen=True, rename={"id": "_id", "version": "_version", "source": "_source"}):
    id: str
    version: int = 0
    source: _Source | None = None


class _Docs(Struct, frozen=True):
    docs: list[_Held] = []


def iter_versions(client: ElasticClient, name: str) -> Iterator[tuple[str, int, bool]]:
    """Yield id, version and deleted of every document, in order of id, as of the last refresh.

    While a page is used, the node makes the next. Raises: IndexUnavailableError, RequestRefusedError.
    """
    pit = msgspec.json.decode(client.request("POST", f"/{name}/_pit", keep_alive="2m"), type=_Pit).id
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="versions") as pool:
            asking = pool.submit(_ask_page, client, pit, [])
            while hits := (page := asking.result()).hits.hits:
                pit = page.pit_id
                asking = pool.submit(_ask_page, client, pit, hits[-1].sort)
                for hit in hits:
                    yield hit.fields.id[0], hit.fields.version[0], True in hit.fields.deleted
    finally:
        client.request("DELETE", "/_pit", {"id": pit})


def held_versions(client: ElasticClient, name: str, ids: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Give version and deleted of those items that are there, as last written, refreshed or not.

    Raises: IndexUnavailableError, RequestRefusedError.
    """
    if not ids:
        return {}
    parts = "docs._id,docs._version,docs._source"
    content = client.request(
        "POST", f"/{name}/_mget", {"ids": list(ids)}, _source_includes="deleted", filter_path=parts
    )
    found = msgspec.json.decode(content, type=_Docs).docs
    return {held.id: (held.version, held.source.deleted) for held in found if held.source is not None}


def _ask_page(client: ElasticClient, pit: str, after: list[str | int]) -> _Page:
    content = client.request("POST", "/_search", _page_body(pit, after), filter_path=_PAGE_PARTS)
    return msgspec.json.decode(content, type=_Page)


def _page_body(pit: str, after: list[str | int]) -> dict[str, object]:
    body: dict[str, object] = {
        "size": PAGE,
        "pit": {"id": pit, "keep_alive": "2m"},
        "sort": [{"id": "asc"}],
        "_source": False,
        "docvalue_fields": ["id", "version", "deleted"],
        "track_total_hits": False,
    }
    return body | {"search_after": after} if after else body
