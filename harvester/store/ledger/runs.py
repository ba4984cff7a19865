"""Runs: when an endpoint was harvested, what came of it, and whether the numbers add up."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, exists, func, insert, select, update

from harvester.endpoint import Endpoint
from harvester.errors import FatalError
from harvester.store.connection import Store
from harvester.store.errors import StoreBusyError, UnknownEndpointError
from harvester.store.ledger.balance import Balance, difference, read_balance
from harvester.store.ledger.pages import IS_OPEN, is_import
from harvester.store.ledger.windows import open_windows
from harvester.store.locking import host_of
from harvester.store.operating.controls import ANY, PausedError, read_control
from harvester.store.tables import COUNTS, endpoints, pages, runs, watermarks
from harvester.store.vanished import Verdict, find_absence, plan_deletions
from harvester.watermark import watermark_of
from harvester.windows import full_datestamp

Within = Callable[[Connection], None]
EndState = Literal["complete", "partial", "failed", "cancelled", "unbalanced", "held"]
SETS_ENCODER: Final = msgspec.json.Encoder()
SETS_DECODER: Final = msgspec.json.Decoder(tuple[str, ...])


class Run(Struct, frozen=True, kw_only=True):
    """One run of an endpoint; `state` is None while it is open, `balance` is known when it has ended.

    Times are seconds since 1970; `since` and `until` are datestamps as sent to the repository.
    """

    id: int
    endpoint: str
    metadata_prefix: str
    sets: tuple[str, ...]
    since: str | None
    until: str | None
    full: bool
    state: str | None
    started: float
    ended: float | None
    error: str | None
    balance: Balance | None


class RunOpenError(FatalError):
    """The endpoint has an open run already; `run` is it."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"endpoint {run.endpoint}: run {run.id} is open; let it end, or go on with it")
        self.run = run


def start_run(
    store: Store,
    endpoint: Endpoint,
    *,
    since: str | None,
    until: str | None,
    full: bool,
    now: float,
    deleted_record: str = "",
    within: Within | None = None,
) -> Run:
    """Open a run of an endpoint that is in the store, with the first page of each of its sets, ready to be claimed.

    `within` is called in the same transaction; where it raises, no run is opened.

    `deleted_record` is what the repository says it does with deleted records; empty for a list that is no witness of
    what the repository holds now, such as one read from files: what it lacks means nothing.
    Raises: RunOpenError where one is open, PausedError, UnknownEndpointError, BadDatestampError.
    """
    try:
        with store.begin() as connection:
            found = _open_run(connection, endpoint.key)
            if found is not None:
                raise RunOpenError(found)
            if within is not None:
                within(connection)
            asked: dict[str, object] = {"since": since, "until": until, "full": full, "deleted_record": deleted_record}
            run = insert_run(connection, endpoint, asked, now)
            bounds = (
                full_datestamp(since) if since else None,
                full_datestamp(until, end=True) if until else None,
            )
            wanted = [(set_spec, bounds) for set_spec in endpoint.sets or ("",)]
            open_windows(connection, run.id, wanted, reason="whole", now=now)
            return run
    except StoreBusyError:
        found = open_run(store, endpoint.key)
        if found is not None:  # another process was first, in the same moment
            raise RunOpenError(found) from None
        raise


def note_failed_run(connection: Connection, endpoint: Endpoint, error: str, *, started: float, now: float) -> None:
    """Write a run that was to begin at `started` and could not, as a part of a transaction; once for each such time."""
    told = {"error": error, "ended": now}
    same = (runs.c.endpoint == endpoint.key, runs.c.started == started, runs.c.state == "failed")
    if connection.execute(update(runs).where(*same).values(told)).rowcount:
        return
    asked = {"since": None, "until": None, "full": False, "deleted_record": "", "state": "failed"}
    insert_run(connection, endpoint, asked | told | dict.fromkeys(COUNTS, 0), started)


def get_run(store: Store, run_id: int) -> Run | None:
    """Give a run, or None."""
    with store.connect() as connection:
        return read_run(connection, run_id)


