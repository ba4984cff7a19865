"""Items as readers see them, put together from their records."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from harvester.item import SCHEMA, Citation, Identifier, Item, Metadata, Provenance, Subject
from harvester.store.connection import Store
from harvester.store.tables import items, records
from harvester.styles.apa import write_apa

FORMATS: Final = ("oai_datacite", "datacite", "mods", "marcxml", "marc21", "jats", "qdc")
"""metadataPrefixes, the one that says most first; unknown ones come next, oai_dc last."""

UNITED: Final = ("links", "quality", "identifier", "subject")
CHUNK: Final = 500
ENCODER: Final = msgspec.json.Encoder()
ITEM_DECODER: Final = msgspec.json.Decoder(Item)
METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)
SETS_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])
FIELDS: Final = Metadata.__struct_fields__
EMPTY: Final = Metadata()
NOTHING: Final = ENCODER.encode(EMPTY)
CITED: Final = b'"citation":{'  # nowhere else: quotes inside a text are escaped, and no other property is an object


class ItemRow(Struct, frozen=True, gc=False):
    """An item as it is stored; `changed` in seconds since 1970."""

    id: str
    version: int
    deleted: bool
    changed: float


class Part(Struct, frozen=True, gc=False):
    """A record of an item as it is stored: `sets` and `metadata` are JSON, `metadata` is empty when deleted."""

    item_id: str
    endpoint: str
    metadata_prefix: str
    identifier: str
    datestamp: str
    sets: str
    deleted: bool
    run: int
    number: int
    metadata: bytes


ITEM_COLUMNS: Final = tuple(items.c[name] for name in ItemRow.__struct_fields__)
PART_COLUMNS: Final = tuple(records.c[name] for name in Part.__struct_fields__)


def get_item(store: Store, item_id: str) -> Item | None:
    """Give an item, also one that is deleted; None where there has never been one of this id."""
    with store.connect() as connection:
        return next(iter(read_items(connection, select(items.c.id).where(items.c.id == item_id))), None)


def iter_items(store: Store, *, after_id: str = "") -> Iterator[Item]:
    """Yield all items, deleted ones too, in order of id; those after `after_id` where given.

    Read in chunks: an item that changes meanwhile is given as it is when its chunk is read.
    """
    while True:
        ids = select(items.c.id).where(items.c.id > after_id).order_by(items.c.id).limit(CHUNK)
        with store.connect() as connection:
            chunk = read_items(connection, ids)
        if not chunk:
            return
        yield from chunk
        after_id = chunk[-1].id


def find_items(store: Store, identifier: str) -> list[str]:
    """Give the ids of the items that records of this OAI identifier belong to, one for each repository."""
    with store.connect() as connection:
        found = select(items.c.id).where(items.c.identifier == identifier).order_by(items.c.id)
        return list(connection.execute(found).scalars())


def count_items(store: Store) -> tuple[int, int]:
    """Count the items that are live, and those that are deleted."""
    with store.connect() as connection:
        counted = select(items.c.deleted, func.count()).group_by(items.c.deleted)
        counts = {row[0]: row[1] for row in connection.execute(counted)}
    return counts.get(False, 0), counts.get(True, 0)


def read_items(connection: Connection, ids: Select[tuple[str]]) -> list[Item]:
    """Give the items of a selection of ids, in order of id."""
    return [ITEM_DECODER.decode(content) for content in read_contents(connection, ids)]


def read_contents(connection: Connection, ids: Select[tuple[str]]) -> list[bytes]:
    """Give the JSON of the items of a selection of ids, in order of id."""
    chosen = select(ids.subquery())
    parts: dict[str, list[Part]] = {}
    for row in connection.execute(select(*PART_COLUMNS).where(records.c.item_id.in_(chosen))).all():
        parts.setdefault(row[0], []).append(Part(*row))
    found = connection.execute(select(*ITEM_COLUMNS).where(items.c.id.in_(chosen)).order_by(items.c.id)).all()
    return [assemble(ItemRow(*row), parts.get(row[0], ())) for row in found]


def assemble(item: ItemRow, parts: Sequence[Part]) -> bytes:
    """Put the JSON of an item together from its row and those of its records.

    One live record gives its metadata. Of several, the richest format that has a field gives it; links, extra
    properties, quality, identifiers and subjects are united. A citation that no record has is written from the whole.
    """
    ranked = sorted(parts, key=_rank) if len(parts) > 1 else parts
    own = ENCODER.encode(  # what is empty is not written, so this is the end of the whole
        Item(
            id=item.id,
            schema=SCHEMA,
            version=item.version,
            deleted=item.deleted,
            harvested=_utc(int(item.changed)),
            provenance=tuple(_provenance(part) for part in ranked),
        )
    )
    live = [part.metadata for part in ranked if not part.deleted]
    said = live[0] if len(live) == 1 else ENCODER.encode(_merge([METADATA_DECODER.decode(text) for text in live]))
    return own if said == NOTHING else b"%b,%b" % (_cite(said)[:-1], own[1:])


def _cite(said: bytes) -> bytes:
    """Add our own citation to the JSON of a work for which no repository wrote one."""
    if CITED in said:
        return said
    text = write_apa(METADATA_DECODER.decode(said))
    return b'%b,"citation":%b}' % (said[:-1], ENCODER.encode(Citation(text, "generated"))) if text else said


@functools.lru_cache(maxsize=256)  # all items of a page have one time
def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def _rank(part: Part) -> tuple[int, str, str, str]:
    prefix = part.metadata_prefix
    unknown = len(FORMATS)
    place = unknown + 1 if prefix == "oai_dc" else FORMATS.index(prefix) if prefix in FORMATS else unknown
    return place, prefix, part.endpoint, part.identifier


def _provenance(part: Part) -> Provenance:
    return Provenance(
        endpoint=part.endpoint,
        metadata_prefix=part.metadata_prefix,
        identifier=part.identifier,
        datestamp=part.datestamp,
        sets=SETS_DECODER.decode(part.sets),
        deleted=part.deleted,
        page=f"{part.run}/{part.number}",
    )


def _merge(parts: Sequence[Metadata]) -> Metadata:
    """Join the metadata of several records, the richest first."""
    values: dict[str, Any] = {}
    for name in FIELDS:
        given = [getattr(part, name) for part in parts]
        if name in UNITED:
            values[name] = _unite(given)
        elif name == "extra":
            names = dict.fromkeys(key for extra in given for key in extra)
            values[name] = {key: _unite(extra.get(key, ()) for extra in given) for key in names}
        elif name != "origin":
            values[name] = next((value for value in given if value), getattr(EMPTY, name))
    return Metadata(**values, origin=_origin(parts))


def _unite(given: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """Join the values of several records, the richest first; what a later one only repeats is left out."""
    united: list[Any] = []
    for values in given:
        fresh = [value for value in dict.fromkeys(values) if not any(_repeats(value, before) for before in united)]
        united += fresh
    return tuple(united)


def _repeats(value: object, before: object) -> bool:
    """Tell whether a value says nothing that a richer record has not said in its form of it."""
    match value, before:
        case Subject(), Subject():
            return value.value == before.value and value.scheme in {None, before.scheme}
        case Identifier(), Identifier():
            return (value.scheme, value.value) == (before.scheme, before.value)
    return value == before


def _origin(parts: Sequence[Metadata]) -> dict[str, str]:
    """Give a field's origin from the record that gives the field."""
    origin: dict[str, str] = {}
    for name in dict.fromkeys(name for part in parts for name in part.origin):
        giver = next((part for part in parts if getattr(part, name, None)), None)
        if giver is not None and name in giver.origin:
            origin[name] = giver.origin[name]
    return origin
