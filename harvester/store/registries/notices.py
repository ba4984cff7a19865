"""Which works notices change, as the notices say; and when the registry was last looked through for new ones."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, exists, insert, literal, select, update

from harvester.dois.notices import Notice
from harvester.store.connection import Store
from harvester.store.dois import NOTICE_COLUMNS, UNSORTED
from harvester.store.locking import lock_host
from harvester.store.membership import among
from harvester.store.operating.controls import is_stopped
from harvester.store.tables import doi_notices, dois, registry_looks

WATCHED: Final = "crossref"
LOOK_EVERY_S: Final = 7 * 86_400.0
LOOK_AGAIN_S: Final = 3_600.0


class Look(Struct, frozen=True):
    """A look through a registry for notices; times in seconds since 1970.

    `since` is from when on notices are looked for, `due` when that is next done, `ended` when it was last done (0 for
    never), `found` how many DOIs of ours it met then; `error` says why the last try failed, None where it did not.
    """

    since: float
    due: float
    ended: float
    found: int
    error: str | None


LOOK_COLUMNS: Final = tuple(registry_looks.c[name] for name in Look.__struct_fields__)


def put_notices(connection: Connection, said: Mapping[str, Collection[Notice]]) -> set[str]:
    """Keep what notices (by their DOIs) say, in place of what they said before; give the works that this changes."""
    after = {notice for notices in said.values() for notice in notices}
    names = {*said, *(notice.notice for notice in after)}
    if _read_said(connection, names) == after:
        return set()
    lock_host(connection, "registry notices")  # a look and a settled answer may be about one notice
    before = _read_said(connection, names)
    for gone in sorted(before - after):
        row = [column == value for column, value in zip(NOTICE_COLUMNS, _values(gone), strict=True)]
        connection.execute(delete(doi_notices).where(*row))
    new = [dict(zip(Notice.__struct_fields__, _values(one), strict=True)) for one in sorted(after - before)]
    if new:
        connection.execute(insert(doi_notices), new)
    return {notice.doi for notice in before ^ after}


def ask_again(connection: Connection, wanted: Iterable[str], now: float) -> int:
    """Have works asked for at once that were answered before; those that somebody holds are asked for just now."""
    idle = dois.c.leased_until < now, dois.c.state.in_(("found", "absent")), dois.c.due > now
    mine = select(dois.c.doi).where(among(connection, dois.c.doi, sorted(wanted)), *idle)
    locked = mine.order_by(dois.c.doi).with_for_update(skip_locked=True).cte()
    again = update(dois).where(dois.c.doi.in_(select(locked))).values(route=UNSORTED, due=now, omitted_by=None)
    return connection.execute(again).rowcount


def known_dois(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Give those that records have or had."""
    return set(connection.execute(select(dois.c.doi).where(among(connection, dois.c.doi, sorted(wanted)))).scalars())


def watch_registry(connection: Connection, now: float) -> None:
    """Have the registry looked through from now on, in a week first: there are works of its own."""
    values = {
        "service": WATCHED,
        "since": now,
        "due": now + LOOK_EVERY_S,
        "leased_until": 0.0,
        "ended": 0.0,
        "found": 0,
    }
    new = select(*(literal(value) for value in values.values()))
    unwatched = ~exists(select(registry_looks.c.service).where(registry_looks.c.service == WATCHED))
    connection.execute(insert(registry_looks).from_select(list(values), new.where(unwatched)))


def get_look(store: Store) -> Look | None:
    """Give how far the registry is looked through; None where no work of ours is registered there."""
    with store.connect() as connection:
        row = connection.execute(select(*LOOK_COLUMNS).where(registry_looks.c.service == WATCHED)).one_or_none()
    return None if row is None else Look(*row)


def is_look_due(store: Store, now: float) -> bool:
    """Tell whether the registry is to be looked through and nobody does so."""
    due = registry_looks.c.due <= now, registry_looks.c.leased_until < now
    with store.connect() as connection:
        return connection.execute(select(registry_looks.c.service).where(*due)).first() is not None


def take_look(store: Store, *, lease_s: float, now: float) -> Look | None:
    """Take the look for `lease_s`; None where it is not due, held, or paused."""
    due = registry_looks.c.due <= now, registry_looks.c.leased_until < now, ~is_stopped("doi")
    with store.begin() as connection:
        taking = update(registry_looks).where(registry_looks.c.service == WATCHED, *due)
        row = connection.execute(taking.values(leased_until=now + lease_s).returning(*LOOK_COLUMNS)).one_or_none()
    return None if row is None else Look(*row)


def renew_look(store: Store, *, lease_s: float, now: float) -> bool:
    """Hold the look for `lease_s` from now on; False where it has ended."""
    with store.begin() as connection:
        held = update(registry_looks).where(registry_looks.c.service == WATCHED, registry_looks.c.leased_until > 0)
        return connection.execute(held.values(leased_until=now + lease_s)).rowcount > 0


def end_look(store: Store, *, until: float, found: int, due: float, now: float) -> None:
    """Note that the registry was looked through up to `until`, where the next look begins, and when that is due."""
    done = {"since": until, "due": due, "leased_until": 0.0, "ended": now, "found": found, "error": None}
    with store.begin() as connection:
        connection.execute(update(registry_looks).where(registry_looks.c.service == WATCHED).values(done))


def put_off_look(store: Store, error: str, now: float) -> None:
    """Note why the registry could not be looked through; it is tried again in an hour."""
    later = {"due": now + LOOK_AGAIN_S, "leased_until": 0.0, "error": error}
    with store.begin() as connection:
        connection.execute(update(registry_looks).where(registry_looks.c.service == WATCHED).values(later))


def _read_said(connection: Connection, names: Collection[str]) -> set[Notice]:
    mine = select(*NOTICE_COLUMNS).where(among(connection, doi_notices.c.notice, sorted(names)))
    return {Notice(*row) for row in connection.execute(mine)}


def _values(notice: Notice) -> tuple[str, str, str]:
    return notice.doi, notice.notice, notice.kind
