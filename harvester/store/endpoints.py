"""Endpoints as they are kept, and the end of one: its records become deleted, its items follow."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import structs
from sqlalchemy import Connection, and_, bindparam, delete, exists, func, literal, or_, select, update

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.locking import lock_repository
from harvester.store.tables import (
    COUNTS,
    controls,
    endpoints,
    items,
    joining,
    outbox,
    pages,
    plans,
    probes,
    record_versions,
    records,
    runs,
    schedules,
    watermarks,
)
from harvester.store.vanished import close_plans

ENCODER: Final = msgspec.json.Encoder()
DECODER: Final = msgspec.json.Decoder(Endpoint)
DEFINITIONS: Final = select(endpoints.c.key, endpoints.c.definition).where(
    endpoints.c.key.in_(bindparam("keys", expanding=True))
)
UNFINISHED: Final = ("proposed", "held", "applying", "applied", "undoing")


def put_endpoint(store: Store, endpoint: Endpoint) -> None:
    """Keep an endpoint under its key, in place of the one that may be there."""
    definition = ENCODER.encode(endpoint)
    statement = store.upsert(endpoints).values(key=endpoint.key, definition=definition)
    with store.begin() as connection:
        connection.execute(
            statement.on_conflict_do_update(index_elements=[endpoints.c.key], set_={"definition": definition})
        )


def change_endpoint(store: Store, key: str, **changes: object) -> Endpoint | None:
    """Change some fields of an endpoint, and none that somebody else changes meanwhile; None where there is none."""
    with store.begin() as connection:
        kept = select(endpoints.c.definition).where(endpoints.c.key == key).with_for_update()
        definition = connection.execute(kept).scalar()
        if definition is None:
            return None
        changed = structs.replace(DECODER.decode(definition), **changes)
        values = {"definition": ENCODER.encode(changed)}
        connection.execute(update(endpoints).where(endpoints.c.key == key).values(values))
        return changed


def get_endpoint(store: Store, key: str) -> Endpoint | None:
    """Give the endpoint of a key, or None."""
    with store.connect() as connection:
        return read_endpoint(connection, key)


def read_endpoint(connection: Connection, key: str) -> Endpoint | None:
    """Give the endpoint of a key as a transaction sees it, or None."""
    definition = connection.execute(select(endpoints.c.definition).where(endpoints.c.key == key)).scalar()
    return None if definition is None else DECODER.decode(definition)


def endpoint_labels(store: Store, keys: Sequence[str]) -> dict[str, str]:
    """Give the labels of some endpoints by key; of one without a label, or that is gone, nothing."""
    with store.connect() as connection:
        rows = connection.execute(DEFINITIONS, {"keys": list(keys)}).all()
    found = [(row.key, DECODER.decode(row.definition).label) for row in rows]
    return {key: label for key, label in found if label}


def list_endpoints(store: Store) -> list[Endpoint]:
    """Give all endpoints, by key."""
    with store.connect() as connection:
        found = connection.execute(select(endpoints.c.definition).order_by(endpoints.c.key)).scalars()
        return [DECODER.decode(definition) for definition in found]


def remove_endpoint(store: Store, key: str, now: float) -> int:
    """Forget an endpoint, cancel its open run, and delete its records; give how many items changed.

    Its watermarks, probes, schedule and control go, too, what its records said before, and its deletion plans are
    closed. Items that other records hold stay alive. What the endpoint brought stays known, so that the same items come
    back with their ids if it is ever added again.
    """
    endpoint = get_endpoint(store, key)
    if endpoint is None:
        return 0
    live = and_(records.c.endpoint == key, ~records.c.deleted)
    touched = select(records.c.item_id).where(live)
    queue = store.upsert(outbox).from_select(
        ["item_id", "queued", "fence", "leased_until"],
        select(records.c.item_id, literal(now), literal(0), literal(0.0)).where(live).distinct(),
    )
    look_again = store.upsert(joining).from_select(["item_id"], touched.distinct())
    of_run = pages.c.run == runs.c.id
    counted = {
        name: select(func.coalesce(func.sum(pages.c[name]), 0)).where(of_run).scalar_subquery() for name in COUNTS
    }
    other = records.alias()
    held = exists().where(other.c.item_id == items.c.id, ~other.c.deleted, other.c.endpoint != key)
    with store.begin() as connection:
        lock_repository(connection, endpoint.base_url)
        connection.execute(delete(endpoints).where(endpoints.c.key == key))
        connection.execute(delete(watermarks).where(watermarks.c.endpoint == key))
        connection.execute(delete(probes).where(probes.c.endpoint == key))
        connection.execute(delete(schedules).where(schedules.c.endpoint == key))
        connection.execute(delete(controls).where(controls.c.scope == "endpoint", controls.c.name == key))
        cancelled = {"state": "cancelled", "ended": now, "error": "the endpoint was removed"}
        is_open = runs.c.endpoint == key, runs.c.ended.is_(None)
        connection.execute(update(runs).where(*is_open).values(cancelled | counted))
        count = connection.execute(select(func.count(records.c.item_id.distinct())).where(live)).scalar_one()
        requeued = {"queued": now, "fence": 0, "leased_until": 0.0, "reason": None}
        connection.execute(queue.on_conflict_do_update(index_elements=[outbox.c.item_id], set_=requeued))
        connection.execute(look_again.on_conflict_do_nothing())  # works that they led have another lead then
        bumped = {"version": items.c.version + 1, "changed": now, "deleted": ~held}
        connection.execute(update(items).where(items.c.id.in_(touched)).values(bumped))
        gone = and_(records.c.endpoint == key, or_(~records.c.deleted, records.c.plan.is_not(None)))
        connection.execute(delete(record_versions).where(record_versions.c.endpoint == key))
        connection.execute(update(records).where(gone).values(deleted=True, plan=None, metadata=b"", digest=b""))
        close_plans(connection, plans.c.endpoint == key, "the endpoint was removed", now, UNFINISHED)
    return count
