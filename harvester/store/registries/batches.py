"""Batches of DOIs that are asked for: taken by a lease and a fence, like pages, and settled in one transaction.

A DOI goes from the inbox to `unsorted`, from there to the route of its prefix's agency, and with the answer to its rest
until it is due again. Whoever was slow or taken for dead finds the fence changed, and writes nothing.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, literal, select, true, update

from harvester.dois.notices import Notice
from harvester.store.connection import Store
from harvester.store.dois import UNSORTED
from harvester.store.many import execute_many
from harvester.store.membership import among, listed_values
from harvester.store.operating.controls import is_stopped
from harvester.store.outbox import enqueue
from harvester.store.records import bump_items
from harvester.store.registries.notices import ask_again, known_dois, put_notices, watch_registry
from harvester.store.tables import doi_inbox, doi_prefixes, dois, items, records

FENCE_BITS: Final = 62
MAX_TRIES: Final = 8
INBOX_AT_ONCE: Final = 1_000
PREFIX_LIFE_S: Final = 90 * 86_400.0
FOUND_LIFE_S: Final = 30 * 86_400.0
ABSENT_LIFE_S: Final = 7 * 86_400.0
WATCHED_AGENCY: Final = "Crossref"
IS_TAKEN: Final = dois.c.fence != 0
SETTLED_NAMES: Final = (
    *("state", "route", "due", "fence", "leased_until", "tries"),
    *("omitted_by", "agency", "fetched", "error", "location", "metadata"),
)
SETTLE: Final = (
    update(dois)
    .where(dois.c.doi == bindparam("this_doi"), dois.c.fence == bindparam("this_fence"))
    .values({name: bindparam(name) for name in SETTLED_NAMES})
)
WORN_OUT: Final = f"{MAX_TRIES} workers ended without a word while they asked for this DOI"


class Taken(Struct, frozen=True):
    """A DOI that is held; `omitted_by` is the route whose list has left it out before."""

    doi: str
    tries: int
    omitted_by: str | None


class Batch(Struct, frozen=True):
    """DOIs that are held by one fence, all on one route."""

    route: str
    fence: int
    taken: tuple[Taken, ...]


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a DOI.

    found: `metadata` is what is registered, `notices` the works that it changes; absent: nobody has it; moved: it goes
    to `route` (left out by `omitted_by`); failed: it was a try, and waits; put_off: it was none, and waits. Both wait
    until `not_before`.
    """

    kind: Literal["found", "absent", "moved", "failed", "put_off"]
    agency: str | None = None
    metadata: bytes | None = None
    route: str = UNSORTED
    omitted_by: str | None = None
    error: str | None = None
    notices: tuple[Notice, ...] = ()
    not_before: float = 0.0


def has_new_dois(store: Store) -> bool:
    """Tell whether a DOI lies in the inbox."""
    with store.connect() as connection:
        return connection.execute(select(doi_inbox.c.id).limit(1)).scalar() is not None


def count_new_dois(store: Store) -> int:
    """Count what lies in the inbox; a DOI may lie there several times."""
    with store.connect() as connection:
        return connection.execute(select(func.count()).select_from(doi_inbox)).scalar_one()


def empty_inbox(store: Store) -> int:
    """Move DOIs from the inbox to those that are asked for, known ones apart; give how many there were."""
    first = select(doi_inbox.c.id).order_by(doi_inbox.c.id).limit(INBOX_AT_ONCE).with_for_update(skip_locked=True).cte()
    gone = delete(doi_inbox).where(doi_inbox.c.id.in_(select(first))).returning(doi_inbox.c.doi, doi_inbox.c.queued)
    if not has_new_dois(store):  # a look costs no lock
        return 0
    with store.begin() as connection:
        rows = connection.execute(gone).all()
        if rows:
            first_seen = min(row.queued for row in rows)
            listed = listed_values(connection, sorted({row.doi for row in rows}))
            values = {
                "state": "waiting",
                "route": UNSORTED,
                "due": first_seen,
                "fence": 0,
                "leased_until": 0.0,
                "tries": 0,
                "fetched": 0.0,
            }
            new = select(listed, *map(literal, values.values())).where(true())
            adding = store.upsert(dois).from_select(["doi", *values], new)
            connection.execute(adding.on_conflict_do_nothing())
    return len(rows)


def claim_dois(store: Store, route: str, *, limit: int, lease_s: float, now: float) -> Batch | None:
    """Take up to `limit` DOIs that are due on a route, those that wait longest first.

    None where there is none, or the stage is paused. One whose holders went away 8 times without a word is dead, and
    not given again.
    """
    fence = secrets.randbits(FENCE_BITS) or 1
    waiting = (
        select(dois.c.doi)
        .where(dois.c.route == route, dois.c.due <= now, dois.c.leased_until < now, ~is_stopped("doi"))
        .order_by(dois.c.due, dois.c.doi)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()
    )
    held = {"fence": fence, "leased_until": now + lease_s, "tries": dois.c.tries + 1}
    take = update(dois).where(dois.c.doi.in_(select(waiting))).values(held)
    with store.begin() as connection:
        rows = connection.execute(take.returning(dois.c.doi, dois.c.tries, dois.c.omitted_by)).all()
        worn = [row.doi for row in rows if row.tries > MAX_TRIES]
        if worn:
            dead = {"state": "dead", "due": None, "fence": 0, "leased_until": now, "error": WORN_OUT}
            connection.execute(update(dois).where(among(connection, dois.c.doi, worn)).values(dead))
    taken = sorted((Taken(*row) for row in rows if row.tries <= MAX_TRIES), key=lambda one: one.doi)
    return Batch(route, fence, tuple(taken)) if taken else None


