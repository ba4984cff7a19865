"""One item from many: which items are the same work, kept up by a step that runs before indexing.

Every change of an item leaves a row in `joining` in its own transaction. The step takes some of them, looks at all
items that are bound to these by keys or by a group, and writes the groups that the rules of harvester.works give;
rows, groups, versions and the outbox change in one transaction, so a crash halves nothing and a repetition changes
nothing. The oldest live item leads a group: it holds the records of all, the others point to it. An item whose records
are all deleted points to the work that it was a part of, as long as that lives: its id has been given to readers.
A work with a part that was taken down is hidden, that of deleted parts too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, or_, select, update

from harvester.store.connection import Store
from harvester.store.items import read_alone
from harvester.store.locking import lock_repository
from harvester.store.many import execute_many
from harvester.store.membership import among
from harvester.store.outbox import ORDINARY, URGENT, enqueue_joined
from harvester.store.records import bump_items
from harvester.store.tables import items, joining, takedowns, work_keys, work_rules
from harvester.works.grouping import group
from harvester.works.keys import MAX_SHARED, Work, keys_of

INSERT_KEY: Final = insert(work_keys)
DELETE_KEY: Final = delete(work_keys).where(
    work_keys.c.key == bindparam("key"), work_keys.c.item_id == bindparam("item_id")
)
MOVE_ITEM: Final = update(items).where(items.c.id == bindparam("this")).values(merged_into=bindparam("lead"))
MERGED: Final = select(items.c.id).where(items.c.merged_into.is_not(None))
JOINER: Final = "oaihub joins works"
BATCH_ITEMS: Final = 1_000
IS_URGENT: Final = joining.c.priority == literal_column("0")  # as in the index of urgent rows
DECODER: Final = msgspec.json.Decoder(Work)
NameOf = dict[str, str]


def join_works(store: Store, *, now: float, limit: int = BATCH_ITEMS, only_urgent: bool = False) -> int:
    """Put up to `limit` changed items into their groups; give how many were taken, 0 where none waits.

    Those that people wait for come first and by themselves, with `only_urgent` no others.
    """
    with store.begin() as connection:
        lock_repository(connection, JOINER)  # one joiner at a time; it alone holds several repositories
        waiting = select(joining.c.item_id).order_by(joining.c.item_id).limit(limit)
        urgent = list(connection.execute(waiting.where(IS_URGENT)).scalars())
        taken = urgent if urgent or only_urgent else list(connection.execute(waiting).scalars())
        if taken:
            _join(store, connection, taken, now, URGENT if urgent else ORDINARY)
            connection.execute(delete(joining).where(among(connection, joining.c.item_id, taken)))
        return len(taken)


def _join(store: Store, connection: Connection, taken: Sequence[str], now: float, priority: int) -> None:
    locked = _lock(connection, taken, set())
    works = read_works(connection, taken)
    keys = {item_id: keys_of(work) for item_id, work in works.items()}
    _write_keys(connection, taken, keys)
    near = _with_neighbours(connection, taken, keys)
    if not near:
        return
    bound = _bind(connection, near, locked)
    others = read_works(connection, sorted(bound - set(taken)))
    works |= others
    keys |= {item_id: keys_of(work) for item_id, work in others.items()}
    common = _common_keys(connection, sorted(bound))
    rows = connection.execute(
        select(items.c.id, items.c.repository, items.c.identifier, items.c.merged_into, items.c.hidden).where(
            among(connection, items.c.id, sorted(bound))
        )
    ).all()
    name_of = {row.id: f"{row.repository} {row.identifier}" for row in rows if row.id in works}
    before = {row.id: row.merged_into for row in rows}
    leads: dict[str, str | None] = dict.fromkeys(before)
    id_of = {name: item_id for item_id, name in name_of.items()}
    named = {name: works[item_id] for name, item_id in id_of.items()}
    said = {name: tuple(key for key in keys[item_id] if key not in common) for name, item_id in id_of.items()}
    for members in group(named, said, _rules(connection, name_of)):
        lead, *followers = sorted(id_of[name] for name in members)
        leads.update(dict.fromkeys(followers, lead))
    leads |= follow_deleted(before, leads, works.keys(), _kept_apart(connection, before))
    moved = sorted(item_id for item_id, lead in leads.items() if lead != before[item_id])
    execute_many(connection, MOVE_ITEM, ("lead", "this"), [(leads[item_id], item_id) for item_id in moved])
    heads = {one for item_id in {*moved, *near} for one in (leads[item_id], before[item_id]) if one}
    turned = _hide(connection, leads, {row.id for row in rows if row.hidden})
    changed = sorted({*moved, *heads, *turned})
    bump_items(connection, changed, now)
    enqueue_joined(store, connection, changed, now, priority=priority)


def _hide(connection: Connection, leads: Mapping[str, str | None], before: Collection[str]) -> list[str]:
    """Hide the works that a takedown in force is of and show all others; give the items that this turns."""
    named = select(takedowns.c.item_id).where(
        among(connection, takedowns.c.item_id, sorted(leads)), takedowns.c.revoked == 0
    )
    works = {leads[item_id] or item_id for item_id in connection.execute(named).scalars()}
    hidden = {item_id for item_id, lead in leads.items() if (lead or item_id) in works}
    for turned, now_hidden in ((sorted(hidden.difference(before)), True), (sorted(set(before) - hidden), False)):
        if turned:
            chosen = update(items).where(among(connection, items.c.id, turned))
            connection.execute(chosen.values(hidden=now_hidden))
    return sorted(hidden.symmetric_difference(before))


def _with_neighbours(connection: Connection, taken: Sequence[str], keys: dict[str, tuple[str, ...]]) -> list[str]:
    """Give those of some items that a key, a group or a rule binds to another, or that are hidden; most are neither."""
    mine = sorted({key for found in keys.values() for key in found})
    sharing = select(work_keys.c.key).where(among(connection, work_keys.c.key, mine)).group_by(work_keys.c.key)
    shared = set(connection.execute(sharing.having(func.count() > 1)).scalars())
    near = {item_id for item_id, found in keys.items() if not shared.isdisjoint(found)}
    follows = select(items.c.id).where(among(connection, items.c.id, taken), items.c.merged_into.is_not(None))
    leads = select(items.c.merged_into).where(among(connection, items.c.merged_into, taken))
    near |= {*connection.execute(follows).scalars(), *connection.execute(leads).scalars()}
    near |= set(
        connection.execute(select(items.c.id).where(among(connection, items.c.id, taken), items.c.hidden)).scalars()
    )
    for column in (work_rules.c.one, work_rules.c.other):
        near |= set(connection.execute(select(column).where(among(connection, column, taken))).scalars())
    return sorted(near)


def _lock(connection: Connection, item_ids: Sequence[str], locked: set[str]) -> set[str]:
    """Keep all writers of the repositories of some items waiting; give those that are `locked` now."""
    found = select(items.c.repository).where(among(connection, items.c.id, item_ids)).distinct()
    more = set(connection.execute(found).scalars()) - locked
    for repository in sorted(more):
        lock_repository(connection, repository)
    return locked | more


def _bind(connection: Connection, taken: Sequence[str], locked: set[str]) -> set[str]:
    """Give all items that are bound to some, their repositories locked; after waiting for one it is looked up again."""
    while True:
        bound = _bound(connection, taken)
        before, locked = locked, _lock(connection, sorted(bound), locked)
        if locked == before:
            return bound


def read_works(connection: Connection, item_ids: Sequence[str]) -> dict[str, Work]:
    """Give live items as works, each by itself."""
    alone = read_alone(connection, select(items.c.id).where(among(connection, items.c.id, item_ids), ~items.c.deleted))
    return {item_id: DECODER.decode(content) for item_id, content in alone.items()}


def _write_keys(connection: Connection, taken: Sequence[str], keys: dict[str, tuple[str, ...]]) -> None:
    """Have the keys of some items be those; what is kept already stays."""
    kept = select(work_keys.c.key, work_keys.c.item_id).where(among(connection, work_keys.c.item_id, taken))
    before = {(row[0], row[1]) for row in connection.execute(kept).all()}
    wanted = {(key, item_id) for item_id, found in keys.items() for key in found}
    execute_many(connection, DELETE_KEY, ("key", "item_id"), sorted(before - wanted))
    execute_many(connection, INSERT_KEY, ("key", "item_id"), sorted(wanted - before))


def _bound(connection: Connection, taken: Sequence[str]) -> set[str]:
    """Give all items that keys, groups or rules bind to some, over any number of steps."""
    bound: set[str] = set()
    fresh = set(taken)
    while fresh:
        bound |= fresh
        fresh = _neighbours(connection, sorted(fresh)) - bound
    return bound


def _neighbours(connection: Connection, item_ids: Sequence[str]) -> set[str]:
    mine = select(work_keys.c.key).where(among(connection, work_keys.c.item_id, item_ids))
    common = sorted(_common_keys(connection, item_ids))
    sharing = select(work_keys.c.item_id).where(
        work_keys.c.key.in_(mine), or_(~among(connection, work_keys.c.key, common), work_keys.c.item_id.in_(MERGED))
    )
    leads = select(items.c.merged_into).where(among(connection, items.c.id, item_ids), items.c.merged_into.is_not(None))
    ours = connection.execute(leads).scalars().all()
    followers = select(items.c.id).where(among(connection, items.c.merged_into, [*item_ids, *ours]))
    found = {*connection.execute(sharing).scalars(), *ours, *connection.execute(followers).scalars()}
    for rule in connection.execute(
        select(work_rules.c.one, work_rules.c.other).where(
            or_(among(connection, work_rules.c.one, item_ids), among(connection, work_rules.c.other, item_ids))
        )
    ):
        found |= {rule.one, rule.other}
    return found


def _common_keys(connection: Connection, item_ids: Sequence[str]) -> set[str]:
    """Give the keys of items that so many share that they say nothing; who shares one is read only to be taken apart.

    Without this, a collection of ten thousand specimens of one name would be read whole for each thousand of them.
    """
    mine = select(work_keys.c.key).where(among(connection, work_keys.c.item_id, item_ids))
    shared = select(work_keys.c.key).where(work_keys.c.key.in_(mine)).group_by(work_keys.c.key)
    return set(connection.execute(shared.having(func.count() > MAX_SHARED)).scalars())


def follow_deleted(
    before: Mapping[str, str | None],
    leads: Mapping[str, str | None],
    live: Collection[str],
    apart: Collection[frozenset[str]],
) -> dict[str, str]:
    """Give for items that are not live any more the lead of the work that they were a part of.

    `before` and `leads` are the leads of all items, before and now. Where a work has fallen apart, its first part that
    no rule keeps apart counts. An item whose work has no live part is left out: it points nowhere.
    """
    former: dict[str, list[str]] = {}
    for item_id in sorted(before.keys() & live):
        former.setdefault(before[item_id] or item_id, []).append(item_id)
    found: dict[str, str] = {}
    for item_id in sorted(before.keys() - live):
        for part in former.get(before[item_id] or item_id, ()):
            lead = leads[part] or part
            if not any(frozenset((item_id, other)) in apart for other in (part, lead)):
                found[item_id] = lead
                break
    return found


def _kept_apart(connection: Connection, item_ids: Iterable[str]) -> set[frozenset[str]]:
    chosen = select(work_rules.c.one, work_rules.c.other).where(
        among(connection, work_rules.c.one, sorted(item_ids)), ~work_rules.c.joined
    )
    return {frozenset((row[0], row[1])) for row in connection.execute(chosen).all()}


def _rules(connection: Connection, name_of: NameOf) -> dict[frozenset[str], bool]:
    chosen = select(work_rules).where(among(connection, work_rules.c.one, sorted(name_of)))
    return {
        frozenset((name_of[rule.one], name_of[rule.other])): rule.joined
        for rule in connection.execute(chosen)
        if rule.other in name_of
    }
