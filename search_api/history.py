"""The history of an item, as API and pages give it: what changed by property, in texts, and never who edited."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from harvester.item import SCHEMA, Item, Metadata
from harvester.store.works.history import MOST_EVENTS, Event, Kind, list_events
from indexer.fields import FIELDS, property_label
from search_api.hub import Hub

DERIVED: Final = frozenset(("year", "record_identifier", "endpoint", "set", "metadata_prefix", "harvested", "links_to"))
"""Properties that say what others do, or where a record is from."""
PLACES: Final = {name: place for place, name in enumerate(FIELDS)}


class ChangedProperty(Struct, frozen=True, kw_only=True):
    """A property and its values before and after; both are empty where only details of them changed."""

    name: str
    label: str
    old: list[str]
    new: list[str]


class ChangedBy(Struct, frozen=True, kw_only=True):
    """The record that a harvest brought."""

    endpoint: str
    metadata_prefix: str
    identifier: str


class ItemChange(Struct, frozen=True, kw_only=True):
    """What happened at a time (ISO 8601, UTC, seconds).

    `kind` is first, harvest, withdrawn, returned (by a repository's `record`), edit, undo (by a person, for a `reason`
    where one was given), joined or apart (a rule on this item and `other`).
    """

    kind: Kind
    at: str
    record: ChangedBy | None
    properties: list[ChangedProperty]
    reason: str
    other: str | None


class History(Struct, frozen=True, kw_only=True):
    """What became of an item, the newest first; with `more` older changes are left out."""

    id: str
    changes: list[ItemChange]
    more: bool


def read_history(hub: Hub, item: Item) -> History:
    """Give the history of a live item."""
    events = list_events(hub.store, item.id)
    return History(id=item.id, changes=list(map(_change, events)), more=len(events) == MOST_EVENTS)


def _change(event: Event) -> ItemChange:
    said = event.record
    record = None
    if said is not None:
        record = ChangedBy(endpoint=said.endpoint, metadata_prefix=said.metadata_prefix, identifier=said.identifier)
    return ItemChange(
        kind=event.kind,
        at=datetime.fromtimestamp(event.at, UTC).isoformat()[:19] + "Z",
        record=record,
        properties=_changed(event),
        reason=event.reason,
        other=event.other or None,
    )


def _changed(event: Event) -> list[ChangedProperty]:
    before, after = _as_item(event.before), _as_item(event.after)
    names = [event.property] if event.property else [*FIELDS.keys() - DERIVED, *{**before.extra, **after.extra}]
    both = ((name, _texts(before, name), _texts(after, name)) for name in sorted(names, key=_place))
    found = [_property(name, old, new) for name, old, new in both if event.property or old != new]
    details = (name for name in Metadata.__struct_fields__ if getattr(before, name) != getattr(after, name))
    return found or [_property(name, [], []) for name in details if name != "origin"]


def _place(name: str) -> tuple[int, str]:
    """Give where a property stands in lists: in the order of the table, then others by name."""
    return PLACES.get(name, len(PLACES)), name


def _property(name: str, old: Sequence[str], new: Sequence[str]) -> ChangedProperty:
    """Give what of a property's values changed: those that stay are left out, unless only their order changed."""
    is_order = set(old) == set(new)
    return ChangedProperty(
        name=name,
        label=property_label(name),
        old=[value for value in old if is_order or value not in new],
        new=[value for value in new if is_order or value not in old],
    )


def _texts(said: Item, name: str) -> list[str]:
    """Give the values of a property as texts, each once."""
    field = FIELDS.get(name)
    values = said.extra.get(name, ()) if field is None else field.read(said)
    return [value for value in dict.fromkeys(values) if value]


def _as_item(said: Metadata) -> Item:
    """Give metadata as an item that has nothing else."""
    values = {name: getattr(said, name) for name in Metadata.__struct_fields__}
    return Item(id="", schema=SCHEMA, version=0, harvested="", **values)
