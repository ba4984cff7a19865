"""Items as readers see them, put together from their records."""

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Select, Text, bindparam, func, select

from harvester.dois.guard import agrees
from harvester.item import SCHEMA, Citation, Item, Metadata, Provenance
from harvester.store.connection import Store
from harvester.store.dois import read_registered
from harvester.store.gone import IS_GONE
from harvester.store.membership import among
from harvester.store.tables import edits, items, records
from harvester.styles.apa import write_apa
from harvester.works.editing import Edit, apply_edits
from harvester.works.precedence import Source, merge, rank_format

CHUNK: Final = 500
ENCODER: Final = msgspec.json.Encoder()
ITEM_DECODER: Final = msgspec.json.Decoder(Item)
METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)
SETS_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])
VALUES_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])
NO_REGISTRY: Final[Mapping[str, Metadata]] = {}
NOTHING: Final = ENCODER.encode(Metadata())


class ItemRow(Struct, frozen=True, gc=False):
    """An item as it is stored; `changed` in seconds since 1970."""

    id: str
    version: int
    deleted: bool
    changed: float
    hidden: bool
    merged_into: str | None


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
    doi: str | None = None


class Whole(Struct, frozen=True):
    """An item with all that describes it: live records, the richest first, what agencies say, edits in force."""

    item: Item
    live: list[Part]
    registered: dict[str, Metadata]
    edits: list[Edit]


ITEM_COLUMNS: Final = tuple(items.c[name] for name in ItemRow.__struct_fields__)
PART_COLUMNS: Final = tuple(records.c[name] for name in Part.__struct_fields__)
EDIT_COLUMNS: Final = (edits.c.item_id, edits.c.property, edits.c.said, edits.c.author, edits.c.reason, edits.c.at)
THIS: Final = bindparam("this_id", type_=Text)
"""Statements on one item are constants: to build and to look up those of an item page took half of its time."""
THIS_ROW: Final = select(*ITEM_COLUMNS).where(items.c.id == THIS)
THIS_PARTS: Final = select(*PART_COLUMNS).where(records.c.item_id == THIS)
THIS_EDITS: Final = select(*EDIT_COLUMNS).where(edits.c.item_id == THIS, edits.c.revoked == 0).order_by(edits.c.id)
THIS_FOLLOWERS: Final = select(items.c.id).where(items.c.merged_into == THIS).order_by(items.c.id)
THIS_MERGED: Final = select(items.c.id, items.c.merged_into, items.c.deleted).where(items.c.merged_into == THIS)


def get_item(store: Store, item_id: str) -> Item | None:
    """Give an item, also one that is deleted; None where there has never been one of this id."""
    whole = get_whole(store, item_id)
    return None if whole is None else whole.item


def get_whole(store: Store, item_id: str) -> Whole | None:
    """Give an item with all that describes it, otherwise as `get_item`."""
    with store.connect() as connection:
        return read_whole(connection, item_id)


def iter_items(store: Store, *, after_id: str = "") -> Iterator[Item]:
    """Yield all items, deleted ones too, in order of id; those after `after_id` where given.

    Read in chunks: an item that changes meanwhile is given as it is when its chunk is read.
    """
    for chunk in iter_contents(store, after_id=after_id, limit=CHUNK):
        for item, _ in chunk:
            yield item


def iter_contents(store: Store, *, after_id: str = "", limit: int) -> Iterator[list[tuple[Item, bytes]]]:
    """Yield all items with the JSON of each, `limit` at once; otherwise as `iter_items`."""
    while True:
        ids = select(items.c.id).where(items.c.id > after_id).order_by(items.c.id).limit(limit)
        with store.connect() as connection:
            chunk = read_contents(connection, ids)
        if not chunk:
            return
        yield chunk
        after_id = chunk[-1][0].id


def contents_of(store: Store, item_ids: Sequence[str]) -> list[tuple[Item, bytes]]:
    """Give those of some items that there are, with the JSON of each, in order of id."""
    with store.connect() as connection:
        return read_contents(connection, select(items.c.id).where(among(connection, items.c.id, item_ids)))


def list_parts(store: Store, item_id: str) -> list[str]:
    """Give the ids of the items that are merged into an item, in order."""
    with store.connect() as connection:
        return list(connection.execute(THIS_FOLLOWERS, {THIS.key: item_id}).scalars())


