"""The change feed: what came, changed or went, of any filter, in an order that loses nothing however long one waits.

Whoever applies the changes in their order, and asks again with the last `next`, keeps a right copy of what the filter
finds for ever. The place is all that a cursor holds, so a page costs the same wherever it is.
"""

from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.store.exposing import Place, read_changes, seq_before
from indexer.document import to_document
from indexer.errors import BadQueryError
from indexer.matching import matches
from indexer.query import Condition
from search_api.cursor import Place as ListPlace
from search_api.cursor import begin_at, list_digest, seal
from search_api.hub import Hub, read_selection
from search_api.oai.asking import OaiError, read_span, stamp
from search_api.params import CURSOR, FILTER, MAX_SIZE, SIZE, Parameter, collect_single, read_size
from search_api.render import shown_json

DEFAULT_SIZE: Final = 100

SINCE: Final = Parameter(
    name="since",
    meaning="Begin with what changed at this time (UTC, as 2026-11-25T08:00:00Z) or later, instead of with all items.",
    schema={"type": "string"},
    example="2026-11-25T08:00:00Z",
)
LOOKED_AT: Final = structs.replace(
    SIZE,
    meaning="Changes that are looked at for an answer, which gives those of them that concern the filter.",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
    example="100",
)
PLACE: Final = structs.replace(CURSOR, meaning="The next of the answer before, unchanged; filter must be the same.")
CHANGES_PARAMETERS: Final = (FILTER, SINCE, LOOKED_AT, PLACE)


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an item.

    `put`: it is new or has changed, and this is the item; `delete`: it was deleted, or is a part of another item now;
    `leave`: the filter does not find it, and maybe did before. Both of these may come for one that was never given.
    """

    change: Literal["put", "delete", "leave"]
    id: str
    version: int
    at: str
    merged_into: str | None = None
    item: Raw | None = None


class Changes(Struct, frozen=True, kw_only=True):
    """Changes in their order. `next` is always there; `more` tells whether something waits behind it already."""

    changes: list[Change]
    more: bool
    next: str


class _Place(ListPlace, frozen=True, array_like=True):
    """A place in the order of changes; up to `known` nothing was given before, so nothing has to be taken back."""

    place: Place = (0, "")
    known: int = 0


def get_changes(hub: Hub, request: Request) -> Response:
    """Answer with the changes behind a cursor."""
    pairs = request.query_params.multi_items()
    given = collect_single(pairs, CHANGES_PARAMETERS)
    filters = read_selection(hub, [pair for pair in pairs if pair[0] == FILTER.name]).filters
    size = read_size(given["size"]) if "size" in given else DEFAULT_SIZE
    asked = list_digest(repr(sorted(map(repr, filters))))
    begin = _Place(asked) if given.get("cursor") else _begin(hub, asked, given.get("since"))
    place = begin_at(given.get("cursor", ""), begin, hub.secret, kept="filter as it was")
    found = read_changes(hub.store, after=place.place, limit=size + 1)
    shown = found[:size]
    judged = ((_change(filters, item, content, stamp(at), hub.public_url), seq) for seq, at, item, content in shown)
    told = [change for change, seq in judged if seq > place.known or change.change == "put"]
    if shown:
        place = structs.replace(place, place=(shown[-1][0], shown[-1][2].id))
    answer = Changes(changes=told, more=len(found) > size, next=seal(place, hub.secret))
    return Response(msgspec.json.encode(answer), media_type="application/json", headers={"Cache-Control": "no-store"})


def _begin(hub: Hub, asked: str, since: str | None) -> _Place:
    """Give the place of a first request. Raises: BadQueryError (since)."""
    if not since:
        return _Place(asked, (0, ""), seq_before(hub.store, None))
    try:
        start, _ = read_span({"from": since})
    except OaiError as error:
        raise BadQueryError("since", str(error).replace("from", "since", 1)) from error
    before = seq_before(hub.store, start)
    return _Place(asked, (before + 1, ""), before)


def _finds(filters: tuple[Condition, ...], item: Item, content: bytes) -> bool:
    return not filters or matches(to_document(item, content), filters)


def _change(filters: tuple[Condition, ...], item: Item, content: bytes, when: str, public_url: str) -> Change:
    if item.deleted:
        return Change(change="delete", id=item.id, version=item.version, at=when, merged_into=item.merged_into)
    if not _finds(filters, item, content):
        return Change(change="leave", id=item.id, version=item.version, at=when)
    shown = Raw(shown_json(item.id, content, public_url))
    return Change(change="put", id=item.id, version=item.version, at=when, item=shown)
