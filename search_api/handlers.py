"""The handlers of the JSON addresses; each takes the hub and a request."""

import re
from typing import Final

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from harvester.item import Item
from harvester.store.items import Whole, get_whole
from harvester.store.works.explaining import Explanation, explain
from harvester.store.works.takedowns import get_takedown
from search_api.exporting import item_response, public_address
from search_api.formats.jsonld import make_context
from search_api.histogram import count_years
from search_api.history import read_history
from search_api.hub import Hub, read_query
from search_api.languages import _
from search_api.linked import list_linked, read_asked
from search_api.listing import list_response
from search_api.moving import MovedError
from search_api.params import SELECTION_PARAMETERS, collect
from search_api.problems import GONE, NOT_FOUND, ProblemError, make_problem
from search_api.render import encode, encode_json, list_properties
from search_api.sampling import draw_sample
from search_api.suggesting import suggest
from search_api.values import list_values

_ITEM_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # anything else the store need not be asked for


def get_items(hub: Hub, request: Request) -> Response:
    """Answer a search with a page of its result."""
    return list_response(hub, request)


def get_one_item(hub: Hub, request: Request) -> Response:
    """Answer with one item, from the store."""
    item = live_item(hub, request.path_params["item_id"])
    return item_response(hub, request, item)


def get_context(hub: Hub, request: Request) -> Response:
    """Answer with the context of JSON-LD."""
    return Response(encode_json(make_context(public_address(hub, request))), media_type="application/ld+json")


def get_explanation(hub: Hub, request: Request) -> Response:
    """Answer who said each field of an item, by which rule, and who disagrees."""
    whole = live_whole(hub, request.path_params["item_id"])
    collect(request.query_params.multi_items(), ())
    return json_response(encode(explain_publicly(whole)))


def get_history(hub: Hub, request: Request) -> Response:
    """Answer what became of an item over time."""
    item = live_item(hub, request.path_params["item_id"])
    collect(request.query_params.multi_items(), ())
    return json_response(encode(read_history(hub, item)))


def get_linked(hub: Hub, request: Request) -> Response:
    """Answer with the resources that an item is linked with, in both directions."""
    item = live_item(hub, request.path_params["item_id"])
    asked = read_asked(hub, request.query_params.multi_items())
    return json_response(encode(list_linked(hub, item, asked)))


def get_properties(hub: Hub, request: Request) -> Response:
    """Answer with what can be filtered in a result."""
    query = read_query(hub, request.query_params.multi_items(), SELECTION_PARAMETERS)
    return json_response(encode(list_properties(hub.index, query)))


def get_values(hub: Hub, request: Request) -> Response:
    """Answer with the values of one property."""
    name = request.path_params["name"]
    return json_response(encode(list_values(hub, name, request.query_params.multi_items())))


def get_suggestions(hub: Hub, request: Request) -> Response:
    """Answer with what is offered while a person types."""
    return json_response(encode(suggest(hub, request.query_params.multi_items())))


def get_histogram(hub: Hub, request: Request) -> Response:
    """Answer with a result counted by year."""
    return json_response(encode(count_years(hub, request.query_params.multi_items())))


def get_sample(hub: Hub, request: Request) -> Response:
    """Answer with a random sample of a result."""
    return json_response(encode(draw_sample(hub, request.query_params.multi_items())))


def explain_publicly(whole: Whole) -> Explanation:
    """Explain an item for everybody: without the names of those who edited it."""
    told = explain(whole)
    return Explanation(
        told.id,
        tuple(
            structs.replace(field, said_by=tuple(structs.replace(voice, author="") for voice in field.said_by))
            for field in told.fields
        ),
    )


def live_item(hub: Hub, item_id: str) -> Item:
    """Give an item of the store. Raises: as `live_whole`."""
    return live_whole(hub, item_id).item


def live_whole(hub: Hub, item_id: str) -> Whole:
    """Give an item of the store with all that describes it.

    Raises: MovedError where it is a part of another now (301), ProblemError where there is none (404) or it was deleted
    or taken down (410).
    """
    whole = get_whole(hub.store, item_id) if _ITEM_ID.fullmatch(item_id) else None
    if whole is None:
        detail = _("There is no item {id}; search for it at /items or /api/v1/items.").format(id=repr(cut(item_id)))
        raise ProblemError(make_problem(NOT_FOUND, detail))
    item = whole.item
    if item.merged_into is not None:
        raise MovedError(item_id, item.merged_into)
    if item.deleted:
        raise ProblemError(make_problem(GONE, _why_gone(hub, item.id), item_id=item.id))
    return whole


def _why_gone(hub: Hub, item_id: str) -> str:
    taken_down = get_takedown(hub.store, item_id)
    if taken_down is None:
        return _("Item {id} was deleted at its repository.").format(id=item_id)
    if not taken_down.public:
        return _("Item {id} was taken down by the operator of this hub.").format(id=item_id)
    text = _("Item {id} was taken down by the operator of this hub: {reason}")
    return text.format(id=item_id, reason=taken_down.reason)


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Give an answer of JSON."""
    return Response(body, media_type="application/json", headers=headers)