def find_items(store: Store, identifier: str) -> list[str]:
    """Give the ids of the items that records of this OAI identifier belong to, one for each repository."""
    with store.connect() as connection:
        found = select(items.c.id).where(items.c.identifier == identifier).order_by(items.c.id)
        return list(connection.execute(found).scalars())


def count_items(store: Store) -> tuple[int, int]:
    """Count the items that are live, and those that are not: deleted, taken down, or merged into another."""
    with store.connect() as connection:
        counted = select(IS_GONE, func.count()).group_by(IS_GONE)
        counts = {row[0]: row[1] for row in connection.execute(counted)}
    return counts.get(False, 0), counts.get(True, 0)


def read_items(connection: Connection, ids: Select[tuple[str]]) -> list[Item]:
    """Give the items of a selection of ids, in order of id."""
    return [item for item, _ in read_contents(connection, ids)]


def read_contents(connection: Connection, ids: Select[tuple[str]]) -> list[tuple[Item, bytes]]:
    """Give the items of a selection of ids with the JSON of each, in order of id."""
    chosen = select(ids.subquery())
    parts: dict[str, list[Part]] = {}
    for row in connection.execute(select(*PART_COLUMNS).where(records.c.item_id.in_(chosen))).all():
        parts.setdefault(row[0], []).append(Part(*row))
    edited = _read_edits(connection, chosen)
    merged = select(items.c.id, items.c.merged_into, items.c.deleted).where(items.c.merged_into.in_(chosen))
    _add_merged(connection, connection.execute(merged).all(), parts, edited)
    registered = _read_registered(connection, parts)
    found = connection.execute(select(*ITEM_COLUMNS).where(items.c.id.in_(chosen)).order_by(items.c.id)).all()
    return [assemble(ItemRow(*row), parts.get(row[0], ()), edited.get(row[0], ()), registered) for row in found]


def read_alone(connection: Connection, ids: Select[tuple[str]]) -> dict[str, bytes]:
    """Give what the records of each item say by themselves, without people's edits or other items of its work."""
    live = records.c.item_id.in_(ids), ~records.c.deleted
    rows = connection.execute(select(records.c.item_id, records.c.metadata).where(*live)).all()
    alone = {row[0]: row[1] for row in rows}
    if len(alone) == len(rows):  # as nearly always: one record each
        return alone
    counted = Counter(row[0] for row in rows)
    several = sorted(item_id for item_id, count in counted.items() if count > 1)
    parts: dict[str, list[Part]] = {}
    among_several = among(connection, records.c.item_id, several), ~records.c.deleted
    for row in connection.execute(select(*PART_COLUMNS).where(*among_several)).all():
        parts.setdefault(row[0], []).append(Part(*row))
    merged = {key: merge([_source(part) for part in sorted(own, key=rank_part)]) for key, own in parts.items()}
    return alone | {item_id: ENCODER.encode(said) for item_id, said in merged.items()}


def _add_merged(
    connection: Connection,
    found: Sequence[Any],
    parts: dict[str, list[Part]],
    edited: dict[str, list[Edit]],
) -> None:
    """Add to the parts and edits of leading items those of the items that are merged into them (id, lead, deleted).

    Of one that is deleted only the edits: it is known for its id alone, and what people said of the work holds.
    """
    if not found:
        return
    lead_of = {row[0]: row[1] for row in found}
    theirs = among(connection, records.c.item_id, sorted(row[0] for row in found if not row[2]))
    for row in connection.execute(select(*PART_COLUMNS).where(theirs)).all():
        parts.setdefault(lead_of[row[0]], []).append(Part(*row))
    ids = select(items.c.id).where(among(connection, items.c.id, sorted(lead_of)))
    for item_id, more in _read_edits(connection, ids).items():
        lead = lead_of[item_id]
        edited[lead] = sorted([*edited.get(lead, []), *more], key=lambda edit: edit.at)


def read_whole(connection: Connection, item_id: str) -> Whole | None:
    """Give an item, also one that is deleted, with all that describes it; None where there has never been one."""
    this = {THIS.key: item_id}
    row = connection.execute(THIS_ROW, this).one_or_none()
    if row is None:
        return None
    parts = {item_id: [Part(*own) for own in connection.execute(THIS_PARTS, this).all()]}
    edited = _edits_by_item(connection.execute(THIS_EDITS, this).all())
    _add_merged(connection, connection.execute(THIS_MERGED, this).all(), parts, edited)
    registered = _read_registered(connection, parts)
    said = edited.get(item_id, [])
    item, _ = assemble(ItemRow(*row), parts[item_id], said, registered)
    live = [part for part in sorted(parts[item_id], key=rank_part) if not part.deleted]
    return Whole(item, live, registered, said)