def read_run(connection: Connection, run_id: int) -> Run | None:
    """Give a run as a transaction sees it, or None."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def open_run(store: Store, endpoint_key: str) -> Run | None:
    """Give the open run of an endpoint, or None."""
    with store.connect() as connection:
        return _open_run(connection, endpoint_key)


def list_runs(
    store: Store, endpoint_key: str | None = None, limit: int = 50, *, before: int | None = None
) -> list[Run]:
    """Give runs, the newest first, of one endpoint or of all; where given, those with a number before another's."""
    statement = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(runs.c.id < before)
    return _list(store, statement if endpoint_key is None else statement.where(runs.c.endpoint == endpoint_key))


def list_open_runs(store: Store) -> list[Run]:
    """Give all open runs, the oldest first."""
    return _list(store, select(runs).where(runs.c.ended.is_(None)).order_by(runs.c.id))


def running(store: Store, run_id: int, now: float) -> bool:
    """Tell whether somebody works on a run now: one of its pages is held, by a lease that has not run out."""
    held = exists().where(pages.c.run == run_id, IS_OPEN, pages.c.leased_until >= now)
    with store.connect() as connection:
        return bool(connection.execute(select(held)).scalar())


def end_run(store: Store, run_id: int, state: EndState, error: str | None, now: float) -> Run | None:
    """End an open run as it stands; its pages can no longer be claimed or stored. None where it had ended before."""
    with store.begin() as connection:
        return end_in(connection, run_id, state, error, now)


def finish_run(store: Store, run_id: int, now: float) -> Run | None:
    """End a run that has no open page left; None where pages are open, or it had ended before.

    A dead page makes it partial, or failed where no page was stored; a difference makes it unbalanced. A complete run
    moves the watermarks, unless it had an end of its own (`until`), began after what its set has been harvested to, or
    imported a dump. A complete list that lacks live records gets a deletion plan; the watermarks move when that has
    been applied. Where the plan needs a person the run is held; so is one whose list is suddenly far too short.
    """
    with store.connect() as connection:
        if not _is_finished(connection, run_id):
            return None
        absence = find_absence(connection, run_id)  # reads all of the endpoint's records, so not while we write
    with store.begin() as connection:
        connection.execute(select(runs.c.id).where(runs.c.id == run_id).with_for_update())
        if not _is_finished(connection, run_id):
            return None
        state, error = _verdict(connection, run_id)
        if state != "complete":
            return end_in(connection, run_id, state, error, now)
        verdict = Verdict("complete") if absence is None else plan_deletions(connection, absence, now)
        run = end_in(connection, run_id, verdict.state, verdict.note, now)
        if run is None or run.state == "held" or verdict.plan is not None or is_import(connection, run_id):
            return run
        return move_watermarks(connection, store, run)


def get_watermarks(store: Store, endpoint_key: str) -> dict[str, str]:
    """Give for each set of an endpoint ("" is the whole repository) the response date it is harvested to."""
    with store.connect() as connection:
        found = connection.execute(select(watermarks).where(watermarks.c.endpoint == endpoint_key))
        return {row.set_spec: row.response_date for row in found}


def move_watermarks(connection: Connection, store: Store, run: Run, *, late: bool = False) -> Run:
    """Set the watermark of each set to the first response date of its pages (OAI-PMH 2.0, 2.7.1: the server's clock).

    A run with an end of its own moves nothing. A run that began after the watermark, or with none, leaves a gap before
    it: the watermark stays, so that the gap is harvested. With `late`, long after the run, what later ones have moved
    stays, too. Gives the run with what the operator should know of its dates.
    """
    if run.until is not None:
        return run
    dates = select(pages.c.set_spec, func.min(func.nullif(pages.c.response_date, ""))).where(pages.c.run == run.id)
    notes = [run.error] if run.error else []
    for set_spec, response_date in connection.execute(dates.group_by(pages.c.set_spec)).all():
        watermark, note = watermark_of(response_date, run.started)
        _move_watermark(connection, store, run, set_spec, watermark, late=late)
        if note is not None and note not in notes:
            notes.append(note)
    told = update(runs).where(runs.c.id == run.id).values(error="; ".join(notes) or None)
    return _run(connection.execute(told.returning(runs)).one())


