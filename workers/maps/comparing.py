"""What two mappings make of the same archived records: how each property is filled, and which values differ.

Each record is parsed once and read by both; what both read alike is normalised only once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Final, cast

from msgspec import Struct, field

from harvester.crosswalk.any_reading import mapping_for, read_any
from harvester.crosswalk.json_reading import JsonMetadataError
from harvester.crosswalk.normalize import compose
from harvester.crosswalk.sharing import Parts
from harvester.errors import HarvestError
from harvester.item import Item, Metadata
from harvester.parsing.archived import number_entries, parse_archived, parse_entry
from harvester.parsing.record import Record, RecordError
from indexer.fields import FIELDS, LINKED, link_value

Values = dict[str, tuple[str, ...]]
Facets = dict[str, Counter[str]]

OF_THE_STORE: Final = frozenset({"endpoint", "set", "metadata_prefix", "record_identifier", "harvested"})
COUNTED: Final = (
    *("resource_type", "resource_status", "genre", "access", "rights", "language", "year"),
    *("funder", "publisher", "container", "quality"),
)
"""The properties whose values are counted as a facet would count them: few values, many items each."""
EXAMPLES: Final = 3
FEW: Final = 16
"""Values of a property that are sooner looked through than counted."""
READERS: Final[dict[str, Callable[[Item], Collection[str]]]] = {
    **{name: field.read for name, field in FIELDS.items() if name not in OF_THE_STORE | LINKED},
    "creator_role": lambda item: [agent.role for agent in item.creator if agent.role],
    "contributor_role": lambda item: [agent.role for agent in item.contributor if agent.role],
    "affiliation": lambda item: [where.name for agent in item.creator for where in agent.affiliation],
    "orcid": lambda item: [agent.orcid for agent in item.creator if agent.orcid],
    "other_date": lambda item: [date.edtf or date.literal for date in item.dates],
}
"""What is compared: what can be filtered by, and some parts of it that cannot."""


class Compared(Struct, frozen=True):
    """One record by both mappings: its properties before and after (the same object where none differs).

    `in_detail`: it differs in more than these, such as literals, kinds and languages of texts.
    """

    identifier: str
    before: Values
    after: Values
    in_detail: bool = False


class Example(Struct, frozen=True):
    """What one record had of a property, and has."""

    identifier: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Shift(Struct):
    """What becomes of one property.

    `before` and `after` count the records that have it; `gained`, `lost` and `changed` those that had none and have
    some, that had some and have none, and that have others; `values_gained` and `values_lost` count values.
    """

    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0
    changed: int = 0
    values_gained: int = 0
    values_lost: int = 0
    examples: list[Example] = field(default_factory=list)


class Comparison(Struct):
    """What two mappings make of many records.

    `differing` are the records of which some property differs, `in_detail` those of which only something differs that
    is no property (literals, kinds, languages of texts), `unusable` those that one of both can make nothing
    of, `damaged` the pages that could not be read.
    """

    records: int = 0
    differing: int = 0
    in_detail: int = 0
    unusable: int = 0
    damaged: list[str] = field(default_factory=list)
    properties: dict[str, Shift] = field(default_factory=dict)
    facets: Facets = field(default_factory=dict)
    facet_changes: Facets = field(default_factory=dict)


def iter_records(body: bytes, identifiers: Collection[str]) -> Iterator[Record]:
    """Yield the records of an archived page that are among the identifiers, each once. Raises: HarvestError."""
    wanted = set(identifiers)
    for _, entry in number_entries(parse_archived(body)):
        try:
            record = parse_entry(entry)
        except RecordError:  # set aside: it is no record of the store
            continue
        if record.identifier in wanted and record.metadata is not None:
            wanted.discard(record.identifier)
            yield record


def compare_record(record: Record, metadata_prefix: str, before: str, after: str) -> Compared | None:
    """Give a record by two mappings (texts as an endpoint keeps them); None where one makes nothing of it."""
    metadata = record.metadata
    if metadata is None:
        return None
    old, new = (mapping_for(metadata, metadata_prefix, text) for text in (before, after))
    try:
        read = read_any(old, metadata)
        other = read if old is new else read_any(new, metadata)
    except JsonMetadataError:
        return None
    if not (read.targets or read.extra) or not (other.targets or other.extra):
        return None
    if old.name == new.name and read == other:
        values = values_of(compose(read, old.name))
        return Compared(record.identifier, values, values)
    parts = Parts()
    first, second = compose(read, old.name, parts), compose(other, new.name, parts)
    values = values_of(first)
    if first == second:
        return Compared(record.identifier, values, values)
    others = values_of(second)
    return Compared(record.identifier, values, values if values == others else others, in_detail=values == others)


def values_of(metadata: Metadata) -> Values:
    """Give the values of each property that metadata has, as they are filtered by, by the property's name."""
    item = cast("Item", metadata)  # what is asked of it here, metadata has as well
    found = {name: tuple(values) for name, read in READERS.items() if (values := read(item)) and any(values)}
    relations: dict[str, tuple[str, ...]] = {}
    for link in metadata.links:
        relations[link.relation] = (*relations.get(link.relation, ()), link_value(link))
    return {**found, **relations, **metadata.extra}


