"""Alerts: what a person must know of, told once when it begins and once when it is over.

    stands, not told > stands, told > over, not told > gone
    what is over before anybody was told is gone at once; what comes back before its end was told stands on

Whoever tells them holds their rows until `not_before`; what fails waits there, longer each time, and is given up after
MOST_TRIES.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, RowMapping, and_, delete, or_, select, update

from harvester.store.connection import Store
from harvester.store.tables import alerts

MOST_TRIES: Final = 8
FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 3_600.0

Subject = tuple[str, str]
"""The kind of an alert, and what it is about."""


class Wrong(Struct, frozen=True):
    """Something that is wrong now: of which kind, with what, and in words."""

    kind: str
    object: str
    text: str


class Alert(Struct, frozen=True, kw_only=True):
    """An alert; `told` and `ended` are 0 while it is not. Times are seconds since 1970.

    `reached` are those who were told already, of its begin or, where it is over, of its end.
    """

    kind: str
    object: str
    since: float
    text: str
    told: float
    ended: float
    reached: tuple[str, ...]
    not_before: float
    tries: int
    error: str | None

    @property
    def is_over(self) -> bool:
        """Whether what was wrong is so no more."""
        return self.ended > 0


def settle_alerts(store: Store, wrong: Sequence[Wrong], unknown: Collection[Subject], now: float) -> None:
    """Note what is wrong now, and end what is so no more; of what is `unknown` the alerts stay as they are."""
    current = {(one.kind, one.object) for one in wrong}
    with store.begin() as connection:
        rows = {(row.kind, row.object): row for row in connection.execute(select(alerts).with_for_update())}
        for one in wrong:
            row = rows.get((one.kind, one.object))
            if row is None:
                connection.execute(store.upsert(alerts).values(_begun(one, now)).on_conflict_do_nothing())
            elif row.ended > 0:
                again = {"ended": 0.0, "text": one.text} | FRESH
                connection.execute(update(alerts).where(_is(one.kind, one.object)).values(again))
        for subject, row in rows.items():
            if subject in current or subject in unknown or row.ended > 0:
                continue
            if not (row.told > 0 or row.reached or _is_being_told(row, now)):
                connection.execute(delete(alerts).where(_is(*subject)))
            else:
                connection.execute(update(alerts).where(_is(*subject)).values(ended=now, **FRESH))


def claim_alerts(store: Store, *, now: float, lease_s: float, limit: int) -> list[Alert]:
    """Take alerts whose begin or end is to be told, those that wait for longest first."""
    waits = or_(alerts.c.told == 0, alerts.c.ended > 0)
    due = and_(waits, alerts.c.not_before <= now, alerts.c.tries < MOST_TRIES)
    ordered = select(alerts).where(due).order_by(alerts.c.since, alerts.c.kind, alerts.c.object).limit(limit)
    with store.begin() as connection:
        taken = [_alert(row) for row in connection.execute(ordered.with_for_update(skip_locked=True)).mappings()]
        for alert in taken:
            held = update(alerts).where(_is(alert.kind, alert.object)).values(not_before=now + lease_s)
            connection.execute(held)
    return taken


def note_reached(store: Store, told: Sequence[Alert], who: str) -> None:
    """Note that somebody was told of alerts, so that no later try tells him again."""
    with store.begin() as connection:
        for alert in told:
            here = select(alerts.c.reached).where(_same(alert)).with_for_update()
            before = connection.execute(here).scalar()
            if before is not None:
                reached = " ".join(sorted({*before.split(), who}))
                connection.execute(update(alerts).where(_same(alert)).values(reached=reached))


def note_told(store: Store, told: Sequence[Alert], now: float) -> None:
    """Note that all were told of alerts; one that is over is gone then.

    One that has come back while its end was told is a new one, to be told again.
    """
    with store.begin() as connection:
        for alert in told:
            if alert.is_over:
                back = and_(_is(alert.kind, alert.object), alerts.c.since == alert.since, alerts.c.ended == 0)
                connection.execute(delete(alerts).where(_same(alert)))
                connection.execute(update(alerts).where(back).values(since=now, told=0.0))
            else:
                connection.execute(update(alerts).where(_same(alert)).values(told=now, **FRESH))


def note_untold(store: Store, alert: Alert, error: str, now: float) -> None:
    """Have an alert be told again after a wait: a minute, then twice as long each time, up to an hour."""
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(alert.tries, 10))
    values = {"not_before": now + wait_s, "tries": alert.tries + 1, "error": error}
    with store.begin() as connection:
        connection.execute(update(alerts).where(_same(alert)).values(values))


def list_alerts(store: Store) -> list[Alert]:
    """Give all alerts, the newest first."""
    with store.connect() as connection:
        rows = connection.execute(select(alerts).order_by(alerts.c.since.desc(), alerts.c.kind, alerts.c.object))
        return [_alert(row) for row in rows.mappings()]


FRESH: Final = {"reached": "", "not_before": 0.0, "tries": 0, "error": None}


def _begun(one: Wrong, now: float) -> dict[str, object]:
    return {"kind": one.kind, "object": one.object, "text": one.text, "since": now, "told": 0.0, "ended": 0.0} | FRESH


def _is_being_told(row: Row[Any], now: float) -> bool:
    """Tell whether somebody tells of an alert for the first time just now."""
    return bool(row.tries == 0 and row.not_before > now)


def _is(kind: str, about: str) -> ColumnElement[bool]:
    return and_(alerts.c.kind == kind, alerts.c.object == about)


def _same(alert: Alert) -> ColumnElement[bool]:
    """Give the condition that an alert still is what it was when it was taken."""
    return and_(_is(alert.kind, alert.object), alerts.c.since == alert.since, alerts.c.ended == alert.ended)


def _alert(row: RowMapping) -> Alert:
    return Alert(**{**row, "reached": tuple(row["reached"].split())})
