"""The ledger: one row a page of a run, `pending > archived > stored`, or `dead`.

Whoever works on a page holds it by a lease and a fence, the number of its claim: a holder that was slow, asleep or
taken for dead finds the fence changed, and writes nothing. A page and its successor are written together, so a list
never loses its thread.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.tables import COUNTS, endpoints, pages, runs

LIST_RECORDS: Final = "ListRecords"
IMPORT: Final = "Import"
"""The verb of the page that stands for the reading of a dump (harvester.store.imports); its token is the dump's URL."""

OPEN: Final = ("pending", "archived")
IS_OPEN: Final = pages.c.state.in_([literal_column(f"'{state}'") for state in OPEN])  # as in the index of open pages
MAX_TRIES: Final = 8
MAX_RESTARTS: Final = 2
ENDPOINT_DECODER: Final = msgspec.json.Decoder(Endpoint)
SETS_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])


class Claim(Struct, frozen=True, kw_only=True):
    """A page that is held, and all that is needed to work on it; `endpoint` is as it is kept now.

    `state` is pending or archived, `location` where the archive has it then ("" before). `token` is None for the
    first page of a set, whose `set_spec` "" is the whole repository.
    """

    run: int
    number: int
    fence: int
    state: str
    tries: int
    endpoint: Endpoint
    metadata_prefix: str
    sets: tuple[str, ...]
    since: str | None
    until: str | None
    set_spec: str
    token: str | None
    location: str
    response_date: str | None


class Archived(Struct, frozen=True):
    """A page that was marked archived; `next_number` is its successor in the run, None where it was the last."""

    next_number: int | None


class PageRow(Struct, frozen=True, kw_only=True):
    """A page as the ledger has it; times in seconds since 1970, 0 is never."""

    run: int
    number: int
    state: str
    set_spec: str
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
    received: int
    new: int
    changed: int
    unchanged: int
    deleted: int
    duplicate: int
    rejected: int


def insert_page(connection: Connection, run: int, number: int, *, set_spec: str, token: str | None, now: float) -> None:
    """Write a new page of a run; its hint is taken as sent now."""
    zeros: dict[str, object] = dict.fromkeys(COUNTS, 0)
    zeros |= {"fence": 0, "leased_until": 0.0, "not_before": 0.0, "tries": 0, "restarted": False}
    zeros |= {"window": 0, "verb": LIST_RECORDS}
    row = {"run": run, "number": number, "state": "pending", "set_spec": set_spec, "token": token, "hinted_at": now}
    connection.execute(insert(pages), row | zeros)


def claim_page(store: Store, run: int, number: int, *, lease_s: float, now: float) -> Claim | None:
    """Take a page of an open run for `lease_s`; None where it is done, not due, held, or its run or endpoint is gone.

    A page whose holder went away 8 times without a word (killed, out of memory) is dead, and not given again.
    """
    free = and_(_open_page(run, number), pages.c.leased_until < now, pages.c.not_before <= now, _run_is_open())
    values = {"fence": pages.c.fence + 1, "tries": pages.c.tries + 1, "leased_until": now + lease_s}
    taken = update(pages).where(free, pages.c.tries < MAX_TRIES).values(values).returning(pages)
    worn = {"state": "dead", "fence": pages.c.fence + 1, "error": _worn_out(), "leased_until": 0.0}
    with store.begin() as connection:
        page = connection.execute(taken).mappings().one_or_none()
        if page is None:
            connection.execute(update(pages).where(free, pages.c.tries >= MAX_TRIES).values(worn))
            return None
        return _claim(connection, page)


def renew_claim(store: Store, claim: Claim, *, lease_s: float, now: float) -> bool:
    """Hold a page for `lease_s` from now on; False where it is no longer held."""
    with store.begin() as connection:
        renewed = connection.execute(update(pages).where(held(claim)).values(leased_until=now + lease_s))
        return renewed.rowcount == 1


def mark_archived(
    store: Store,
    claim: Claim,
    *,
    location: str,
    received: int,
    response_date: str,
    complete_list_size: int | None,
    next_token: str | None,
    now: float,
) -> Archived | None:
    """Note where a page is archived, and write its successor: the next page of its list, or the next set's first.

    The page stays held, with its tries counted anew. Gives None where it is no longer held; nothing is written then.
    """
    values = {
        "state": "archived",
        "location": location,
        "received": received,
        "response_date": response_date,
        "complete_list_size": complete_list_size,
        "tries": 1,
        "error": None,
    }
    successor = _successor(claim, next_token)
    with store.begin() as connection:
        marked = connection.execute(update(pages).where(held(claim), pages.c.state == "pending").values(values))
        if marked.rowcount != 1:
            return None
        if successor is None:
            return Archived(None)
        set_spec, token = successor
        insert_page(connection, claim.run, claim.number + 1, set_spec=set_spec, token=token, now=now)
        return Archived(claim.number + 1)


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
        page = connection.execute(select(pages).where(_is(claim)).with_for_update()).mappings().one()
        if page["fence"] != claim.fence or page["state"] not in OPEN:
            return str(page["state"])
        tries = page["tries"] - (0 if failed else 1)
        state = "dead" if failed and tries >= max_tries else str(page["state"])
        given = {"leased_until": 0.0, "not_before": not_before, "hinted_at": now, "tries": tries, "error": error}
        connection.execute(update(pages).where(_is(claim)).values(given | {"state": state}))
        return state


def kill_page(store: Store, claim: Claim, error: str, now: float) -> None:
    """Give a page up for good, with the reason; a page no longer held is left alone."""
    with store.begin() as connection:
        values = {"state": "dead", "error": error, "leased_until": 0.0, "not_before": now}
        connection.execute(update(pages).where(held(claim)).values(values))


