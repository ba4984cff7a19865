"""What an operator does with runs and dead letters: begin them again where they stood, or end them."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Row, case, tuple_, update

from harvester.store.connection import Store
from harvester.store.dois import UNSORTED
from harvester.store.ledger.dead import Chosen, DeadLetter, read_dead
from harvester.store.ledger.runs import Run, end_in
from harvester.store.many import in_parts
from harvester.store.membership import among
from harvester.store.operating.audit import audit_in
from harvester.store.operating.controls import ANY, PausedError, read_control
from harvester.store.outbox import enqueue_joined
from harvester.store.tables import COUNTS, dois, pages, runs, windows

REOPENED: Final = {"state": None, "ended": None, "error": None, **dict.fromkeys(COUNTS)}


class Retried(Struct, frozen=True):
    """What is tried again, what cannot be, and the runs that are open again for that."""

    letters: tuple[DeadLetter, ...]
    left: tuple[DeadLetter, ...]
    reopened: tuple[int, ...]


def retry_dead(store: Store, chosen: Chosen, *, actor: str, reason: str, now: float) -> Retried:
    """Have dead letters tried again from the start, in one transaction; those for which that is of no use stay.

    A run that ended partial or failed for its dead pages is open again, and ends complete where nothing else is amiss.
    Raises: PausedError where a run would be opened that an operator has stopped.
    """
    with store.begin() as connection:
        found = read_dead(connection, chosen)
        letters = [letter for letter in found if letter.retry]
        of = {kind: [one for one in letters if one.kind == kind] for kind in ("page", "document", "doi")}
        reopened = _retry_pages(connection, of["page"], now)
        enqueue_joined(store, connection, sorted(letter.key for letter in of["document"]), now)
        _retry_dois(connection, [letter.key for letter in of["doi"]], now)
        for letter in letters:
            told = {"error": letter.error, "reason": reason}
            name = f"{letter.kind}:{letter.key}"
            audit_in(connection, actor=actor, action="retry", object=name, details=told, now=now)
    return Retried(tuple(letters), tuple(one for one in found if not one.retry), tuple(reopened))


def cancel_run(store: Store, run_id: int, *, actor: str, reason: str, now: float) -> Run | None:
    """End an open run as cancelled: its pages can no longer be stored. None where it had ended before."""
    why = f" ({reason})" if reason else ""
    with store.begin() as connection:
        run = end_in(connection, run_id, "cancelled", f"cancelled by {actor}{why}", now)
        if run is not None:
            told = {"endpoint": run.endpoint, "reason": reason}
            audit_in(connection, actor=actor, action="cancel", object=f"run:{run_id}", details=told, now=now)
        return run


def _retry_pages(connection: Connection, letters: Sequence[DeadLetter], now: float) -> list[int]:
    """Open dead pages, and their runs where these had ended; give those."""
    if not letters:
        return []
    places = [tuple(map(int, letter.key.split("/"))) for letter in letters]
    reopened: list[Row[Any]] = []
    for some in in_parts(sorted({run for run, _ in places})):
        ended = update(runs).where(runs.c.id.in_(some), runs.c.ended.is_not(None))
        reopened += connection.execute(ended.values(REOPENED).returning(runs.c.id, runs.c.endpoint)).all()
    for run in reopened:
        control = read_control(connection, stage="harvest", endpoint=run.endpoint, states=ANY)
        if control is not None:
            raise PausedError(control)
    for part in in_parts(places):
        _open_again(connection, part, now)
    return sorted(run.id for run in reopened)


def _open_again(connection: Connection, places: Sequence[tuple[int, ...]], now: float) -> None:
    fresh = {
        "state": case((pages.c.location.is_not(None), "archived"), else_="pending"),
        "fence": pages.c.fence + 1,
        "tries": 0,
        "not_before": now,
        "hinted_at": 0.0,
    }
    mine = tuple_(pages.c.run, pages.c.number).in_(places)
    connection.execute(update(pages).where(mine, pages.c.state == "dead").values(fresh))
    of_pages = pages.select().with_only_columns(pages.c.run, pages.c.window).where(mine)
    begun_again = update(windows).where(
        windows.c.reason == "restart", tuple_(windows.c.run, windows.c.number).in_(of_pages)
    )
    connection.execute(begun_again.values(restarts=0))  # a token that is forgotten may be met once more


def _retry_dois(connection: Connection, wanted: Sequence[str], now: float) -> None:
    again = {"route": UNSORTED, "due": now, "tries": 0, "omitted_by": None, "error": None, "leased_until": 0.0}
    connection.execute(update(dois).where(among(connection, dois.c.doi, wanted), dois.c.state == "dead").values(again))
