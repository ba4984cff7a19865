"""Records that were set aside, each with its cause, its reason and its bytes."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, tuple_

from harvester.store.connection import Store
from harvester.store.tables import rejected

CHUNK: Final = 500


class Rejected(Struct, frozen=True):
    """A record set aside: the page it came on, its place there (0 is the first), and why.

    `cause` is a short code to group by, `raw` the record's XML (UTF-8).
    """

    run: int
    number: int
    position: int
    identifier: str | None
    cause: str
    reason: str
    raw: bytes


def insert_rejected(connection: Connection, rows: Sequence[Rejected]) -> None:
    """Write the rejected records of a page, as a part of its transaction."""
    if rows:
        names = Rejected.__struct_fields__
        connection.execute(insert(rejected), [{name: getattr(row, name) for name in names} for row in rows])


def replace_rejected(connection: Connection, run: int, number: int, rows: Sequence[Rejected]) -> None:
    """Write the rejected records of a page in place of those that are there, as a part of a transaction."""
    connection.execute(delete(rejected).where(rejected.c.run == run, rejected.c.number == number))
    insert_rejected(connection, rows)


def read_rejected(connection: Connection, run: int, number: int) -> list[Rejected]:
    """Give the rejected records of a page, in order."""
    of_page = (rejected.c.run == run, rejected.c.number == number)
    columns = (rejected.c[name] for name in Rejected.__struct_fields__)
    found = connection.execute(select(*columns).where(*of_page).order_by(rejected.c.position))
    return [Rejected(*row) for row in found]


def list_rejected(store: Store, run: int | None = None, cause: str | None = None, limit: int = 50) -> list[Rejected]:
    """Give rejected records, the newest run first, in the order of the repository; of one run or cause where given."""
    statement = select(*(rejected.c[name] for name in Rejected.__struct_fields__))
    if run is not None:
        statement = statement.where(rejected.c.run == run)
    if cause is not None:
        statement = statement.where(rejected.c.cause == cause)
    order = (rejected.c.run.desc(), rejected.c.number, rejected.c.position)
    with store.connect() as connection:
        return [Rejected(*row) for row in connection.execute(statement.order_by(*order).limit(limit))]


def iter_rejected(store: Store, *, run: int, cause: str | None = None) -> Iterator[Rejected]:
    """Yield all rejected records of a run, in the order of the repository, read in chunks; of one cause where given."""
    statement = select(*(rejected.c[name] for name in Rejected.__struct_fields__)).where(rejected.c.run == run)
    if cause is not None:
        statement = statement.where(rejected.c.cause == cause)
    place = (rejected.c.number, rejected.c.position)
    after = (-1, -1)
    while True:
        with store.connect() as connection:
            chunk = statement.where(tuple_(*place) > after).order_by(*place).limit(CHUNK)
            rows = [Rejected(*row) for row in connection.execute(chunk)]
        yield from rows
        if len(rows) < CHUNK:
            return
        after = (rows[-1].number, rows[-1].position)


def count_rejected(store: Store, run: int | None = None) -> dict[str, int]:
    """Count rejected records by cause, the most frequent first; of one run where given."""
    count = func.count().label("count")
    statement = select(rejected.c.cause, count).group_by(rejected.c.cause).order_by(count.desc(), rejected.c.cause)
    with store.connect() as connection:
        found = connection.execute(statement if run is None else statement.where(rejected.c.run == run))
        return {row[0]: row[1] for row in found}
