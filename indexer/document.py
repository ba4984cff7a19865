"""Item to document: what the index holds of an item."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from harvester.item import Item
from harvester.values.dates import date_bounds
from harvester.works.keys import Work, title_key
from indexer.fields import FIELDS, LINKED, MAX_VALUE_CHARACTERS, clean_value, cut_value, link_value, strip_value
from indexer.query import Choice
from indexer.tokens import SEPARATOR, fold, token_text

MAX_TITLE_KEY_CHARACTERS: Final = 100

KEY_SEPARATOR: Final = "\x1f"
"""Stands between a sort value and the id; lower than any character of a value, so that prefixes come first."""

CHOICE_SEPARATOR: Final = "\x1f"
"""Stands between the parts of a choice."""

RANDOM_BYTES: Final = 8

_ENCODER: Final = msgspec.json.Encoder()
_SEARCHED: Final = tuple(field.name for field in FIELDS.values() if field.searched)
_SUGGESTED: Final = tuple(field.name for field in FIELDS.values() if field.suggested)
_COUNTED: Final = frozenset(field.name for field in FIELDS.values() if field.facet)
_READERS: Final = tuple((name, field.read) for name, field in FIELDS.items())
_UNLINKED_READERS: Final = tuple((name, read) for name, read in _READERS if name not in LINKED)
_DAY_SHIFT: Final = 10**9
_AFTER_ALL_DAYS: Final = "~"
_BEFORE_ALL_DAYS: Final = "!"
_AFTER_ALL_TITLES: Final = "\U0010fffd"


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One item as the engines index it; a deleted item is a tombstone with id, version and deleted only.

    words: the tokens (of `indexer.tokens`, joined by blanks) of each searched property, in full; text: those of all
    properties together, undeclared ones too. choices: values that are offered while a person types: folded, then the
    property, then as they are. work: what versions of one work share, an item's own id where nothing tells.
    props: declared properties by name; extra: all others; values are cut to 1,000 characters. present: the names of
    both.
    date_from, date_to: first and last day of the date, year * 10000 + month * 100 + day; year: of the first day;
    harvested: day likewise.
    order: unique sort keys (value, then id) by sort name; `random` is one that says nothing. item: the item's JSON.
    """

    id: str
    version: int
    deleted: bool = False
    words: dict[str, str] = {}
    text: str = ""
    props: dict[str, tuple[str, ...]] = {}
    extra: dict[str, tuple[str, ...]] = {}
    present: tuple[str, ...] = ()
    date_from: int | None = None
    date_to: int | None = None
    year: int | None = None
    harvested: int | None = None
    choices: tuple[str, ...] = ()
    work: str = ""
    order: dict[str, str] = {}
    item: Raw = Raw(b"{}")


def to_document(item: Item, content: bytes | None = None) -> Document:
    """Give the document of an item; a deleted item gives its tombstone. `content` is its JSON, where that is known."""
    if item.deleted:
        return Document(id=item.id, version=item.version, deleted=True)
    values = _values(item)
    words = {name: token_text(values[name]) for name in _SEARCHED if name in values}
    others = token_text(value for name, found in values.items() if name not in FIELDS for value in found)
    bounds = date_bounds(item.date.edtf) if item.date and item.date.edtf else None
    return Document(
        id=item.id,
        version=item.version,
        words=words,
        text=f" {SEPARATOR} ".join(part for part in (*words.values(), others) if part),
        props={name: _cut(found) for name, found in values.items() if name in _COUNTED},
        extra={name: _cut(found) for name, found in values.items() if name not in FIELDS},
        present=tuple(values),
        date_from=bounds[0] if bounds else None,
        date_to=bounds[1] if bounds else None,
        year=item.date.year if item.date else None,
        harvested=int(item.harvested[:10].replace("-", "")),
        choices=tuple(_choices(values)),
        work=_work(item),
        order=_order(item, bounds, words.get("title", "")),
        item=Raw(_ENCODER.encode(item) if content is None else content),
    )


def encode(document: Document) -> bytes:
    """Give a document's JSON on one line: what Elasticsearch takes."""
    return _ENCODER.encode(document)


def read_choice(choice: str, count: int) -> Choice:
    """Give a choice as it is offered, from what the document holds."""
    _, name, value = choice.split(CHOICE_SEPARATOR)
    return Choice(name, value, count)


def _choices(values: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name in _SUGGESTED:
        for value in _cut(values.get(name, ())):
            if CHOICE_SEPARATOR not in value:
                yield CHOICE_SEPARATOR.join((fold(value), name, value))


def _work(item: Item) -> str:
    work = Work(
        title=tuple(item.title),
        creator=tuple(item.creator),
        resource_type=tuple(item.resource_type),
    )
    return title_key(work) or item.id


def _values(item: Item) -> dict[str, tuple[str, ...]]:
    """Give every property that has a value, declared ones first, in the order of the table."""
    found: dict[str, tuple[str, ...]] = {}
    for name, read in _READERS if item.links else _UNLINKED_READERS:
        values = read(item)
        if values and (cleaned := _clean(values)):
            found[name] = cleaned
    for link in item.links:
        if link.relation not in LINKED:
            _add(found, link.relation, (link_value(link),))
    for name, values in item.extra.items():
        _add(found, name, values)
    return found


def _add(found: dict[str, tuple[str, ...]], name: str, values: Sequence[str]) -> None:
    """Add values of an undeclared property to those that it may have already."""
    name = clean_value(name)
    cleaned = _clean((*found.get(name, ()), *values))
    if name and cleaned:
        found[name] = cleaned


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    """Strip values; empty ones and repetitions are dropped."""
    if len(values) == 1:  # as most are
        value = strip_value(values[0])
        return (value,) if value else ()
    kept = dict.fromkeys(map(strip_value, values))
    kept.pop("", None)
    return tuple(kept)


def _cut(values: tuple[str, ...]) -> tuple[str, ...]:
    """Cut values to the length in which they are filtered and counted."""
    if all(len(value) <= MAX_VALUE_CHARACTERS for value in values):  # as nearly all
        return values
    return tuple(dict.fromkeys(map(cut_value, values)))


def _order(item: Item, bounds: tuple[int, int] | None, title: str) -> dict[str, str]:
    """Give the sort keys.

    An item without a date or title stands last; `date_desc` is the date key for the descending order, so that it does
    there too.
    """
    tail = KEY_SEPARATOR + item.id
    day = _day_key(bounds[0]) if bounds else ""
    first_title = title.partition(SEPARATOR)[0].rstrip()[:MAX_TITLE_KEY_CHARACTERS]
    return {
        "date": (day or _AFTER_ALL_DAYS) + tail,
        "date_desc": (day or _BEFORE_ALL_DAYS) + tail,
        "title": (first_title or _AFTER_ALL_TITLES) + tail,
        "harvested": item.harvested + tail,
        "random": hashlib.blake2b(item.id.encode(), digest_size=RANDOM_BYTES).hexdigest() + tail,
    }


def _day_key(day: int) -> str:
    """Give a day as text that sorts as its number does, negative years too."""
    return f"{min(max(day + _DAY_SHIFT, 0), 10 * _DAY_SHIFT - 1):010d}"
