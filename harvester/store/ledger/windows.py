"""The windows of a run, and the pages that they begin with; everything here is a part of somebody's transaction."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, RowMapping, insert, select, update

from harvester.store.connection import Store
from harvester.store.tables import COUNTS, pages, runs, windows
from harvester.windows import Bounds, Reason, Window

FRESH: Final[dict[str, object]] = {
    **dict.fromkeys(COUNTS, 0),
    "state": "pending",
    "fence": 0,
    "leased_until": 0.0,
    "not_before": 0.0,
    "tries": 0,
    "restarted": False,
}


class NewPage(Struct, frozen=True, kw_only=True):
    """A page that is to be fetched: of a list, or (GetRecord) of the one record that `identifier` names."""

    window: int
    set_spec: str
    verb: str = "ListRecords"
    token: str | None = None
    identifier: str | None = None


def insert_pages(connection: Connection, run: int, fresh: Sequence[NewPage], now: float) -> tuple[int, ...]:
    """Write new pages of a run and give their numbers; their hints are taken as sent now."""
    first = _take_numbers(connection, run, "next_page", len(fresh))
    rows = [
        {
            "run": run,
            "number": number,
            "window": page.window,
            "set_spec": page.set_spec,
            "verb": page.verb,
            "token": page.token,
            "identifier": page.identifier,
            "hinted_at": now,
            **FRESH,
        }
        for number, page in enumerate(fresh, start=first)
    ]
    if rows:
        connection.execute(insert(pages), rows)
    return tuple(range(first, first + len(rows)))


def open_windows(
    connection: Connection,
    run: int,
    parts: Iterable[tuple[str, Bounds]],
    *,
    reason: Reason,
    now: float,
    restarts: int = 0,
    verb: str = "ListRecords",
) -> tuple[int, ...]:
    """Write windows, each a set and bounds, and the first page of each; give the numbers of the pages."""
    wanted = list(parts)
    first = _take_numbers(connection, run, "next_window", len(wanted))
    rows = [
        {
            "run": run,
            "number": number,
            "set_spec": set_spec,
            "since": since,
            "until": until,
            "reason": reason,
            "restarts": restarts,
        }
        for number, (set_spec, (since, until)) in enumerate(wanted, start=first)
    ]
    connection.execute(insert(windows), rows)
    begins = [NewPage(window=first + place, set_spec=part[0], verb=verb) for place, part in enumerate(wanted)]
    return insert_pages(connection, run, begins, now)


def read_window(connection: Connection, run: int, number: int) -> Window:
    """Give a window that is there."""
    row = connection.execute(select(windows).where(windows.c.run == run, windows.c.number == number))
    return _window(row.mappings().one())


def list_windows(store: Store, run: int) -> list[Window]:
    """Give all windows of a run, in order."""
    with store.connect() as connection:
        rows = connection.execute(select(windows).where(windows.c.run == run).order_by(windows.c.number)).mappings()
        return [_window(row) for row in rows]


def _window(row: RowMapping) -> Window:
    return Window(**{name: row[name] for name in Window.__struct_fields__})


def _take_numbers(connection: Connection, run: int, counter: str, count: int) -> int:
    """Give the first of `count` numbers of pages or windows that nobody else gets."""
    column = runs.c[counter]
    taken = update(runs).where(runs.c.id == run).values({counter: column + count}).returning(column)
    return int(connection.execute(taken).scalar_one()) - count