def restart_list(store: Store, claim: Claim, now: float) -> bool:
    """Close a page whose token the repository has forgotten, and write as its successor the first page of its set.

    At most twice a run; False after that, or where the page is no longer held: nothing is written then.
    """
    restarts = select(func.count()).where(pages.c.run == claim.run, pages.c.restarted)
    closed = {"state": "stored", "restarted": True, "leased_until": 0.0, "error": "token forgotten; list started again"}
    with store.begin() as connection:
        if connection.execute(restarts).scalar_one() >= MAX_RESTARTS:
            return False
        marked = connection.execute(update(pages).where(held(claim), pages.c.state == "pending").values(closed))
        if marked.rowcount != 1:
            return False
        insert_page(connection, claim.run, claim.number + 1, set_spec=claim.set_spec, token=None, now=now)
        return True


def next_page(store: Store, run: int) -> tuple[int, float] | None:
    """Give the number of a run's first open page and the time before which it is not to be taken (0: at once)."""
    first = select(pages.c.number, pages.c.not_before).where(pages.c.run == run, IS_OPEN, pages.c.verb != IMPORT)
    with store.connect() as connection:
        found = connection.execute(first.order_by(pages.c.number).limit(1)).one_or_none()
    return None if found is None else (found.number, found.not_before)


def stale_pages(store: Store, *, now: float, age_s: float, limit: int) -> list[tuple[int, int]]:
    """Give run and number of open pages that are due, that nobody holds, and no hint was sent for within `age_s`.

    They are stamped as hinted now, so that the next call gives others: hints are bounded (ckan/ckanext-harvest#420).
    """
    waiting = and_(IS_OPEN, pages.c.leased_until < now, pages.c.not_before <= now, pages.c.hinted_at < now - age_s)
    chosen = select(pages.c.run, pages.c.number).where(waiting, _run_is_open()).order_by(pages.c.hinted_at).limit(limit)
    once = chosen.with_for_update(skip_locked=True, of=pages).cte()
    stamp = update(pages).where(tuple_(pages.c.run, pages.c.number).in_(select(once)))
    with store.begin() as connection:
        found = connection.execute(stamp.values(hinted_at=now).returning(pages.c.run, pages.c.number))
        return sorted((row.run, row.number) for row in found)


def mark_hinted(store: Store, run: int, number: int, now: float) -> None:
    """Note that a hint for a page was sent."""
    with store.begin() as connection:
        connection.execute(update(pages).where(_open_page(run, number)).values(hinted_at=now))


def get_page(store: Store, run: int, number: int) -> PageRow | None:
    """Give one page of a run, or None."""
    with store.connect() as connection:
        found = connection.execute(_rows().where(pages.c.run == run, pages.c.number == number)).mappings()
        row = found.one_or_none()
    return None if row is None else PageRow(**row)


def list_pages(store: Store, run: int) -> list[PageRow]:
    """Give all pages of a run, in order."""
    with store.connect() as connection:
        rows = connection.execute(_rows().where(pages.c.run == run).order_by(pages.c.number)).mappings()
        return [PageRow(**row) for row in rows]


def is_import(connection: Connection, run: int) -> bool:
    """Tell whether a run imports a dump: what it shows may be old, and says nothing of what a repository has now."""
    reading = exists().where(pages.c.run == run, pages.c.number == 0, pages.c.verb == IMPORT)
    return bool(connection.execute(select(reading)).scalar())


def held(claim: Claim) -> ColumnElement[bool]:
    """Give the condition that the page is open and still held by this claim, in a run that is open."""
    return and_(_open_page(claim.run, claim.number), pages.c.fence == claim.fence, _run_is_open())


def _is(claim: Claim) -> ColumnElement[bool]:
    return and_(pages.c.run == claim.run, pages.c.number == claim.number)


def _open_page(run: int, number: int) -> ColumnElement[bool]:
    return and_(pages.c.run == run, pages.c.number == number, IS_OPEN)


def _run_is_open() -> ColumnElement[bool]:
    """Give the condition that the page's run is open and its endpoint still there."""
    return exists().where(runs.c.id == pages.c.run, runs.c.ended.is_(None), endpoints.c.key == runs.c.endpoint)


def _worn_out() -> ColumnElement[str]:
    """Give the error of a page that outlived its holders: its last one, or what must have happened."""
    return func.coalesce(pages.c.error, f"{MAX_TRIES} workers ended without a word while they worked on this page")


def _claim(connection: Connection, page: RowMapping) -> Claim:
    joined = select(runs, endpoints.c.definition).join(endpoints, endpoints.c.key == runs.c.endpoint)
    run = connection.execute(joined.where(runs.c.id == page["run"])).one()
    return Claim(
        run=page["run"],
        number=page["number"],
        fence=page["fence"],
        state=page["state"],
        tries=page["tries"],
        endpoint=ENDPOINT_DECODER.decode(run.definition),
        metadata_prefix=run.metadata_prefix,
        sets=SETS_DECODER.decode(run.sets),
        since=run.since,
        until=run.until,
        set_spec=page["set_spec"],
        token=page["token"],
        location=page["location"] or "",
        response_date=page["response_date"],
    )


def _successor(claim: Claim, next_token: str | None) -> tuple[str, str | None] | None:
    """Give set and token of the page after this one, None at the end of the last set."""
    if next_token is not None:
        return claim.set_spec, next_token
    if claim.set_spec not in claim.sets:
        return None
    following = claim.sets[claim.sets.index(claim.set_spec) + 1 :]
    return (following[0], None) if following else None


def _rows() -> Select[Any]:
    return select(*(pages.c[name] for name in PageRow.__struct_fields__))