def assemble(
    item: ItemRow,
    parts: Sequence[Part],
    edited: Sequence[Edit] = (),
    registered: Mapping[str, Metadata] = NO_REGISTRY,
) -> tuple[Item, bytes]:
    """Put an item and its JSON together from its row, those of its records, and people's edits (the oldest first).

    One live record gives its metadata; of several, or where an agency has `registered` its DOI for the same work, the
    table of precedence says which gives which field. A citation that nobody wrote is written from the whole.
    """
    ranked = sorted(parts, key=rank_part) if len(parts) > 1 else parts
    bare = Item(
        id=item.id,
        schema=SCHEMA,
        version=item.version,
        deleted=item.deleted or item.hidden or item.merged_into is not None,
        merged_into=item.merged_into,
        harvested=_utc(int(item.changed)),
        provenance=tuple([said_of_part(part) for part in ranked]),
    )
    own = ENCODER.encode(bare)  # what is empty is not written, so this is the end of the whole
    live = [part for part in ranked if not part.deleted]
    if bare.deleted or not live:
        return bare, own
    if len(live) == 1 and not edited and live[0].doi not in registered:
        said = live[0].metadata
    else:
        said = ENCODER.encode(apply_edits(merge(sources_of(live, registered)), edited))
    return (bare, own) if said == NOTHING else _join(said, own)


def _join(said: bytes, own: bytes) -> tuple[Item, bytes]:
    """Give an item of what is said of a work and what is our own, with our citation where no repository wrote one."""
    content = b"%b,%b" % (said[:-1], own[1:])
    item = ITEM_DECODER.decode(content)
    if item.citation is not None or not (text := write_apa(item)):
        return item, content
    citation = Citation(text, "generated")
    content = b'%b,"citation":%b,%b' % (said[:-1], ENCODER.encode(citation), own[1:])
    return structs.replace(item, citation=citation), content


def _read_edits(connection: Connection, chosen: Select[tuple[str]]) -> dict[str, list[Edit]]:
    """Give the edits in force of some items, by item, the oldest first."""
    mine = select(*EDIT_COLUMNS).where(edits.c.item_id.in_(chosen), edits.c.revoked == 0).order_by(edits.c.id)
    return _edits_by_item(connection.execute(mine).all())


def _edits_by_item(rows: Sequence[Any]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for item_id, name, said, author, reason, at in rows:
        values = VALUES_DECODER.decode(said)
        found.setdefault(item_id, []).append(Edit(property=name, values=values, author=author, reason=reason, at=at))
    return found


def _read_registered(connection: Connection, parts: Mapping[str, Sequence[Part]]) -> dict[str, Metadata]:
    """Give what agencies say of the DOIs of live records."""
    wanted = {part.doi for own in parts.values() for part in own if part.doi is not None and not part.deleted}
    return read_registered(connection, sorted(wanted))


def sources_of(live: Sequence[Part], registered: Mapping[str, Metadata]) -> list[Source]:
    """Give what records say, and agencies of their DOIs, where that is of the work that the record describes."""
    sources = [_source(part) for part in live]
    said: dict[str, Metadata] = {}
    for part, source in zip(live, sources, strict=True):
        if part.doi is not None and part.doi in registered:
            said.setdefault(part.doi, source.metadata)
    agreed = [doi for doi, own in said.items() if agrees(own, registered[doi])]
    return sources + [Source("registry", registered[doi], doi=doi) for doi in sorted(agreed)]


def _source(part: Part) -> Source:
    return Source("record", METADATA_DECODER.decode(part.metadata), record=said_of_part(part))


@functools.lru_cache(maxsize=256)  # all items of a page have one time
def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z"


def rank_part(part: Part) -> tuple[int, str, str, str]:
    """Give the place of a record among those of its item: what says most comes first."""
    return rank_format(part.metadata_prefix), part.metadata_prefix, part.endpoint, part.identifier


def said_of_part(part: Part) -> Provenance:
    """Give where a record is from."""
    return Provenance(
        endpoint=part.endpoint,
        metadata_prefix=part.metadata_prefix,
        identifier=part.identifier,
        datestamp=part.datestamp,
        sets=SETS_DECODER.decode(part.sets),
        deleted=part.deleted,
        page=f"{part.run}/{part.number}",
    )
