"""One work laid open: its parts, what joined them, and what is near but kept out of it."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select

from harvester.store.connection import Store
from harvester.store.membership import among
from harvester.store.tables import items, records, work_keys, work_rules
from harvester.store.works.joining import read_works
from harvester.works.keys import MAX_SHARED, Work, find_doubt, keys_of

MAX_NEAR: Final = 50
RULE: Final = "rule"
NOTHING: Final = Work()


class PartRecord(Struct, frozen=True, kw_only=True):
    """A record of a part."""

    endpoint: str
    metadata_prefix: str
    identifier: str
    deleted: bool


class WorkPart(Struct, frozen=True, kw_only=True):
    """An item of a work, with the keys that it could be joined by; one that is deleted has none."""

    id: str
    title: str
    deleted: bool
    records: tuple[PartRecord, ...]
    keys: tuple[str, ...]


class Bond(Struct, frozen=True, kw_only=True):
    """Why two parts are together: `by` is the surest key that they share and that all else confirms, or `rule`."""

    one: str
    other: str
    by: str


class NearItem(Struct, frozen=True, kw_only=True):
    """An item that shares a key with a part, or is named in a rule with it, and why it is not of the work."""

    part: str
    id: str
    title: str
    key: str
    reason: str


class ShownWork(Struct, frozen=True, kw_only=True):
    """A work by the item that leads it; `common` are keys that so many items share that they say nothing."""

    id: str
    parts: tuple[WorkPart, ...]
    bonds: tuple[Bond, ...]
    near: tuple[NearItem, ...]
    common: dict[str, int]


def show_work(store: Store, lead: str) -> ShownWork:
    """Lay a work open; `lead` is the item that leads it."""
    with store.connect() as connection:
        members = or_(items.c.id == lead, items.c.merged_into == lead)
        rows = connection.execute(select(items.c.id, items.c.deleted).where(members).order_by(items.c.id)).all()
        ids = [row.id for row in rows]
        works = dict(sorted(read_works(connection, ids).items()))
        keys = {item_id: keys_of(work) for item_id, work in works.items()}
        rules = _rules(connection, ids)
        listed = _records(connection, ids)
        common = _common(connection, {key for found in keys.values() for key in found})
        telling = {item_id: [key for key in found if key not in common] for item_id, found in keys.items()}
        near = _near(connection, works, telling, rules)
    parts = tuple(
        WorkPart(
            id=row.id,
            title=_title(works.get(row.id, NOTHING)),
            deleted=row.deleted,
            records=tuple(listed.get(row.id, ())),
            keys=keys.get(row.id, ()),
        )
        for row in rows
    )
    return ShownWork(id=lead, parts=parts, bonds=tuple(_bonds(works, telling, rules)), near=near, common=common)


def _bonds(
    works: Mapping[str, Work], keys: Mapping[str, Sequence[str]], rules: Mapping[frozenset[str], bool]
) -> list[Bond]:
    found = []
    for one, other in combinations(works, 2):
        shared = (key for key in keys[one] if key in keys[other] and not find_doubt(works[one], works[other], key))
        by = RULE if rules.get(frozenset((one, other))) else next(shared, "")
        if by:
            found.append(Bond(one=one, other=other, by=by))
    return found


def _near(
    connection: Connection,
    works: Mapping[str, Work],
    keys: Mapping[str, Sequence[str]],
    rules: Mapping[frozenset[str], bool],
) -> tuple[NearItem, ...]:
    """Give what is kept out, and the reason for each."""
    mine = sorted({key for found in keys.values() for key in found})
    sharing = select(work_keys.c.key, work_keys.c.item_id).where(among(connection, work_keys.c.key, mine))
    held = connection.execute(sharing.order_by(work_keys.c.item_id, work_keys.c.key)).all()
    pairs: dict[tuple[str, str], str] = {}
    for pair, joined in rules.items():
        part, other = sorted(pair, key=lambda item_id: item_id not in works)
        if not joined and other not in works:
            pairs[part, other] = RULE
    for row in held:
        for part in (item_id for item_id in keys if row.item_id not in works and row.key in keys[item_id]):
            pairs.setdefault((part, row.item_id), row.key)
    chosen = dict(sorted(pairs.items())[:MAX_NEAR])
    others = read_works(connection, sorted({other for _, other in chosen}))
    return tuple(
        NearItem(
            part=part,
            id=other,
            title=_title(others[other]),
            key=key,
            reason=_reason(works[part], others[other], key),
        )
        for (part, other), key in chosen.items()
        if other in others and part in works
    )


def _common(connection: Connection, keys: set[str]) -> dict[str, int]:
    mine = among(connection, work_keys.c.key, sorted(keys))
    shared = select(work_keys.c.key, func.count()).where(mine).group_by(work_keys.c.key)
    found = connection.execute(shared.having(func.count() > MAX_SHARED).order_by(work_keys.c.key)).all()
    return {row[0]: row[1] for row in found}


def _reason(part: Work, other: Work, key: str) -> str:
    if key == RULE:
        return "a rule keeps them apart"
    return find_doubt(part, other, key) or "another part of its work, or of this one, speaks against it"


def _rules(connection: Connection, item_ids: Sequence[str]) -> dict[frozenset[str], bool]:
    either = or_(among(connection, work_rules.c.one, item_ids), among(connection, work_rules.c.other, item_ids))
    return {frozenset((row.one, row.other)): row.joined for row in connection.execute(select(work_rules).where(either))}


def _records(connection: Connection, item_ids: Sequence[str]) -> dict[str, list[PartRecord]]:
    columns = [records.c[name] for name in PartRecord.__struct_fields__]
    mine = select(records.c.item_id, *columns).where(among(connection, records.c.item_id, item_ids))
    found: dict[str, list[PartRecord]] = {}
    for row in connection.execute(mine.order_by(*columns)).all():
        found.setdefault(row[0], []).append(
            PartRecord(endpoint=row[1], metadata_prefix=row[2], identifier=row[3], deleted=row[4])
        )
    return found


def _title(work: Work) -> str:
    return work.title[0].value if work.title else ""