def _move_watermark(
    connection: Connection, store: Store, run: Run, set_spec: str, watermark: str, *, late: bool
) -> None:
    here = watermarks.c.endpoint == run.endpoint, watermarks.c.set_spec == set_spec
    values = {"response_date": watermark}
    if run.since is None:
        key = {"endpoint": run.endpoint, "set_spec": set_spec}
        moved = store.upsert(watermarks).values(key | values)
        behind = watermarks.c.response_date < watermark if late else None
        connection.execute(moved.on_conflict_do_update(index_elements=list(key), set_=values, where=behind))
    elif run.since <= watermark:
        connection.execute(update(watermarks).where(*here, watermarks.c.response_date >= run.since).values(values))


def _list(store: Store, statement: Select[Any]) -> list[Run]:
    with store.connect() as connection:
        return [_run(row) for row in connection.execute(statement)]


def _open_run(connection: Connection, endpoint_key: str) -> Run | None:
    statement = select(runs).where(runs.c.endpoint == endpoint_key, runs.c.ended.is_(None))
    row = connection.execute(statement).one_or_none()
    return None if row is None else _run(row)


def insert_run(connection: Connection, endpoint: Endpoint, asked: dict[str, object], now: float) -> Run:
    """Write a new run without any page, as a part of a transaction; `asked` are its columns of what is wanted.

    Raises: UnknownEndpointError, PausedError.
    """
    known = select(endpoints.c.key).where(endpoints.c.key == endpoint.key).with_for_update()
    if connection.execute(known).scalar() is None:
        raise UnknownEndpointError(f"endpoint {endpoint.key} is not in the store: add it first (oaihub endpoints add)")
    control = read_control(connection, stage="harvest", endpoint=endpoint.key, states=ANY)
    if control is not None:
        raise PausedError(control)
    values = {
        "endpoint": endpoint.key,
        "metadata_prefix": endpoint.metadata_prefix,
        "sets": SETS_ENCODER.encode(endpoint.sets).decode(),
        "started": now,
        "host": host_of(endpoint.base_url),
        "next_page": 0,
        "next_window": 0,
    }
    return _run(connection.execute(insert(runs).values(values | asked).returning(runs)).one())


def _is_finished(connection: Connection, run_id: int) -> bool:
    is_open = exists().where(runs.c.id == run_id, runs.c.ended.is_(None))
    has_page = exists().where(pages.c.run == run_id, IS_OPEN)
    return bool(connection.execute(select(is_open & ~has_page)).scalar())


def _verdict(connection: Connection, run_id: int) -> tuple[EndState, str | None]:
    dead = select(pages.c.number, pages.c.error).where(pages.c.run == run_id, pages.c.state == "dead")
    first = connection.execute(dead.order_by(pages.c.number).limit(1)).one_or_none()
    if first is not None:
        stored = exists().where(pages.c.run == run_id, pages.c.state == "stored")
        some = connection.execute(select(stored)).scalar()
        return ("partial" if some else "failed"), f"page {first.number}: {first.error}"
    missing = difference(read_balance(connection, run_id))
    if missing:
        return "unbalanced", f"{missing} of the records received are not accounted for"
    return "complete", None


def end_in(connection: Connection, run_id: int, state: EndState, error: str | None, now: float) -> Run | None:
    """As end_run, as a part of a transaction.

    Open pages are taken from their holders first: what one of them is storing is stored and counted, or not at all.
    """
    connection.execute(update(pages).where(pages.c.run == run_id, IS_OPEN).values(fence=pages.c.fence + 1))
    balance = read_balance(connection, run_id)
    values: dict[str, object] = {name: getattr(balance, name) for name in COUNTS}
    values |= {"state": state, "error": error, "ended": now}
    is_open = (runs.c.id == run_id, runs.c.ended.is_(None))
    row = connection.execute(update(runs).where(*is_open).values(values).returning(runs)).one_or_none()
    return None if row is None else _run(row)


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)  # noqa: SLF001  the documented name
    counts = {name: values.pop(name) for name in COUNTS}
    for name in ("deleted_record", "host", "next_page", "next_window"):
        del values[name]
    balance = None if values["ended"] is None else Balance(**counts)
    return Run(**values | {"sets": SETS_DECODER.decode(values["sets"]), "balance": balance})
