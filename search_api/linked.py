"""The resources that an item is linked with, in both directions and by property."""

import itertools
from collections import Counter
from typing import Final, Literal

from msgspec import Struct, structs

from harvester.errors import cut
from harvester.item import Item, Link
from harvester.store.works.versions import find_versions
from harvester.styles.parts import link_address
from harvester.values.relations import RELATIONS
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, alternate_label, link_value, property_label
from indexer.query import Hit, Query
from search_api.cursor import Place, begin_at, list_digest, seal
from search_api.hub import Hub
from search_api.params import CURSOR, DEFAULT_SIZE, SIZE, Pairs, Parameter, collect_single, read_size, say_unknown
from search_api.render import item_address, read_item
from search_api.targets import BY_TITLE, any_of, find_targets, names_of

Direction = Literal["outgoing", "incoming"]

MAX_LOOKED_AT: Final = 100
"""Items that link here of which the links are read for relations that no table knows."""

PROPERTY: Final = Parameter(
    name="property",
    meaning="Only links of this property, such as has_part; a link that leads here has the property that it has there.",
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
PLACES: Final = {name: place for place, name in enumerate(RELATIONS)}
LINKED_PARAMETERS: Final = (PROPERTY, DIRECTION, SIZE, PLACE)


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
    `alternate_label` is the research hub's own word for the property, as in a template of the linking resource.
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
    """A page of the resources linked with an item: outgoing ones first, by property, each property's incoming by title.

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


class _Place(Place, frozen=True, array_like=True):
    """How far a page came: in which group of the list, after which key there, or after how many."""

    direction: Direction = "outgoing"
    property: str = ""
    after: str | None = None
    offset: int = 0


class _Source(Struct, frozen=True):
    """An item that links to the one that is looked at: by which relations, and its place in the order of titles."""

    item: Item
    key: str
    relations: frozenset[str]


class _Here(Struct, frozen=True):
    """The item that is looked at, the names by which others link to it, and its links to others, each target once.

    `sources` are the items that link to it, in order of title; `are_all` tells whether there are no others.
    """

    hub: Hub
    item: Item
    names: frozenset[str]
    outgoing: tuple[Link, ...]
    sources: tuple[_Source, ...]
    are_all: bool


def read_asked(hub: Hub, pairs: Pairs) -> Asked:
    """Read what is asked for from a URL's parameters. Raises: BadQueryError naming the parameter."""
    given = collect_single(pairs, LINKED_PARAMETERS)
    name, direction = given.get("property", ""), given.get("direction", "")
    if name and name not in RELATIONS and (name in FIELDS or name not in hub.names):
        raise BadQueryError("property", say_unknown("relation", name, RELATIONS, "each answer lists its properties"))
    if direction not in {"", "outgoing", "incoming"}:
        raise BadQueryError("direction", f"direction {cut(direction)!r}: use outgoing or incoming, or leave it out")
    return Asked(name, direction, read_size(given.get("size", str(DEFAULT_SIZE))), given.get("cursor", ""))


def list_linked(hub: Hub, item: Item, asked: Asked) -> Linked:
    """List resources linked with an item. Raises: BadQueryError (cursor), IndexUnavailableError."""
    here = _look(hub, item)
    counts = [*_outgoing_counts(here), *_incoming_counts(here)]
    wanted = [one for one in counts if asked.property in {"", one.property} and asked.direction in {"", one.direction}]
    start = _Place(list_digest(item.id, asked.property, asked.direction))
    begun = begin_at(asked.cursor, start, hub.secret, kept="property and direction as they were")
    shown: list[tuple[_Place, Link | Item]] = []
    following: _Place | None = None
    for group in wanted:
        place = _Place(begun.asked, group.direction, group.property)
        if _order(place) < _order(begun):
            continue
        if len(shown) == asked.size:
            following = following or place
            break
        if _order(place) == _order(begun):
            place = begun
        read = _targets if group.direction == "outgoing" else _sources
        found, following = read(here, place, asked.size - len(shown))
        shown += ((place, one) for one in found)
    links = [one for _, one in shown if isinstance(one, Link)]
    targets = find_targets(hub.store, hub.index, links, hub.public_url)
    return Linked(
        total=sum(one.count for one in wanted),
        properties=counts,
        linked=[_resource(hub, place, targets.get(one, one) if isinstance(one, Link) else one) for place, one in shown],
        next=seal(following, hub.secret) if following else None,
    )


def _look(hub: Hub, item: Item) -> _Here:
    names = names_of(hub.store, hub.index, item, hub.public_url)
    links = {
        (link.relation, link_value(link)): link
        for link in reversed((*item.links, *find_versions(hub.store, item)))  # so that the first of equals stays
        if link_value(link) not in names
    }
    found = hub.index.search(Query(filters=any_of("links_to", names), size=MAX_LOOKED_AT, sort=BY_TITLE))
    sources = tuple(_source(hit, names) for hit in found.hits if hit.id != item.id)
    return _Here(hub, item, names, tuple(reversed(links.values())), sources, found.total <= len(found.hits))


def _source(hit: Hit, names: frozenset[str]) -> _Source:
    item = read_item(hit.item)
    return _Source(item, hit.key, frozenset(link.relation for link in item.links if link_value(link) in names))


def _order(place: _Place) -> tuple[bool, int, str]:
    """Give where a group stands in every list: outgoing first, the relations of the table before others."""
    known = PLACES.get(place.property, len(PLACES)) if place.property else -1
    return place.direction == "incoming", known, place.property


def _outgoing_counts(here: _Here) -> list[LinkedProperty]:
    counts = Counter(link.relation for link in here.outgoing)
    return [_property(name, "outgoing", counts[name]) for name in _ordered(counts)]


def _incoming_counts(here: _Here) -> list[LinkedProperty]:
    said = Counter(itertools.chain.from_iterable(source.relations for source in here.sources))
    if here.are_all:
        counts = said
    else:
        linking = Query(filters=any_of("links_to", here.names), size=0)
        occur = here.hub.index.properties(linking).keys() & RELATIONS.keys()
        counts = Counter({name: _count(here, name) for name in occur.union(said)})
    return [_property(name, "incoming", counts[name]) for name in _ordered(counts) if counts[name]]


def _count(here: _Here, relation: str) -> int:
    """Count the items that link to this one by a relation, itself left out."""
    itself = any(link.relation == relation and link_value(link) in here.names for link in here.item.links)
    return here.hub.index.search(Query(filters=any_of(relation, here.names), size=0)).total - itself


def _targets(here: _Here, place: _Place, room: int) -> tuple[list[Link], _Place | None]:
    """Give the next links of the item by a relation, in its source's order, and where others follow."""
    links = [link for link in here.outgoing if link.relation == place.property]
    shown = links[place.offset :][:room]
    reached = place.offset + len(shown)
    following = structs.replace(place, offset=reached) if reached < len(links) else None
    return shown, following


def _sources(here: _Here, place: _Place, room: int) -> tuple[list[Item], _Place | None]:
    """Give the next items that link to the item by a relation, in order of title, and where others follow."""
    found = _known_sources(here, place)
    if found is None:
        asked = Query(filters=any_of(place.property, here.names), sort=BY_TITLE, size=room + 2, after=place.after)
        found = [(read_item(hit.item), hit.key) for hit in here.hub.index.search(asked).hits if hit.id != here.item.id]
    shown = found[:room]
    following = structs.replace(place, after=shown[-1][1]) if len(found) > room else None
    return [item for item, _ in shown], following


def _known_sources(here: _Here, place: _Place) -> list[tuple[Item, str]] | None:
    """Give them out of what was looked up already, with their keys; None where that does not hold all or the place."""
    keys = [source.key for source in here.sources]
    if not here.are_all or (place.after is not None and place.after not in keys):
        return None
    begin = 0 if place.after is None else keys.index(place.after) + 1
    return [(one.item, one.key) for one in here.sources[begin:] if place.property in one.relations]


def _resource(hub: Hub, place: _Place, found: Link | Item) -> LinkedResource:
    return _of_link(found) if isinstance(found, Link) else _of_item(hub, place, found)


def _of_link(link: Link) -> LinkedResource:
    return LinkedResource(
        property=link.relation,
        direction="outgoing",
        title=link.title,
        alternate_label=alternate_label(link.relation),
        doi=link.doi,
        url=link_address(link),
    )


def _of_item(hub: Hub, place: _Place, item: Item) -> LinkedResource:
    return LinkedResource(
        property=place.property,
        direction=place.direction,
        item=item.id,
        title=item.title[0].value if item.title else None,
        alternate_label=alternate_label(place.property),
        type=item.resource_type[0].label if item.resource_type else None,
        doi=item.doi,
        url=item_address(item.id, hub.public_url),
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
