"""The ledger: one row a page of a run, `pending > archived > stored`, or `dead`.

Whoever works on a page holds it by a lease and a fence, the number of its claim: a holder that was slow, asleep or
taken for dead finds the fence changed, and writes nothing. How a list goes on is in lists.py.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.ledger.windows import read_window
from harvester.store.locking import lock_host
from harvester.store.operating.breakers import is_open, turn_in
from harvester.store.operating.controls import is_stopped
from harvester.store.tables import endpoints, pages, runs
from harvester.windows import Window

IMPORT: Final = "Import"
"""The verb of the page that stands for the reading of a dump (see imports.py); its token is the dump's URL."""

OPEN: Final = ("pending", "archived")
IS_OPEN: Final = pages.c.state.in_([literal_column(f"'{state}'") for state in OPEN])  # as in the index of open pages
IS_STORED: Final = pages.c.state == literal_column("'stored'")  # as in the index of stored pages
MAX_TRIES: Final = 8
NEXT_FIRST: Final = (pages.c.token.is_(None), pages.c.number)
HELD: Final = pages.alias("held")
ENDPOINT_DECODER: Final = msgspec.json.Decoder(Endpoint)
NOTES_DECODER: Final = msgspec.json.Decoder(dict[str, int])


class Claim(Struct, frozen=True, kw_only=True):
    """A page that is held, and all that is needed to work on it; `endpoint` is as it is kept now.

    `state` is pending or archived, `location` where the archive has it then ("" before). `token` is None for the
    first page of a window; `identifier` is the record that a GetRecord page asks for. `since` and `until` are those of
    the run, as they were sent. `trial` is whether it is to show that the archive can be written again.
    """

    run: int
    number: int
    fence: int
    state: str
    tries: int
    endpoint: Endpoint
    metadata_prefix: str
    host: str
    since: str | None
    until: str | None
    window: Window
    verb: str
    token: str | None
    identifier: str | None
    location: str
    response_date: str | None
    trial: bool = False


class OpenPage(Struct, frozen=True):
    """A page that is not done: not to be taken before `not_before`, held until `leased_until` (0: free).

    `error` is that of its last try.
    """

    number: int
    not_before: float
    leased_until: float
    tries: int
    error: str | None


class PageRow(Struct, frozen=True, kw_only=True):
    """A page as the ledger has it; times in seconds since 1970, 0 is never."""

    run: int
    number: int
    state: str
    window: int
    verb: str
    set_spec: str
    identifier: str | None
    token: str | None
    leased_until: float
    not_before: float
    hinted_at: float
    tries: int
    restarted: bool
    error: str | None
    location: str | None
    response_date: str | None
    complete_list_size: int | None
    notes: dict[str, int]
    received: int
    new: int
    changed: int
    unchanged: int
    deleted: int
    duplicate: int
    rejected: int


def claim_page(store: Store, run: int, number: int, *, lease_s: float, now: float) -> Claim | None:
    """Take a page of an open run for `lease_s`.

    None where it is done, not due, held, paused, its run or endpoint is gone, the archive cannot be written, or as many
    requests as the endpoint allows are under way at its host, of whatever run. A page whose holder went away 8 times
    without a word (killed, out of memory) is dead, and not given again.
    """
    with store.begin() as connection:
        task = _read_task(connection, run)
        if task is None:
            return None
        endpoint = ENDPOINT_DECODER.decode(task.definition)
        lock_host(connection, task.host)
        free = and_(_open_page(run, number), pages.c.leased_until < now, pages.c.not_before <= now)
        slot = or_(pages.c.state == "archived", _requests_at(task.host, now) < endpoint.parallel)
        values = {"fence": pages.c.fence + 1, "tries": pages.c.tries + 1, "leased_until": now + lease_s}
        taken = update(pages).where(free, slot, pages.c.tries < MAX_TRIES).values(values).returning(pages)
        page = connection.execute(taken).mappings().one_or_none()
        if page is None:
            worn = {"state": "dead", "fence": pages.c.fence + 1, "error": _worn_out(), "leased_until": 0.0}
            worn["hinted_at"] = now
            connection.execute(update(pages).where(free, pages.c.tries >= MAX_TRIES).values(worn))
            return None
        turn = turn_in(connection, "harvest", now) if task.broken and page["state"] == "pending" else "free"
        if turn == "shut":
            given = {"leased_until": 0.0, "tries": pages.c.tries - 1}
            connection.execute(update(pages).where(_open_page(run, number)).values(given))
            return None
        return _claim(connection, page, task, endpoint, trial=turn == "trial")


def renew_claim(store: Store, claim: Claim, *, lease_s: float, now: float) -> bool:
    """Hold a page for `lease_s` from now on; False where it is no longer held."""
    with store.begin() as connection:
        renewed = connection.execute(update(pages).where(held(claim)).values(leased_until=now + lease_s))
        return renewed.rowcount == 1


def release_page(
    store: Store,
    claim: Claim,
    *,
    error: str,
    not_before: float,
    now: float,
    max_tries: int = MAX_TRIES,
    failed: bool = True,
) -> str:
    """Give a page back, not to be taken before `not_before`; dead after `max_tries` failed tries. Give its state.

    With `failed` False it was no try (the host asked to wait). A page no longer held is left alone.
    """
    with store.begin() as connection:
        page = connection.execute(select(pages).where(is_page(claim)).with_for_update()).mappings().one()
        if page["fence"] != claim.fence or page["state"] not in OPEN:
            return str(page["state"])
        tries = page["tries"] - (0 if failed else 1)
        state = "dead" if failed and tries >= max_tries else str(page["state"])
        given = {"leased_until": 0.0, "not_before": not_before, "hinted_at": now, "tries": tries, "error": error}
        connection.execute(update(pages).where(is_page(claim)).values(given | {"state": state}))
        return state


