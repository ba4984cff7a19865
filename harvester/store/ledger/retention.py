"""Which archived pages may go: those that nothing in the store was last read from, by a rule of age.

A page goes in three steps, so that a crash anywhere loses nothing and leaves nothing for good: its row says since
when it is `removed`, with its location, and nobody reads it any more; its file is deleted; its location is forgotten.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, bindparam, exists, false, func, select, update

from harvester.store.connection import Store
from harvester.store.ledger.pages import IMPORT
from harvester.store.operating.audit import audit_in
from harvester.store.tables import pages, records, rejected, runs

DAY_S: Final = 86_400.0
LOCATED: Final = pages.c.location.is_not(None)
FORGET: Final = (
    update(pages).where(pages.c.run == bindparam("of"), pages.c.number == bindparam("at")).values(location=None)
)


class Rule(Struct, frozen=True, kw_only=True):
    """How old a page must be: by both conditions where both are given; without either nothing goes.

    Of a run before the last `full_runs` complete full ones of its endpoint; of a run that ended `days` ago.
    """

    full_runs: int | None = None
    days: float | None = None


class OldPage(Struct, frozen=True):
    """An archived page that may go."""

    run: int
    number: int
    endpoint: str
    location: str


def list_removable(store: Store, rule: Rule, now: float) -> list[OldPage]:
    """Give the pages that a rule lets go, by endpoint, the oldest first."""
    columns = (pages.c.run, pages.c.number, runs.c.endpoint, pages.c.location)
    found = select(*columns).join(runs, runs.c.id == pages.c.run).where(_may_go(rule, now))
    with store.connect() as connection:
        rows = connection.execute(found.order_by(runs.c.endpoint, pages.c.run, pages.c.number)).all()
    return [OldPage(*row) for row in rows]


def mark_removable(store: Store, rule: Rule, *, actor: str, now: float) -> int:
    """Have the pages that a rule lets go read by nobody any more; give how many they are. The audit tells."""
    chosen = exists().where(runs.c.id == pages.c.run, _may_go(rule, now)).correlate(pages)
    with store.begin() as connection:
        count = connection.execute(update(pages).where(chosen).values(removed=now)).rowcount
        if count:
            details = {"pages": count, "full_runs": rule.full_runs, "days": rule.days}
            audit_in(connection, actor=actor, action="archive remove", object="archive", details=details, now=now)
    return count


def list_marked(store: Store, limit: int) -> list[OldPage]:
    """Give pages that are read by nobody any more and whose files may be there yet."""
    columns = (pages.c.run, pages.c.number, runs.c.endpoint, pages.c.location)
    found = select(*columns).join(runs, runs.c.id == pages.c.run).where(pages.c.removed > 0, LOCATED).limit(limit)
    with store.connect() as connection:
        return [OldPage(*row) for row in connection.execute(found)]


def forget_locations(store: Store, gone: Sequence[OldPage]) -> None:
    """Note that the files of pages are deleted."""
    with store.begin() as connection:
        connection.execute(FORGET, [{"of": page.run, "at": page.number} for page in gone])


def count_removed(store: Store, run: int, number: int | None = None) -> int:
    """Count the pages of a run that the archive has let go, or whether that one is."""
    mine = pages.c.run == run, pages.c.removed > 0
    counted = select(func.count()).select_from(pages).where(*mine)
    with store.connect() as connection:
        return connection.execute(counted if number is None else counted.where(pages.c.number == number)).scalar_one()


def _may_go(rule: Rule, now: float) -> ColumnElement[bool]:
    """Give the condition for pages joined with their runs.

    A page that a record (a deleted one too) was last read from is what `replay` needs for what is shown; one with
    records set aside is what reads those again; what was imported cannot be asked for again.
    """
    owned = exists().where(records.c.run == pages.c.run, records.c.number == pages.c.number).correlate(pages)
    aside = exists().where(rejected.c.run == pages.c.run, rejected.c.number == pages.c.number).correlate(pages)
    is_old = _is_old(rule, now)
    is_done = runs.c.ended.is_not(None), runs.c.state != "held", pages.c.state == "stored", pages.c.verb != IMPORT
    return and_(LOCATED, pages.c.removed == 0, *is_done, is_old, ~owned, ~aside)


def _is_old(rule: Rule, now: float) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if rule.days is not None:
        conditions.append(runs.c.ended < now - rule.days * DAY_S)
    if rule.full_runs is not None:
        later = runs.alias("later")
        newer = select(func.count()).select_from(later)
        newer = newer.where(
            later.c.endpoint == runs.c.endpoint, later.c.full, later.c.state == "complete", later.c.id > runs.c.id
        )
        conditions.append(newer.correlate(runs).scalar_subquery() >= rule.full_runs)
    return and_(*conditions) if conditions else false()