def compare_page(
    body: bytes, metadata_prefix: str, identifiers: Collection[str], before: str, after: str
) -> Comparison:
    """Compare all records of a page that are among the identifiers."""
    result = Comparison()
    try:
        for record in iter_records(body, identifiers):
            compared = compare_record(record, metadata_prefix, before, after)
            result.records += 1
            if compared is None:
                result.unusable += 1
            else:
                count(result, compared)
    except HarvestError as error:
        result.damaged.append(str(error))
    return result


def count(result: Comparison, compared: Compared) -> None:
    """Add a record to a comparison."""
    before, after = compared.before, compared.after
    shifts = result.properties
    for name in before:
        shift = shifts.get(name) or shifts.setdefault(name, Shift())
        shift.before += 1
        shift.after += name in after
    _count_facets(result.facets, before)
    result.in_detail += compared.in_detail
    if before is after:
        return
    result.differing += 1
    for name, had in before.items():
        if after.get(name) != had:
            _count_difference(result, compared, name)
    for name in after.keys() - before.keys():
        _count_difference(result, compared, name)


def _count_facets(facets: Facets, values: Values) -> None:
    for name in COUNTED:
        if name in values:
            counter = facets.get(name) or facets.setdefault(name, Counter())
            for value in set(values[name]) if len(values[name]) > 1 else values[name]:
                counter[value] += 1


def _count_difference(result: Comparison, compared: Compared, name: str) -> None:
    shift = result.properties.get(name) or result.properties.setdefault(name, Shift())
    before, after = compared.before.get(name, ()), compared.after.get(name, ())
    if not before:
        shift.after += 1
        shift.gained += 1
    elif not after:
        shift.lost += 1
    else:
        shift.changed += 1
    gained, lost = _differing(before, after)
    shift.values_gained += gained
    shift.values_lost += lost
    if name in COUNTED:
        counter = result.facet_changes.setdefault(name, Counter())
        counter.update(set(after))
        counter.subtract(set(before))
    if len(shift.examples) < EXAMPLES:
        shift.examples.append(Example(compared.identifier, before, after))


def _differing(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[int, int]:
    """Count the values that are only after and those that are only before, each as often as it stands there."""
    if not before or not after:
        return len(after), len(before)
    if len(before) > FEW:
        had, has = Counter(before), Counter(after)
        return (has - had).total(), (had - has).total()
    left = list(after)
    for value in before:
        if value in left:
            left.remove(value)
    return len(left), len(before) - (len(after) - len(left))


def add_up(total: Comparison, part: Comparison) -> None:
    """Add the comparison of a page to that of all pages before it."""
    total.records += part.records
    total.differing += part.differing
    total.in_detail += part.in_detail
    total.unusable += part.unusable
    total.damaged += part.damaged
    for name, shift in part.properties.items():
        kept = total.properties.setdefault(name, Shift())
        for number in ("before", "after", "gained", "lost", "changed", "values_gained", "values_lost"):
            setattr(kept, number, getattr(kept, number) + getattr(shift, number))
        kept.examples = (kept.examples + shift.examples)[:EXAMPLES]
    for whole, of_page in (
        (total.facets, part.facets),
        (total.facet_changes, part.facet_changes),
    ):
        for name, counter in of_page.items():
            whole.setdefault(name, Counter()).update(counter)


def facet_shifts(result: Comparison) -> dict[str, list[tuple[str, int, int]]]:
    """Give the facet values whose counts differ, by property: value, count before and after, greatest shift first."""
    shifts = {}
    for name in COUNTED:
        before, changes = (facets.get(name, Counter()) for facets in (result.facets, result.facet_changes))
        differing = [(value, before[value], before[value] + more) for value, more in changes.items() if more]
        if differing:
            shifts[name] = sorted(differing, key=lambda shift: (-abs(shift[2] - shift[1]), shift[0]))
    return shifts
