"""Which archived pages may go: those that nothing in the store was last read from, by a rule of age.

A page goes in three steps, so that a crash anywhere loses nothing and leaves nothing for good: its row says since
when it is `removed`, with its location, and nobody reads it any more; its file is deleted; its location is forgotten.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, select, tuple_, update

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


class Share(Struct, frozen=True):
    """Pages of an endpoint, and the bytes that they take in the archive."""

    endpoint: str
    pages: int
    bytes: int


class OldPage(Struct, frozen=True):
    """A page that is let go, and where its file may be yet."""

    run: int
    number: int
    location: str


def weigh_removable(store: Store, rule: Rule, now: float) -> list[Share]:
    """Give what a rule would let go, by endpoint."""
    counts = (runs.c.endpoint, func.count(), func.sum(pages.c.archived_bytes))
    weighed = _removable(select(*counts), rule, now).group_by(runs.c.endpoint).order_by(runs.c.endpoint)
    with store.connect() as connection:
        return [Share(row[0], row[1], int(row[2])) for row in connection.execute(weighed)]


def mark_removable(store: Store, rule: Rule, *, actor: str, now: float) -> int:
    """Have the pages that a rule lets go read by nobody any more; give how many they are. The audit tells."""
    page = tuple_(pages.c.run, pages.c.number)
    chosen = page.in_(_removable(select(pages.c.run, pages.c.number), rule, now))
    with store.begin() as connection:
        count = connection.execute(update(pages).where(chosen).values(removed=now)).rowcount
        if count:
            details = {"pages": count, "full_runs": rule.full_runs, "days": rule.days}
            audit_in(connection, actor=actor, action="archive remove", object="archive", details=details, now=now)
    return count


def list_marked(store: Store, limit: int) -> list[OldPage]:
    """Give pages that are read by nobody any more and whose files may be there yet."""
    found = select(pages.c.run, pages.c.number, pages.c.location).where(pages.c.removed > 0, LOCATED).limit(limit)
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


def _removable(chosen: Select[Any], rule: Rule, now: float) -> Select[Any]:
    """Choose from the pages that may go, joined with their runs.

    A page that a record (a deleted one too) was last read from is what `replay` needs for what is shown; one with
    records set aside is what reads those again; what was imported cannot be asked for again. The pages that records
    own are gathered once: they have no index, and to look them up for each page took hours.
    """
    owned = select(records.c.run, records.c.number).distinct().subquery("owned")
    reading = pages.alias("reading")
    aside = exists().where(rejected.c.run == pages.c.run, rejected.c.number == pages.c.number)
    imported = exists().where(reading.c.run == runs.c.id, reading.c.number == 0, reading.c.verb == IMPORT)
    joined = pages.join(runs, runs.c.id == pages.c.run).outerjoin(
        owned, and_(owned.c.run == pages.c.run, owned.c.number == pages.c.number)
    )
    is_done = runs.c.state != "held", pages.c.state == "stored"  # no state: open
    free = owned.c.run.is_(None), ~aside, ~imported
    return chosen.select_from(joined).where(LOCATED, pages.c.removed == 0, *is_done, _is_old(rule, now), *free)


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
