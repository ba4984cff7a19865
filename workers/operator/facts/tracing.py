"""Where a record or item came from and where it is now: page, run, mapping, DOI, merge, version, index state."""

from typing import Final

from msgspec import Struct

from harvester.crosswalk.mapping import find_mapping, known_formats, read_text
from harvester.crosswalk.overlay import overlay_digest
from harvester.endpoint import Endpoint
from harvester.errors import HarvestError, cut
from harvester.store.dois import DoiRow, get_doi
from harvester.store.endpoints import list_endpoints
from harvester.store.ledger.rejected import Rejected
from harvester.store.overview.tracing import TracedItem, TracedRecord, find_items_of, find_records, find_refusals
from harvester.store.works.edits import list_edits
from harvester.values.dois import read_doi
from workers.tools import Tools
from workers.words import span, utc

RAW_BYTES: Final = 2_000


class Refusal(Struct, frozen=True):
    """A record that was set aside: the page it came on, and why."""

    run: int
    number: int
    position: int
    cause: str
    reason: str
    raw: str


class TracedState(Struct, frozen=True, kw_only=True):
    """An item and its state in the index: the version there, None where it is not there or the index is away.

    `edits` counts the edits of people that are in force. `visible` is whether a search finds it, and `why` says why not
    or with what delay.
    """

    item: TracedItem
    indexed_version: int | None
    edits: int
    visible: bool
    why: str


class Trace(Struct, frozen=True, kw_only=True):
    """All that is known of a name. `places` are where the bytes of its pages lie, `next` is the command to go on by."""

    name: str
    places: dict[str, str]
    records: list[TracedRecord]
    mappings: dict[str, str]
    items: list[TracedState]
    dois: list[DoiRow]
    refused: list[Refusal]
    next: str


def trace(tools: Tools, name: str) -> Trace | None:
    """Trace an item's id, a DOI, an OAI identifier, or `ENDPOINT IDENTIFIER`; None where nothing is known of it."""
    store, name = tools.store, name.strip()
    records = find_records(store, name)
    items = find_items_of(store, name, records)
    identifiers = {record.identifier for record in records} | {name, name.partition(" ")[2].strip()}
    refused = [one for identifier in sorted(identifiers - {""}) for one in find_refusals(store, identifier)]
    wanted = {doi for doi in (read_doi(name), *(record.doi for record in records)) if doi}
    dois = [row for row in (get_doi(store, doi) for doi in sorted(wanted)) if row is not None]
    if not (records or items or refused or dois):
        return None
    held, away = _held(tools, [item.id for item in items])
    endpoints = {endpoint.key: endpoint for endpoint in list_endpoints(store)}
    return Trace(
        name=name,
        places={
            record.location: tools.harvesting.archive.shown(record.location) for record in records if record.location
        },
        records=records,
        mappings={record.endpoint: _mapping(endpoints.get(record.endpoint), record) for record in records},
        items=[_state(tools, item, held.get(item.id), away) for item in items],
        dois=dois,
        refused=[_refusal(one) for one in refused],
        next=_next(records, items, refused),
    )


def _held(tools: Tools, ids: list[str]) -> tuple[dict[str, tuple[int, bool]], str]:
    """Give what the index holds of some items, or why it cannot be asked."""
    try:
        return (tools.index.held(ids) if ids else {}), ""
    except HarvestError as error:
        return {}, f"the index does not answer: {cut(error)}"


def _state(tools: Tools, item: TracedItem, held: tuple[int, bool] | None, away: str) -> TracedState:
    edits = sum(1 for edit in list_edits(tools.store, item.id) if not edit.get("revoked"))
    why = away or _why(item, held, tools.store.now())
    is_there = held is not None and not held[1] and item.merged_into is None
    version = None if held is None else held[0]
    return TracedState(item=item, indexed_version=version, edits=edits, visible=is_there and not away, why=why)


def _why(item: TracedItem, held: tuple[int, bool] | None, now: float) -> str:
    indexed = -1 if held is None else held[0]
    behind = "the index does not have it" if held is None else f"the index has version {indexed}"
    since = item.queued or now
    reasons = (
        (item.refused is not None, f"the index refused version {item.version}: {item.refused}"),
        (
            item.queued is not None,
            f"version {item.version} waits for the index since {utc(since)} ({span(now - since)})",
        ),
        (item.merged_into is not None, f"it is a part of {item.merged_into}, and shown there"),
        (item.deleted, "all of its records are deleted"),
        (
            indexed < item.version,
            f"{behind}, the store version {item.version}, and nothing waits: `oaihub check --repair`",
        ),
    )
    return next((why for holds, why in reasons if holds), "")


def _mapping(endpoint: Endpoint | None, record: TracedRecord) -> str:
    if endpoint is None:
        return "its endpoint was removed"
    if endpoint.mapping:
        return f"the endpoint's own, version {overlay_digest(endpoint.mapping)}"
    name = find_mapping(record.metadata_prefix, "").name
    version = f", version {overlay_digest(read_text(name))}" if name in known_formats() else ", by its root element"
    return f"{name}{version}"


def _refusal(one: Rejected) -> Refusal:
    raw = one.raw[:RAW_BYTES].decode(errors="replace")
    return Refusal(one.run, one.number, one.position, one.cause, one.reason, raw)


def _next(records: list[TracedRecord], items: list[TracedItem], refused: list[Rejected]) -> str:
    if refused:
        return f"oaihub rejected list --run {refused[0].run}"
    if items:
        return f"oaihub show {items[0].merged_into or items[0].id} --explain"
    if records:
        return f"oaihub runs {records[0].run}"
    return "oaihub dois"
