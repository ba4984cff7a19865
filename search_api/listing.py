"""A page of a result in any format: in JSON with its facets, in every other the items alone.

What JSON says around the items stands in headers, in JSON too: `X-Total-Count` is the number of all items found, `Link`
with rel="next" (RFC 8288) the address of the next page. A whole result is what /export gives.
"""

from typing import Final
from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from indexer.errors import BadQueryError
from search_api.exporting import fields_for, public_address
from search_api.formats.choosing import FORMAT, choose_format
from search_api.formats.table import Format, write_all
from search_api.highlighting import HIGHLIGHT, highlight
from search_api.hub import Hub, read_query
from search_api.params import SEARCH_PARAMETERS, Parameter, collect_single
from search_api.render import Result, encode, read_item, search_items, with_highlights
from search_api.selecting import FIELDS, keep_in_result

TOTAL: Final = "X-Total-Count"
LIST_HEADERS: Final = {
    TOTAL: "The number of all items found.",
    "Link": "With rel=next the address of the next page; not there on the last.",
}
FORMAT_OF_RESULT: Final = structs.replace(
    FORMAT, meaning=FORMAT.meaning + " Facets are given in JSON only; the total and the next page in headers, too."
)
LIST_PARAMETERS: Final[tuple[Parameter, ...]] = (*SEARCH_PARAMETERS, FORMAT_OF_RESULT, FIELDS, HIGHLIGHT)


def list_response(hub: Hub, request: Request) -> Response:
    """Answer with a page of a result in the format asked for. Raises: BadQueryError, ProblemError (406)."""
    pairs = request.query_params.multi_items()
    given = collect_single(pairs, LIST_PARAMETERS)
    form = choose_format(given, request.headers.get("accept", ""))
    fields = fields_for(form, given.get(FIELDS.name, ""))
    marked = _is_marked(form, given.get(HIGHLIGHT.name, "false"))
    query = read_query(hub, [pair for pair in pairs if pair[0] not in {FORMAT.name, FIELDS.name, HIGHLIGHT.name}])
    if form.name != "json":
        query = structs.replace(query, facets=())
    result = search_items(hub.index, query, secret=hub.secret, public_url=hub.public_url)
    headers = {"Vary": "Accept", TOTAL: str(result.total)} | _next(hub, request, result)
    highlights = [highlight(read_item(item), query.text) for item in result.items] if marked else []
    result = with_highlights(keep_in_result(result, fields), highlights)
    body = encode(result) if form.name == "json" else _body(hub, request, form, result)
    return Response(body, 200, headers, form.media_type)


def _is_marked(form: Format, text: str) -> bool:
    if text not in {"true", "false"}:
        raise BadQueryError(HIGHLIGHT.name, f"highlight {cut(text)!r}: use true or false")
    if text == "true" and form.name != "json":
        raise BadQueryError(HIGHLIGHT.name, f"highlight goes with JSON only, not with {form.name}; leave one away")
    return text == "true"


def next_link(hub: Hub, request: Request, **changed: str) -> str:
    """Give a Link to this request's address with other values of some parameters."""
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in changed]
    address = f"{public_address(hub, request)}{request.url.path}?{urlencode([*kept, *changed.items()])}"
    return f'<{address}>; rel="next"'


def _next(hub: Hub, request: Request, result: Result) -> dict[str, str]:
    return {"Link": next_link(hub, request, cursor=result.next)} if result.next else {}


def _body(hub: Hub, request: Request, form: Format, result: Result) -> bytes:
    items = map(read_item, result.items)
    return b"".join(write_all(form, items, public_address(hub, request)))
