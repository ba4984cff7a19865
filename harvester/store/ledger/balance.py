"""The balance of a run: each record that it received, counted by what became of it."""

from msgspec import Struct
from sqlalchemy import Connection, func, select

from harvester.store.connection import Store
from harvester.store.tables import COUNTS, pages


class Balance(Struct, frozen=True):
    """Where the records of a run went: each one received is counted once among the others."""

    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    duplicate: int = 0
    rejected: int = 0


def difference(balance: Balance) -> int:
    """Give how many records of those received no other line explains; 0 is right (DESIGN 4)."""
    explained = balance.new + balance.changed + balance.unchanged + balance.deleted
    return balance.received - explained - balance.duplicate - balance.rejected


def run_balance(store: Store, run_id: int) -> Balance:
    """Give the balance of a run as it stands now, open or ended: the sums over its pages."""
    with store.connect() as connection:
        return read_balance(connection, run_id)


def read_balance(connection: Connection, run_id: int) -> Balance:
    """As run_balance, as a transaction sees it."""
    sums = (func.coalesce(func.sum(pages.c[name]), 0) for name in COUNTS)
    return Balance(*(int(count) for count in connection.execute(select(*sums).where(pages.c.run == run_id)).one()))
