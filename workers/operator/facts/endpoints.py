"""The report card of each endpoint: how its harvests go, how old its data are, when it is due next."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from harvester.store import Store
from harvester.store.operating.controls import Control, list_controls
from harvester.store.operating.schedules import Schedule, get_schedule, list_schedules
from harvester.store.overview.endpoints import Failing, RunMark, Standing, read_standings
from harvester.timing import longest_gaps
from harvester.transport.redaction import redact

HOUR_S: Final = 3_600.0
Gaps = Mapping[tuple[str, str], float]
"""The longest time between two runs, by rule and time zone."""


class Card(Struct, frozen=True, kw_only=True):
    """An endpoint's report card; times in seconds since 1970, ages in seconds.

    `state` is a word for where it stands: failing, held, running, paused, fine, or new (never harvested). `age_s` is
    how long ago the last good run began, None where there was none. `vanished` are records that its lists no longer
    name and that no plan has deleted; `plan` is the newest plan that waits for a person. `next` is the command to look
    further.
    """

    key: str
    label: str
    base_url: str
    state: str
    last: RunMark | None
    good: RunMark | None
    failing: Failing | None
    age_s: float | None
    next_due: float | None
    due_since: float | None
    missed: int
    rule: str
    zone: str
    late: bool
    control: Control | None
    records: int
    deleted: int
    rejected: int
    vanished: int
    plan: int | None
    probed: float | None
    drift: tuple[str, ...]
    next: str


def report_cards(store: Store, *, failing: bool = False, counted: bool = True) -> list[Card]:
    """Give the cards of all endpoints, by key; or only of those that fail, the longest first.

    `counted` False leaves the numbers of records 0, which spares most of the time.
    """
    now, controls = store.now(), list_controls(store)
    schedules = {schedule.endpoint: schedule for schedule in list_schedules(store)}
    gaps = longest_gaps({(one.rule, one.zone) for one in schedules.values() if one.rule}, now)
    cards = [
        _card(standing, schedules.get(standing.endpoint.key), gaps, controls, now)
        for standing in read_standings(store, counted=counted)
    ]
    if not failing:
        return cards
    found = [card for card in cards if card.failing is not None]
    return sorted(found, key=lambda card: (card.failing.since if card.failing else now, card.key))


def report_card(store: Store, key: str) -> Card | None:
    """Give the card of one endpoint, None where there is none."""
    found = read_standings(store, key)
    if not found:
        return None
    schedule, now = get_schedule(store, key), store.now()
    gaps = longest_gaps([(schedule.rule, schedule.zone)] if schedule and schedule.rule else [], now)
    return _card(found[0], schedule, gaps, list_controls(store), now)


def _card(standing: Standing, schedule: Schedule | None, gaps: Gaps, controls: Iterable[Control], now: float) -> Card:
    endpoint, good = standing.endpoint, standing.good
    control = next((one for one in controls if (one.scope, one.name) == ("endpoint", endpoint.key)), None)
    age_s = None if good is None else now - good.started
    return Card(
        key=endpoint.key,
        label=endpoint.label,
        base_url=redact(endpoint.base_url),
        state=_state(standing, control),
        last=standing.last,
        good=good,
        failing=standing.failing,
        age_s=age_s,
        next_due=(schedule.next_due or None) if schedule else None,
        due_since=(schedule.due_since or None) if schedule else None,
        missed=schedule.missed if schedule else 0,
        rule=schedule.rule if schedule else "",
        zone=schedule.zone if schedule else "",
        late=_is_late(schedule, gaps, age_s, now),
        control=control,
        records=standing.holding.records - standing.holding.deleted,
        deleted=standing.holding.deleted,
        rejected=(standing.last.rejected or 0) if standing.last else 0,
        vanished=standing.vanished.records,
        plan=standing.vanished.held,
        probed=standing.probed.at if standing.probed else None,
        drift=standing.probed.drift if standing.probed else (),
        next=_next(standing, control),
    )


def _state(standing: Standing, control: Control | None) -> str:
    last = standing.last
    if control is not None:
        return control.state
    if standing.failing is not None:
        return "failing"
    if last is None:
        return "new"
    return {None: "running", "held": "held"}.get(last.state, "fine")


def _is_late(schedule: Schedule | None, gaps: Gaps, age_s: float | None, now: float) -> bool:
    """Tell whether the data are older than two intervals of the schedule, or a run is due for an hour."""
    if schedule is None or age_s is None:
        return False
    gap_s = gaps.get((schedule.rule, schedule.zone), math.inf)
    return age_s > 2 * max(gap_s, HOUR_S) or (schedule.due_since > 0 and now - schedule.due_since > HOUR_S)


def _next(standing: Standing, control: Control | None) -> str:
    key, last = standing.endpoint.key, standing.last
    if control is not None:
        return f"oaihub resume --endpoint {key}"
    if standing.vanished.held is not None:
        return f"oaihub plans show {standing.vanished.held}"
    if last is None:
        return f"oaihub schedule run {key}"
    return f"oaihub runs {last.id}"