def renew_dois(store: Store, batch: Batch, *, lease_s: float, now: float) -> bool:
    """Hold a batch for `lease_s` from now on; False where none of it is held any more."""
    with store.begin() as connection:
        mine = update(dois).where(dois.c.fence == batch.fence, IS_TAKEN)
        return connection.execute(mine.values(leased_until=now + lease_s)).rowcount > 0


def settle_dois(
    store: Store, batch: Batch, outcomes: Mapping[str, Outcome], *, location: str | None, now: float
) -> int:
    """Write what became of the DOIs of a batch, and have the items indexed for which something has changed.

    Those that are no longer held are left alone. Give how many were settled.
    """
    with store.begin() as connection:
        mine = select(dois).where(dois.c.fence == batch.fence, IS_TAKEN).order_by(dois.c.doi).with_for_update()
        rows = [row for row in connection.execute(mine).mappings() if row["doi"] in outcomes]
        settled = [_settled(row, outcomes[row["doi"]], location, now) for row in rows]
        pairs = list(zip(rows, settled, strict=True))
        values = [(row["doi"], batch.fence, *(new[name] for name in SETTLED_NAMES)) for row, new in pairs]
        execute_many(connection, SETTLE, ("this_doi", "this_fence", *SETTLED_NAMES), values)
        changed = [row["doi"] for row, new in pairs if new["metadata"] != row["metadata"]]
        said = {row["doi"]: outcomes[row["doi"]] for row in rows if outcomes[row["doi"]].kind == "found"}
        told = put_notices(connection, {doi: outcome.notices for doi, outcome in said.items()}) if said else set()
        ask_again(connection, told, now)
        _touch_items(store, connection, sorted({*changed, *told}), now)
        if any(outcome.agency == WATCHED_AGENCY for outcome in said.values()):
            watch_registry(connection, now)
    return len(rows)


def read_agencies(store: Store, prefixes: Collection[str], now: float) -> dict[str, str]:
    """Give the agencies of prefixes that are known and were asked for in the last 90 days; "" where there is none."""
    with store.connect() as connection:
        known = select(doi_prefixes.c.prefix, doi_prefixes.c.agency).where(doi_prefixes.c.expires > now)
        rows = connection.execute(known.where(among(connection, doi_prefixes.c.prefix, sorted(prefixes)))).all()
    return {row[0]: row[1] for row in rows}


def put_agency(store: Store, prefix: str, agency: str, now: float) -> None:
    """Keep the agency of a prefix; where there is none, that is asked again as soon as for an absent DOI."""
    expires = now + (PREFIX_LIFE_S if agency else ABSENT_LIFE_S)
    put = store.upsert(doi_prefixes).values(prefix=prefix, agency=agency, expires=expires)
    with store.begin() as connection:
        connection.execute(
            put.on_conflict_do_update(
                index_elements=[doi_prefixes.c.prefix], set_={"agency": agency, "expires": expires}
            )
        )


def _settled(row: RowMapping, outcome: Outcome, location: str | None, now: float) -> dict[str, Any]:
    """Give the values of a row after an outcome."""
    values = {name: row[name] for name in SETTLED_NAMES} | {"fence": 0, "leased_until": 0.0, "error": outcome.error}
    if outcome.kind in {"found", "absent"}:
        life = FOUND_LIFE_S if outcome.kind == "found" else ABSENT_LIFE_S
        return values | {
            "state": outcome.kind,
            "route": UNSORTED,
            "due": now + life,
            "tries": 0,
            "omitted_by": None,
            "agency": outcome.agency or row["agency"],
            "fetched": now,
            "location": location or row["location"],
            "metadata": outcome.metadata,
        }
    if outcome.kind == "moved":
        moved = {"route": outcome.route, "due": now, "tries": 0, "omitted_by": outcome.omitted_by}
        return values | moved | {"agency": outcome.agency or row["agency"]}
    if outcome.kind == "put_off":
        return values | {"due": outcome.not_before, "tries": max(0, row["tries"] - 1)}
    if row["tries"] >= MAX_TRIES:
        return values | {"state": "dead", "due": None, "leased_until": now}
    return values | {"due": outcome.not_before}


def learn_notices(store: Store, said: Mapping[str, Collection[Notice]], now: float) -> int:
    """Keep what notices say of works that records have, and have those asked for again; give how many that changes."""
    with store.begin() as connection:
        ours = known_dois(connection, {notice.doi for notices in said.values() for notice in notices})
        telling = {doi: named for doi, named in said.items() if any(notice.doi in ours for notice in named)}
        changed = sorted(put_notices(connection, telling) & ours)
        ask_again(connection, changed, now)
        _touch_items(store, connection, changed, now)
    return len(changed)


def _touch_items(store: Store, connection: Connection, changed: Sequence[str], now: float) -> None:
    """Give the items of records that have these DOIs a new version, and queue them for the index."""
    if not changed:
        return
    theirs = select(records.c.item_id).where(~records.c.deleted, among(connection, records.c.doi, changed))
    locked = select(items.c.id).where(items.c.id.in_(theirs)).order_by(items.c.id).with_for_update()
    found = list(connection.execute(locked).scalars())
    bump_items(connection, found, now)
    enqueue(store, connection, found, now)
