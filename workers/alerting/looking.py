"""What is wrong now that a person should be told of, for each endpoint and for the hub."""

from collections.abc import Iterator
from typing import Final

from harvester.errors import cut
from harvester.store import Store
from harvester.store.gauges import EndpointState, intervals_of, list_endpoint_states
from harvester.store.ledger.dead import count_dead
from harvester.store.operating.alerts import Subject, Wrong, settle_alerts
from harvester.store.operating.breakers import list_breakers
from harvester.store.operating.breakers import told as told_breaker
from harvester.store.operating.controls import list_controls
from harvester.store.probes import list_drifts

BREAKER_S: Final = 300.0
MOST_ENDPOINTS: Final = 10_000
OF_RUNS: Final = {"failed": "failed", "partial": "failed", "unbalanced": "failed", "held": "drop"}
OF_ENDPOINTS: Final = ("failed", "drop", "silence", "drift")
"""Kinds of alerts that are about an endpoint, whose own list of people is told."""


def look(store: Store, now: float) -> None:
    """Note what is wrong now, and what is so no more."""
    states = list_endpoint_states(store, limit=MOST_ENDPOINTS)
    wrong = [*_of_runs(states), *_of_silence(store, states, now), *_of_drift(store), *_of_hub(store, now)]
    settle_alerts(store, wrong, _unknown(states), now)


def _of_runs(states: list[EndpointState]) -> Iterator[Wrong]:
    for state in states:
        kind = OF_RUNS.get(state.last_state or "")
        if kind is not None:
            text = f"run {state.last_run} of {state.endpoint} is {state.last_state}: {cut(state.last_error or '')}"
            yield Wrong(kind, state.endpoint, f"{text}; `oaihub runs {state.last_run}` shows it")


def _unknown(states: list[EndpointState]) -> list[Subject]:
    """Give the alerts of runs whose endpoint is being harvested: only the end of that says whether they are over."""
    return [(kind, state.endpoint) for state in states if state.last_state is None for kind in set(OF_RUNS.values())]


def _of_silence(store: Store, states: list[EndpointState], now: float) -> Iterator[Wrong]:
    """Give endpoints that had no complete run for twice their interval; what people have stopped is none."""
    intervals = intervals_of(states, list_controls(store), now)
    for state in states:
        interval_s = intervals.get(state.endpoint)
        if interval_s is None or state.good_at is None:
            continue
        if now - state.good_at > 2 * interval_s:
            text = f"{state.endpoint} has had no complete run for twice the time between two of its schedule"
            yield Wrong("silence", state.endpoint, f"{text} ({state.rule}); `oaihub schedule` shows why")


def _of_drift(store: Store) -> Iterator[Wrong]:
    for endpoint, drift in list_drifts(store).items():
        text = f"the repository of {endpoint} has changed: {cut('; '.join(drift))}"
        yield Wrong("drift", endpoint, f"{text}; `oaihub endpoints probe {endpoint}` looks at it and ends this")


def _of_hub(store: Store, now: float) -> Iterator[Wrong]:
    for kind, number in count_dead(store).items():
        if number:
            yield Wrong("dead", kind, f"a {kind} was given up; `oaihub dead list --kind {kind}` says which and why")
    for breaker in list_breakers(store):
        if now - breaker.since > BREAKER_S:
            yield Wrong("breaker", breaker.stage, told_breaker(breaker))
