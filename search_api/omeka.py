"""Items as the REST API of Omeka S gives them, for programs that read that: /api/items and /api/items/ID.

A page is a bare array; its total stands in Omeka-S-Total-Results, the pages around it in Link. As with Omeka S, a
parameter that is not known is passed over. What would need another result than its name says is refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from harvester.item import Item
from indexer.conditions import check_query
from indexer.errors import BadQueryError
from indexer.query import Condition, Query, Sort
from search_api.cursor import continued, make_cursor
from search_api.exporting import public_address
from search_api.formats.omeka import PROPERTIES, VOCABULARIES, to_omeka
from search_api.grammar import render_missing, render_name, render_token
from search_api.handlers import json_response, live_item
from search_api.hub import Hub, read_selection
from search_api.params import Parameter
from search_api.render import encode_json, read_item

CONTEXT_PATH: Final = "/api-context"
ITEMS_PATH: Final = "/api/items"
TOTAL: Final = "Omeka-S-Total-Results"
PER_PAGE: Final = 25
MOST_PER_PAGE: Final = 1_000
MOST_BY_NUMBER: Final = 10_000
"""Items that a page number reaches; `next` of Link, which holds a cursor, has no end."""

SORTS: Final = {"id": "id", "created": "id", "modified": "harvested", "title": "title", "dcterms:title": "title"}
_PROPERTY: Final = re.compile(r"property\[(\d{1,3})\]\[(property|type|text|joiner)\]")
_NUMBER: Final = re.compile(r"[1-9]\d{0,8}")

OMEKA_HEADERS: Final = {
    TOTAL: "The number of all items found.",
    "Link": "The first, prev, next and last page, as far as they are reached.",
}
OMEKA_PARAMETERS: Final = tuple(
    Parameter(name=name, meaning=meaning, schema={"type": "string"}, example=example)
    for name, meaning, example in (
        ("page", f"The number of the page; beyond {MOST_BY_NUMBER:,} items only `next` of Link leads on.", "1"),
        ("per_page", f"Items on a page, 1 to {MOST_PER_PAGE:,}.", "25"),
        ("sort_by", f"One of {', '.join(SORTS)}; anything else is id.", "title"),
        ("sort_order", "asc or desc.", "asc"),
        ("fulltext_search", "Words that must all occur.", "improvement"),
        ("property[0][property]", "A term such as dcterms:title, or its number; property[1]… are further ones.", ""),
        ("property[0][type]", "eq, neq, ex or nex; others, and joiner or, are refused.", "eq"),
        ("property[0][text]", "The value of eq and neq.", ""),
    )
)


def get_omeka_items(hub: Hub, request: Request) -> Response:
    """Answer with a page of items. Raises: BadQueryError naming the parameter."""
    given = dict(request.query_params.multi_items())
    page, per_page = _number(given, "page", 1), min(_number(given, "per_page", PER_PAGE), MOST_PER_PAGE)
    query = _query(hub, given)
    skipped = 0 if "cursor" in given else (page - 1) * per_page
    if skipped + per_page > MOST_BY_NUMBER:
        advice = "follow `next` of Link, or make the pages smaller"
        raise BadQueryError("page", f"page {page}: a number reaches {MOST_BY_NUMBER:,} items; {advice}")
    begun = continued(query, given["cursor"], hub.secret) if "cursor" in given else query
    found = hub.index.search(structs.replace(begun, size=skipped + per_page))
    shown = found.hits[skipped:]
    cursor = make_cursor(query, after=shown[-1].key, offset=0, secret=hub.secret) if shown else ""
    address = public_address(hub, request)
    places = _links(
        f"{address}{ITEMS_PATH}",
        given,
        page,
        last=-(-found.total // per_page),
        reached=MOST_BY_NUMBER // per_page,
        cursor=cursor,
    )
    items = [to_omeka(read_item(hit.item), address) for hit in shown]
    return json_response(encode_json(items), {TOTAL: str(found.total), "Link": ", ".join(places)})


def get_omeka_item(hub: Hub, request: Request) -> Response:
    """Answer with one item, from the store."""
    item: Item = live_item(hub, request.path_params["item_id"])
    return json_response(encode_json(to_omeka(item, public_address(hub, request))))


def get_omeka_context(_hub: Hub, _request: Request) -> Response:
    """Answer with the context of these objects: the vocabularies by their prefixes."""
    return json_response(encode_json({"@context": VOCABULARIES}))


def _links(address: str, given: Mapping[str, str], page: int, *, last: int, reached: int, cursor: str) -> Iterator[str]:
    """Yield the links to other pages; `prev` and `last` go by number, so there is none beyond what numbers reach."""
    kept = {name: value for name, value in given.items() if name not in {"page", "cursor"}}
    places: dict[str, dict[str, Any]] = {"first": {"page": 1}}
    if 1 < page <= reached + 1:
        places["prev"] = {"page": page - 1}
    if page < last and cursor:
        places["next"] = {"page": page + 1, "cursor": cursor}
    if last <= reached:
        places["last"] = {"page": max(last, 1)}
    for relation, place in places.items():
        yield f'<{address}?{urlencode(kept | place)}>; rel="{relation}"'


def _query(hub: Hub, given: Mapping[str, str]) -> Query:
    tokens = [("filter", token) for token in _tokens(given)]
    if given.get("item_set_id"):
        tokens.append(("filter", render_token("set", given["item_set_id"])))
    words = given.get("fulltext_search", "").strip()
    selected = read_selection(hub, [("q", words), *tokens] if words else tokens)
    _check_and(selected.filters)
    name = SORTS.get(given.get("sort_by", "id"), "id")
    query = structs.replace(selected, sort=Sort(name, descending=given.get("sort_order", "").lower() == "desc"))
    check_query(query)
    return query


def _tokens(given: Mapping[str, str]) -> Iterator[str]:
    """Yield the filters that property[…] stands for, as texts of ours. Raises: BadQueryError."""
    asked: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        if found := _PROPERTY.fullmatch(name):
            asked.setdefault(found[1], {})[found[2]] = value
    for number, parts in asked.items():
        place, kind = f"property[{number}]", parts.get("type", "eq")
        if parts.get("joiner", "and") != "and":
            raise BadQueryError(f"{place}[joiner]", "conditions can only be joined by `and` here; use /api/v1/items")
        names = {**PROPERTIES, **{str(one): name for one, name in enumerate(PROPERTIES.values(), start=1)}}
        asked_for = parts.get("property", "")
        if asked_for not in names:
            listed = ", ".join(PROPERTIES)
            raise BadQueryError(f"{place}[property]", f"{cut(asked_for)!r}: use one of {listed}")
        property_name = names[asked_for]
        match kind:
            case "eq" | "neq":
                yield ("-" if kind == "neq" else "") + render_token(property_name, parts.get("text", ""))
            case "ex":
                yield f"{render_name(property_name)}:*"
            case "nex":
                yield render_missing(property_name)
            case _:
                raise BadQueryError(f"{place}[type]", f"{cut(kind)!r} cannot be answered here: use eq, neq, ex or nex")


def _check_and(filters: tuple[Condition, ...]) -> None:
    """Refuse two positive conditions on one property, which would be alternatives here and not in Omeka S."""
    names = [one.name for one in filters if not one.negative]
    if len(names) > len(set(names)):
        raise BadQueryError("property", "one property can be asked for once only; use /api/v1/items for alternatives")


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not _NUMBER.fullmatch(text):
        raise BadQueryError(name, f"{name} {cut(text)!r}: give a number from 1 on")
    return int(text)
