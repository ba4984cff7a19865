"""The resources that an item is linked with, in both directions and by property."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct, structs

from harvester.errors import cut
from harvester.item import Item, Link
from harvester.store.versions import find_versions
from harvester.values.relations import RELATIONS
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, alternate_label, link_value, property_label
from indexer.query import Condition, Query, Sort
from search_api.cursor import seal, unseal
from search_api.hub import Hub
from search_api.linking import find_targets, names_of
from search_api.params import CURSOR, DEFAULT_SIZE, SIZE, Pairs, Parameter, collect, read_size, say_unknown
from search_api.render import item_path, read_item

Direction = Literal["outgoing", "incoming"]

MAX_LOOKED_AT: Final = 200
"""Items that link here of which the links are read for relations that no table knows."""

PROPERTY: Final = Parameter(
    name="property",
    meaning="Only links of this property, such as has_part; those that lead here are named by what they say there.",
    schema={"type": "string"},
    example="has_part",
)
DIRECTION: Final = Parameter(
    name="direction",
    meaning="Only links from this item (outgoing), or only those that lead to it (incoming).",
    schema={"type": "string", "enum": ["outgoing", "incoming"]},
    example="incoming",
)
PLACE: Final = structs.replace(
    CURSOR, meaning="The next of the page before, unchanged; property and direction must be the same."
)
LINKED_PARAMETERS: Final = (PROPERTY, DIRECTION, SIZE, PLACE)
BY_TITLE: Final = Sort("title", descending=False)


class LinkedProperty(Struct, frozen=True, kw_only=True):
    """A property by which resources are linked with the item, and how many are.

    `inverse` is the property that says the same from the other side, "" where there is none.
    """

    property: str
    label: str
    alternate_label: str
    inverse: str
    direction: Direction
    count: int


class LinkedResource(Struct, frozen=True, kw_only=True):
    """One link: `incoming` ones are of the resource shown here, by its property; `outgoing` ones of the item itself.

    `item` is its id where it is an item of this hub, and `url` its page then. `type` is its first resource type.
    """

    property: str
    direction: Direction
    item: str | None = None
    title: str | None = None
    alternate_label: str = ""
    type: str | None = None
    doi: str | None = None
    url: str | None = None


class Linked(Struct, frozen=True, kw_only=True):
    """A page of the resources linked with an item, outgoing ones first, then by property and title.

    `total` and `linked` keep to the property and direction asked for, `properties` lists all.
    """

    total: int
    properties: list[LinkedProperty]
    linked: list[LinkedResource]
    next: str | None


class Asked(Struct, frozen=True):
    """What of an item's links is wanted; an empty property or direction is all of them."""

    property: str = ""
    direction: str = ""
    size: int = DEFAULT_SIZE
    cursor: str = ""


class _Place(Struct, frozen=True, array_like=True):
    """How far a page came: in which part of the list, after which key there, or after how many."""

    asked: str
    part: int = 0
    after: str | None = None
    offset: int = 0


class _Here(Struct, frozen=True):
    """The item that is looked at, and the names by which others link to it."""

    hub: Hub
    item: Item
    names: tuple[str, ...]
    versions: tuple[Link, ...]

    def outgoing(self) -> list[Link]:
        """Give its links to others, in the order of its source, and to its other versions, which nobody links."""
        return [link for link in (*self.item.links, *self.versions) if link_value(link) not in self.names]


def read_asked(hub: Hub, pairs: Pairs) -> Asked:
    """Read what is asked for from a URL's parameters. Raises: BadQueryError naming the parameter."""
    given = {name: values[0] for name, values in collect(pairs, LINKED_PARAMETERS).items()}
    name, direction = given.get("property", ""), given.get("direction", "")
    if name and name not in RELATIONS and (name in FIELDS or name not in hub.names):
        raise BadQueryError("property", say_unknown("relation", name, RELATIONS, "each answer lists its properties"))
    if direction not in {"", "outgoing", "incoming"}:
        raise BadQueryError("direction", f"direction {cut(direction)!r}: use outgoing or incoming, or leave it out")
    return Asked(name, direction, read_size(given.get("size", str(DEFAULT_SIZE))), given.get("cursor", ""))


