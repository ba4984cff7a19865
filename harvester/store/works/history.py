"""What became of an item over time: what harvests changed in its records, what people said of it, the newest first.

Of a record that is deleted now nothing is told that it said before: its repository has taken that back. Who edited is
not told either. What DOI registries say is taken as it is now.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from msgspec import Struct, structs
from sqlalchemy import Connection, Select, or_, select, tuple_

from harvester.item import Metadata, Provenance
from harvester.store.connection import Store
from harvester.store.dois import read_registered
from harvester.store.items import (
    METADATA_DECODER,
    PART_COLUMNS,
    VALUES_DECODER,
    Part,
    rank_part,
    said_of_part,
    sources_of,
)
from harvester.store.membership import among
from harvester.store.minting import minted_at
from harvester.store.tables import edits, items, record_versions, records, work_rules
from harvester.works.editing import Edit, apply_edits
from harvester.works.precedence import merge

Kind = Literal["first", "harvest", "withdrawn", "returned", "edit", "undo", "joined", "apart"]

MOST_EVENTS: Final = 200
KEY: Final = ("endpoint", "metadata_prefix", "identifier")
EMPTY: Final = Metadata()


class Event(Struct, frozen=True, kw_only=True):
    """What happened once, at a time in seconds since 1970.

    first: an item of the work came with `record`. harvest: the record said `after` instead of `before`; withdrawn and
    returned: it was deleted, and came back. edit and undo: a person said something of `property`, or it was taken back;
    before and after are what readers saw. joined and apart: a rule on this item and `other`.
    """

    kind: Kind
    at: float
    before: Metadata = EMPTY
    after: Metadata = EMPTY
    record: Provenance | None = None
    property: str = ""
    reason: str = ""
    other: str = ""


class _Past(Struct, frozen=True):
    """A record as it is, and what it said before, the oldest first, each with when it said something else."""

    part: Part
    earlier: tuple[tuple[float, Part], ...]

    def at(self, time_s: float) -> Part:
        """Give what it said at a time, or the oldest of it that is known."""
        return next((said for until, said in self.earlier if until > time_s), self.part)


class _Said(Struct, frozen=True):
    """An edit, and when it was taken back; 0 is never."""

    edit: Edit
    revoked: float

    def holds(self, time_s: float) -> bool:
        """Tell whether it was in force just before a time."""
        return self.edit.at < time_s and (not self.revoked or self.revoked >= time_s)


def list_events(store: Store, item_id: str) -> list[Event]:
    """Give the newest events of a live item that leads its work."""
    with store.connect() as connection:
        members = select(items.c.id, items.c.deleted).where(or_(items.c.id == item_id, items.c.merged_into == item_id))
        rows = connection.execute(members).all()
        ids = [row.id for row in rows]
        past = _read_past(connection, [row.id for row in rows if not row.deleted])
        said = _read_said(connection, ids)
        registered = read_registered(connection, sorted({one.part.doi for one in past if one.part.doi}))
        ruled = _read_rules(connection, ids)

    def shown_at(time_s: float, edited: Iterable[Edit]) -> Metadata:
        live = sorted((part for one in past if not (part := one.at(time_s)).deleted), key=rank_part)
        return apply_edits(merge(sources_of(live, registered)), list(edited))

    found = [*_first(past), *ruled, *itertools.chain.from_iterable(map(_harvests, past))]
    for one in said[-MOST_EVENTS:]:
        held = [other.edit for other in said if other is not one and other.holds(one.edit.at)]
        found.append(_of_edit("edit", one, shown_at(one.edit.at, held), shown_at(one.edit.at, [*held, one.edit])))
        if one.revoked:
            others = [other.edit for other in said if other is not one and other.holds(one.revoked)]
            with_it = sorted([*others, one.edit], key=lambda edit: edit.at)
            found.append(_of_edit("undo", one, shown_at(one.revoked, with_it), shown_at(one.revoked, others)))
    return sorted(found, key=lambda event: -event.at)[:MOST_EVENTS]


def _first(past: Sequence[_Past]) -> list[Event]:
    """Give for each item of the work when it came, with the richest of its records."""
    by_item = {one.part.item_id: one.part for one in reversed(past)}
    return [Event(kind="first", at=minted_at(item_id), record=said_of_part(part)) for item_id, part in by_item.items()]


def _harvests(past: _Past) -> list[Event]:
    """Give what harvests changed in a record; of one that is deleted now only that it went, and came back."""
    states = [*(part for _, part in past.earlier), past.part]
    record = said_of_part(past.part)
    found = [
        _of_harvest(at, before, after, record)
        for (at, _), (before, after) in zip(past.earlier, itertools.pairwise(states), strict=True)
    ]
    return [event for event in found if event.kind != "harvest" or not past.part.deleted]


def _of_harvest(at: float, before: Part, after: Part, record: Provenance) -> Event:
    if before.deleted or after.deleted:
        return Event(kind="returned" if before.deleted else "withdrawn", at=at, record=record)
    return Event(kind="harvest", at=at, before=_metadata(before), after=_metadata(after), record=record)


def _of_edit(kind: Kind, said: _Said, before: Metadata, after: Metadata) -> Event:
    return Event(
        kind=kind,
        at=said.revoked if kind == "undo" else said.edit.at,
        before=before,
        after=after,
        property=said.edit.property,
        reason="" if kind == "undo" else said.edit.reason,
    )


def _metadata(part: Part) -> Metadata:
    return METADATA_DECODER.decode(part.metadata)


def _read_past(connection: Connection, ids: Sequence[str]) -> list[_Past]:
    """Give the records of some items, the richest first, with their versions."""
    own = connection.execute(select(*PART_COLUMNS).where(among(connection, records.c.item_id, ids))).all()
    parts = sorted((Part(*row) for row in own), key=rank_part)
    versions = record_versions.c
    keys = [(part.endpoint, part.metadata_prefix, part.identifier) for part in parts]
    wanted: Select[Any] = select(record_versions).where(tuple_(*(versions[name] for name in KEY)).in_(keys))
    earlier: dict[tuple[str, str, str], list[Any]] = {}
    for row in connection.execute(wanted.order_by(versions.id)).all():
        earlier.setdefault((row.endpoint, row.metadata_prefix, row.identifier), []).append(row)
    return [
        _Past(part, tuple((row.until, _earlier(part, row)) for row in earlier.get(key, ())))
        for part, key in zip(parts, keys, strict=True)
    ]


def _earlier(part: Part, row: Any) -> Part:  # noqa: ANN401 - a row of the database
    names = ("datestamp", "deleted", "run", "number", "metadata")
    return structs.replace(part, **{name: getattr(row, name) for name in names})


def _read_said(connection: Connection, ids: Sequence[str]) -> list[_Said]:
    """Give all edits of some items, also those that were taken back, the oldest first."""
    mine: Select[Any] = select(edits).where(among(connection, edits.c.item_id, ids)).order_by(edits.c.at, edits.c.id)
    return [
        _Said(
            Edit(
                property=row.property,
                values=VALUES_DECODER.decode(row.said),
                author=row.author,
                reason=row.reason,
                at=row.at,
            ),
            row.revoked,
        )
        for row in connection.execute(mine).all()
    ]


def _read_rules(connection: Connection, ids: Sequence[str]) -> list[Event]:
    """Give the rules in force on the items of a work."""
    own = set(ids)
    either = or_(among(connection, work_rules.c.one, ids), among(connection, work_rules.c.other, ids))
    rules: Select[Any] = select(work_rules).where(either)
    return [
        Event(kind="joined" if row.joined else "apart", at=row.at, other=row.other if row.one in own else row.one)
        for row in connection.execute(rules).all()
    ]
