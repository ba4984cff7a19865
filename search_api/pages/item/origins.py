"""Which source says each property of an item: its records, a DOI's registry, people, or this hub itself."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from harvester.item import Provenance
from harvester.store.endpoints import endpoint_labels
from harvester.store.items import Whole
from harvester.store.works.explaining import ExplainedField, Explanation, Voice
from harvester.works.editing import field_of
from search_api.handlers import explain_publicly
from search_api.hub import Hub
from search_api.languages import N_, _
from search_api.pages.markup import Html, element, join
from search_api.render import item_path

WAYS: Final = {
    "citation": N_("taken from its citation"),
    "address": N_("taken from its address"),
    "contributor": N_("named there as a contributor"),
    "inferred": N_("inferred from the rest of its record"),
}
"""How a record says a value, where that is not the element of its own."""
WRITTEN_HERE: Final = N_("Written by this hub from its other properties")


class Origins(Struct, frozen=True):
    """The sources of an item: its records first, the names of all, and by field the places of those that say it.

    `ways` are how a field is said where that is not as usual. `differ` tells whether there are several sources, so that
    it matters which says what; this hub, which writes citations, is none of them.
    """

    item_id: str
    records: tuple[Provenance, ...]
    names: tuple[str, ...]
    numbers: dict[str, tuple[int, ...]]
    ways: dict[str, str]
    explanation: Explanation
    differ: bool


def read_origins(hub: Hub, whole: Whole) -> Origins:
    """Read who says what of an item."""
    item, told = whole.item, explain_publicly(whole)
    labels = endpoint_labels(hub.store, sorted({one.endpoint for one in item.provenance}))
    names = [labels.get(one.endpoint) or one.endpoint for one in item.provenance]
    places: dict[object, int] = {_key(one): number for number, one in enumerate(item.provenance)}
    numbers: dict[str, tuple[int, ...]] = {}
    for field in told.fields:
        for voice in field.said_by:
            if voice.kind != "record" and _key(voice) not in places:
                places[_key(voice)] = len(names)
                names.append(name_of(voice, {}))
        numbers[field.name] = tuple(dict.fromkeys(places[_key(one)] for one in field.said_by if _key(one) in places))
    differ = len({number for said in numbers.values() for number in said}) > 1
    if item.citation is not None and item.citation.origin == "generated":
        numbers["citation"] = (len(names),)
        names.append(_(WRITTEN_HERE))
    ways = {field.name: way for field in told.fields if (way := _way(field))}
    return Origins(item.id, item.provenance, tuple(names), numbers, ways, told, differ)


def name_of(voice: Voice, labels: dict[str, str]) -> str:
    """Give what a source is called."""
    if voice.kind == "record":
        return labels.get(voice.endpoint) or voice.endpoint
    if voice.kind == "registry":
        return _("The registry of DOI {doi}").format(doi=voice.doi)
    return _("An editor of this hub")


def mark(origins: Origins, name: str) -> tuple[str, ...]:
    """Give the numbers of the sources of a property, each a way to more; nothing where all is from one source."""
    field = field_of(name)
    numbers, way = origins.numbers.get(field, ()), origins.ways.get(field, "")
    if not numbers or not (origins.differ or way or numbers[0] >= len(origins.records)):
        return ()
    return " ", element("sup", join(*_marks(origins, field, numbers, way), between=" "))


def _marks(origins: Origins, field: str, numbers: Sequence[int], way: str) -> Iterable[Html]:
    for number in numbers:
        name = origins.names[number]
        said = _("Source: {name}").format(name=name)
        if way:
            said = _("Source: {name}, {way}").format(name=name, way=way)
        link = f"{item_path(origins.item_id)}/sources#{field}"
        yield element("a", str(number + 1), href=link, title=said, aria_label=said)


def _key(one: Provenance | Voice) -> object:
    if isinstance(one, Voice) and one.kind != "record":
        return (one.kind, one.doi)
    return (one.endpoint, one.metadata_prefix, one.identifier)


def _way(field: ExplainedField) -> str:
    ways = (_(WAYS[voice.origin]) for voice in field.said_by if voice.origin in WAYS)
    return next(ways, "")
