"""What all processes have counted, added up, one row a name and label; of times the greatest."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, case, select

from harvester.counting import Counts, Key, give_back, take_counts
from harvester.errors import HarvestError
from harvester.store.connection import Store
from harvester.store.tables import counters

KEY: Final = [counters.c.name, counters.c.label]


def flush_counts(store: Store) -> None:
    """Write what this process has counted; where that fails it is kept for the next time. Raises: as Store.begin."""
    counts = take_counts()
    if not counts.added and not counts.latest:
        return
    try:
        with store.begin() as connection:
            add_counts(store, connection, counts)
    except HarvestError:
        give_back(counts)
        raise


def add_counts(store: Store, connection: Connection, counts: Counts) -> None:
    """Add counts to those of the store, as a part of a transaction; in order, so that no two wait for each other."""
    if counts.added:
        insert = store.upsert(counters).values(_rows(counts.added))
        summed = {"value": counters.c.value + insert.excluded.value}
        connection.execute(insert.on_conflict_do_update(index_elements=KEY, set_=summed))
    if counts.latest:
        insert = store.upsert(counters).values(_rows(counts.latest))
        greater = case((counters.c.value < insert.excluded.value, insert.excluded.value), else_=counters.c.value)
        connection.execute(insert.on_conflict_do_update(index_elements=KEY, set_={"value": greater}))


def put_values(store: Store, name: str, values: Mapping[str, float]) -> None:
    """Set what is no count and may fall, by label, such as what the last check found."""
    insert = store.upsert(counters).values(_rows({(name, label): value for label, value in values.items()}))
    with store.begin() as connection:
        connection.execute(insert.on_conflict_do_update(index_elements=KEY, set_={"value": insert.excluded.value}))


def read_counters(store: Store) -> dict[Key, float]:
    """Give all counts, by name and label; the names are those of harvester.counting."""
    with store.connect() as connection:
        rows = connection.execute(select(counters.c.name, counters.c.label, counters.c.value).order_by(*KEY))
        return {(row.name, row.label): row.value for row in rows}


def read_counter(store: Store, name: str, label: str = "") -> float:
    """Give one count, 0 where nothing was counted."""
    with store.connect() as connection:
        here = select(counters.c.value).where(counters.c.name == name, counters.c.label == label)
        return float(connection.execute(here).scalar() or 0.0)


def _rows(values: Mapping[Key, float]) -> list[dict[str, object]]:
    return [{"name": name, "label": label, "value": value} for (name, label), value in sorted(values.items())]