def list_linked(hub: Hub, item: Item, asked: Asked) -> Linked:
    """List resources linked with an item. Raises: BadQueryError (cursor), IndexUnavailableError."""
    here = _Here(hub, item, names_of(item, hub.public_url), find_versions(hub.store, item))
    counts = [*_outgoing_counts(here), *_incoming_counts(here)]
    wanted = [one for one in counts if asked.property in {"", one.property} and asked.direction in {"", one.direction}]
    place = _begin(item, asked, hub.secret)
    shown: list[LinkedResource] = []
    while place.part < len(wanted) and len(shown) < asked.size:
        part = wanted[place.part]
        found, after = (_targets if part.direction == "outgoing" else _sources)(
            here, part.property, place, asked.size - len(shown)
        )
        shown += found
        reached = place.offset + len(found)
        if reached >= part.count or not found:
            place = _Place(place.asked, place.part + 1)
        else:
            place = _Place(place.asked, place.part, after, reached)
    return Linked(
        total=sum(one.count for one in wanted),
        properties=counts,
        linked=shown,
        next=seal(place, hub.secret) if place.part < len(wanted) else None,
    )


def _begin(item: Item, asked: Asked, secret: bytes) -> _Place:
    """Give the place that a list begins at. Raises: BadQueryError for a cursor of another list."""
    digest = hashlib.sha256(f"{item.id} {asked.property} {asked.direction}".encode()).hexdigest()[:16]
    if not asked.cursor:
        return _Place(digest)
    place = unseal(asked.cursor, _Place, secret)
    if place.asked != digest:
        raise BadQueryError("cursor", "this cursor belongs to another list: keep property and direction as they were")
    return place


def _outgoing_counts(here: _Here) -> list[LinkedProperty]:
    counts = Counter(link.relation for link in here.outgoing())
    return [_property(name, "outgoing", counts[name]) for name in _ordered(counts)]


def _incoming_counts(here: _Here) -> list[LinkedProperty]:
    linking = Query(filters=_any("links_to", here.names), size=MAX_LOOKED_AT, sort=BY_TITLE)
    found = here.hub.index.search(linking)
    said = [
        {link.relation for link in read_item(hit.item).links if link_value(link) in here.names}
        for hit in found.hits
        if hit.id != here.item.id
    ]
    if found.total <= len(found.hits):
        counts = Counter(itertools.chain.from_iterable(said))
    else:
        occur = here.hub.index.properties(structs.replace(linking, size=0)).keys() & RELATIONS.keys()
        counts = Counter({name: _count(here, name) for name in occur.union(*said)})
    return [_property(name, "incoming", counts[name]) for name in _ordered(counts) if counts[name]]


def _count(here: _Here, relation: str) -> int:
    """Count the items that link to this one by a relation, itself left out."""
    itself = any(link.relation == relation and link_value(link) in here.names for link in here.item.links)
    return here.hub.index.search(Query(filters=_any(relation, here.names), size=0)).total - itself


def _targets(here: _Here, relation: str, place: _Place, room: int) -> tuple[list[LinkedResource], None]:
    """Give the next resources that the item links to by a relation, in the order of its source."""
    links = [link for link in here.outgoing() if link.relation == relation][place.offset :][:room]
    found = find_targets(here.hub.store, here.hub.index, links, here.hub.public_url)
    return [_of_item(relation, "outgoing", found[link]) if link in found else _of_link(link) for link in links], None


def _sources(here: _Here, relation: str, place: _Place, room: int) -> tuple[list[LinkedResource], str | None]:
    """Give the next resources that link to the item by a relation, in order of title, and the key of the last."""
    asked = Query(filters=_any(relation, here.names), sort=BY_TITLE, size=room + 1, after=place.after)
    hits = [hit for hit in here.hub.index.search(asked).hits if hit.id != here.item.id][:room]
    return [_of_item(relation, "incoming", read_item(hit.item)) for hit in hits], hits[-1].key if hits else None


def _of_link(link: Link) -> LinkedResource:
    return LinkedResource(
        property=link.relation,
        direction="outgoing",
        title=link.title,
        alternate_label=alternate_label(link.relation),
        doi=link.doi,
        url=f"https://doi.org/{link.doi}" if link.doi else link.url,
    )


def _of_item(relation: str, direction: Direction, item: Item) -> LinkedResource:
    return LinkedResource(
        property=relation,
        direction=direction,
        item=item.id,
        title=item.title[0].value if item.title else None,
        alternate_label=alternate_label(relation),
        type=item.resource_type[0].label if item.resource_type else None,
        doi=item.doi,
        url=item_path(item.id),
    )


def _property(name: str, direction: Direction, count: int) -> LinkedProperty:
    return LinkedProperty(
        property=name,
        label=property_label(name),
        alternate_label=alternate_label(name),
        inverse=RELATIONS[name].inverse if name in RELATIONS else "",
        direction=direction,
        count=count,
    )


def _ordered(counts: Counter[str]) -> list[str]:
    """Give relations in the order of their table, then those that it does not know."""
    known = [name for name in RELATIONS if name in counts]
    return [*known, *sorted(counts.keys() - RELATIONS.keys())]


def _any(name: str, values: Sequence[str]) -> tuple[Condition, ...]:
    return tuple(Condition(name, "is", value) for value in values)
