"""Items as files: one in any format, and a whole result as a stream of any length in constant memory.

A stream goes in order of id, page by page from the index: an item that does not change meanwhile is in it exactly once,
and whoever was cut off goes on after the last id that arrived.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from harvester.item import Item
from indexer.errors import BadQueryError
from indexer.index import Index
from indexer.query import Hit, Query, Sort
from search_api.edge.caching import ASK_AGAIN, is_among
from search_api.formats.choosing import FORMAT, choose_format
from search_api.formats.table import Format, write_all, write_one
from search_api.hub import Hub, read_selection
from search_api.params import FILTER, Parameter, Q, collect_single
from search_api.render import read_item
from search_api.selecting import FIELDS, keep_fields, read_fields

PAGE: Final = 5_000
"""Items asked for at once: an engine looks at the whole result for every page, so few of them."""

DEFAULT_FORMAT: Final = "jsonl"
AFTER: Final = Parameter(
    name="after",
    meaning="Only items of a greater id than this one: the last that arrived, where an export was cut off.",
    schema={"type": "string"},
    example="",
)
ITEM_PARAMETERS: Final = (FORMAT, FIELDS)
EXPORT_PARAMETERS: Final = (Q, FILTER, FORMAT, AFTER)


def item_response(hub: Hub, request: Request, item: Item) -> Response:
    """Answer with an item in the format asked for; 304 where the client has this version in it."""
    given = collect_single(request.query_params.multi_items(), ITEM_PARAMETERS)
    form = choose_format(given, request.headers.get("accept", ""))
    fields = fields_for(form, given.get(FIELDS.name, ""))
    chosen = "" if fields is None else "." + "+".join(sorted(fields))
    etag = f'W/"{item.id}.{item.version}.{form.name}{chosen}"'
    headers = {"ETag": etag, "Vary": "Accept", "Cache-Control": ASK_AGAIN}
    if is_among(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if "format" in given and form.name != "json":
        headers |= attached(form, item.id)
    address = hub.public_url if form.name == "json" else public_address(hub, request)
    body = write_one(form, item, address)
    return Response(keep_fields(body, fields) if fields else body, 200, headers, form.media_type)


def fields_for(form: Format, text: str) -> frozenset[str] | None:
    """Read which fields are asked for, None is all. Raises: BadQueryError (fields), with every format but JSON, too."""
    fields = read_fields([text])
    if fields is not None and form.name != "json":
        raise BadQueryError(FIELDS.name, f"fields goes with JSON only, not with {form.name}; leave one of them out")
    return fields


def get_export(hub: Hub, request: Request) -> Response:
    """Answer with all items of a result, as a stream."""
    pairs = request.query_params.multi_items()
    given = collect_single(pairs, EXPORT_PARAMETERS)
    form = choose_format(given, request.headers.get("accept", ""), DEFAULT_FORMAT)
    items = iter_result(hub.index, read_selection(hub, pairs), given.get("after"))
    stream = write_all(form, items, public_address(hub, request)) if request.method != "HEAD" else ()
    return StreamingResponse(stream, 200, {"Vary": "Accept"} | attached(form, "items"), form.media_type)


def iter_result(index: Index, query: Query, after: str | None = None) -> Iterator[Item]:
    """Give all items that a query finds, in order of id, those after an id where one is given.

    The first page is asked for at once, each other while the one before is read.
    Raises: BadQueryError, IndexUnavailableError; both later, too.
    """
    order = Sort("id", descending=False)
    query = structs.replace(query, sort=order, size=PAGE, after=after or None, with_total=False)
    return _items(index, query, _page(index, query))


def public_address(hub: Hub, request: Request) -> str:
    """Give the address that the hub is reached at: the one that is set, else the one of this request."""
    return (hub.public_url or str(request.base_url)).rstrip("/")


def _items(index: Index, query: Query, page: tuple[Hit, ...]) -> Iterator[Item]:
    with ThreadPoolExecutor(1, thread_name_prefix="export") as pool:
        while page:
            following = None
            if len(page) == query.size:
                following = pool.submit(_page, index, structs.replace(query, after=page[-1].id))
            for hit in page:
                yield read_item(hit.item)
            page = following.result() if following else ()


def _page(index: Index, query: Query) -> tuple[Hit, ...]:
    return index.search(query).hits


def attached(form: Format, name: str) -> dict[str, str]:
    """Give the header by which a browser keeps an answer as a file."""
    return {"Content-Disposition": f'attachment; filename="{name}.{form.extension}"'}
