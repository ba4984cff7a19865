"""What a form offers of an item: the properties that the hub's template lets be edited, and values to choose from."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from harvester.item import Item
from harvester.store.contributions.tokens import Token
from harvester.works.editing import SINGLE, is_editable
from indexer.errors import IndexUnavailableError, SearchTimeoutError
from indexer.fields import FIELDS
from indexer.index import Index
from indexer.query import FacetRequest, Query
from search_api.hub_settings import HubSettings
from search_api.labels import labels_of, name_value

LONG: Final = frozenset({"abstract", "description", "citation"})
SUGGESTED: Final = 20
CHOSEN_FROM: Final = ("resource_type", "resource_status", "genre", "language", "access", "publisher", "container")


class Offered(Struct, frozen=True):
    """A property that a form has: with its label, whether it has one value only, and whether that is long text."""

    name: str
    label: str
    is_single: bool
    is_long: bool


class Choice(Struct, frozen=True):
    """A value that a form suggests, and what people read for it."""

    value: str
    label: str


def offered_properties(settings: HubSettings, item: Item, token: Token | None) -> tuple[Offered, ...]:
    """Give the properties that may be proposed for an item, in the order of the template; by a token only its own."""
    own = token.properties if token is not None else ()
    chosen = (
        one
        for one in settings.template
        if one.editable and is_editable(item, one.name) and (not own or one.name in own)
    )
    labels = labels_of(settings)
    return tuple(Offered(one.name, labels(one.name), one.name in SINGLE, one.name in LONG) for one in chosen)


def editable_names(settings: HubSettings) -> tuple[str, ...]:
    """Give the properties that forms may offer, for any item."""
    return tuple(one.name for one in settings.template if one.editable)


def choices(index: Index, offered: Sequence[Offered]) -> dict[str, list[Choice]]:
    """Give the most frequent values of those properties that people choose from; none while the index is away."""
    names = [one.name for one in offered if one.name in CHOSEN_FROM and one.name in FIELDS]
    if not names:
        return {}
    asked = Query(size=0, facets=tuple(FacetRequest(name, SUGGESTED) for name in names), with_total=False)
    try:
        found = index.search(asked).facets
    except (IndexUnavailableError, SearchTimeoutError):  # a form without suggestions is better than none
        return {}
    return {
        name: [Choice(bucket.value, name_value(name, bucket.value)) for bucket in found[name].values]
        for name in names
        if name in found
    }