def kill_page(store: Store, claim: Claim, error: str, now: float) -> None:
    """Give a page up for good, with the reason; a page no longer held is left alone."""
    with store.begin() as connection:
        values = {"state": "dead", "error": error, "leased_until": 0.0, "hinted_at": now}
        connection.execute(update(pages).where(held(claim)).values(values))


def next_page(store: Store, run: int) -> OpenPage | None:
    """Give a run's open page that is to come next, None where all are done."""
    return next(iter(open_pages(store, run, limit=1)), None)


def open_pages(store: Store, run: int, *, limit: int) -> list[OpenPage]:
    """Give open pages of a run in the order in which they are to be taken: lists under way first, for tokens expire."""
    columns = (pages.c[name] for name in OpenPage.__struct_fields__)
    due = (pages.c.run == run, IS_OPEN, pages.c.verb != IMPORT)
    chosen = select(*columns).where(*due).order_by(*NEXT_FIRST).limit(limit)
    with store.connect() as connection:
        return [OpenPage(*row) for row in connection.execute(chosen)]


def list_pages(store: Store, run: int) -> list[PageRow]:
    """Give all pages of a run, in order."""
    with store.connect() as connection:
        rows = connection.execute(_rows().where(pages.c.run == run).order_by(pages.c.number)).mappings()
        return [_page_row(row) for row in rows]


def moved_at() -> ScalarSelect[float | None]:
    """Give when a run (a row of `runs`) last stored a page, null where it has stored none."""
    done = (pages.c.run == runs.c.id, IS_STORED, pages.c.leased_until > 0)
    return select(func.max(pages.c.leased_until)).where(*done).correlate(runs).scalar_subquery()


def is_import(connection: Connection, run: int) -> bool:
    """Tell whether a run imports a dump: what it shows may be old, and says nothing of what a repository has now."""
    reading = exists().where(pages.c.run == run, pages.c.number == 0, pages.c.verb == IMPORT)
    return bool(connection.execute(select(reading)).scalar())


def held(claim: Claim) -> ColumnElement[bool]:
    """Give the condition that the page is open and still held by this claim, in a run that is open."""
    return and_(_open_page(claim.run, claim.number), pages.c.fence == claim.fence, _run_is_open())


def is_page(claim: Claim) -> ColumnElement[bool]:
    """Give the condition that a page is the one of this claim, held or not."""
    return and_(pages.c.run == claim.run, pages.c.number == claim.number)


def _open_page(run: int, number: int) -> ColumnElement[bool]:
    return and_(pages.c.run == run, pages.c.number == number, IS_OPEN)


def _run_is_open() -> ColumnElement[bool]:
    """Give the condition that the page's run is open and its endpoint still there."""
    return exists().where(runs.c.id == pages.c.run, runs.c.ended.is_(None), endpoints.c.key == runs.c.endpoint)


def _worn_out() -> ColumnElement[str]:
    """Give the error of a page that outlived its holders: its last one, or what must have happened."""
    return func.coalesce(pages.c.error, f"{MAX_TRIES} workers ended without a word while they worked on this page")


def _read_task(connection: Connection, run: int) -> Row[Any] | None:
    """Give an open run with the definition of its endpoint, None where either is gone, or paused."""
    columns = (runs, endpoints.c.definition, is_open("harvest").label("broken"))
    joined = select(*columns).join(endpoints, endpoints.c.key == runs.c.endpoint)
    going = (runs.c.id == run, runs.c.ended.is_(None), ~is_stopped("harvest", runs.c.endpoint))
    return connection.execute(joined.where(*going)).one_or_none()


def _requests_at(host: str, now: float) -> ScalarSelect[int]:
    """Count the requests that are under way at a host."""
    count = select(func.count()).select_from(HELD.join(runs, runs.c.id == HELD.c.run))
    pending = HELD.c.state == literal_column("'pending'")
    return count.where(
        runs.c.host == host, runs.c.ended.is_(None), pending, HELD.c.leased_until >= now
    ).scalar_subquery()


def _claim(connection: Connection, page: RowMapping, task: Row[Any], endpoint: Endpoint, *, trial: bool) -> Claim:
    return Claim(
        run=page["run"],
        number=page["number"],
        fence=page["fence"],
        state=page["state"],
        tries=page["tries"],
        endpoint=endpoint,
        metadata_prefix=task.metadata_prefix,
        host=task.host,
        since=task.since,
        until=task.until,
        window=read_window(connection, page["run"], page["window"]),
        verb=page["verb"],
        token=page["token"],
        identifier=page["identifier"],
        location=page["location"] or "",
        response_date=page["response_date"],
        trial=trial,
    )


def _page_row(row: RowMapping) -> PageRow:
    return PageRow(**{**row, "notes": NOTES_DECODER.decode(row["notes"]) if row["notes"] else {}})


def _rows() -> Select[Any]:
    return select(*(pages.c[name] for name in PageRow.__struct_fields__))
