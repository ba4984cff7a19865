"""Scheduled runs: `tick` notes what has come due and hints at it, `begin_due` begins one such run.

Beat sends the tick each few seconds, and nothing is lost where it does not: what is due is a row, and the next tick, or
the reconciler, hints at it again.
"""

import logging
from functools import partial
from typing import Final

from celery import Celery

from harvester.counting import LAST_TICK, mark
from harvester.errors import HarvestError
from harvester.harvest import begin_run
from harvester.harvesting import Harvesting, wait_for_host
from harvester.http import RetryLaterError
from harvester.leases import renewed
from harvester.store import Store, StoreBusyError, StoreError
from harvester.store.ledger.runs import Run, RunOpenError, note_failed_run
from harvester.store.operating.controls import PausedError
from harvester.store.operating.schedules import (
    Due,
    DueLostError,
    claim_due,
    fail_due,
    mark_due,
    offer_due,
    put_off_due,
    renew_due,
    settle_due,
)
from workers.hints import hint_begin

log = logging.getLogger(__name__)

DUE_AT_ONCE: Final = 200
HINTED_AT_ONCE: Final = 50
HINT_AGE_S: Final = 10.0
LONGEST_PAUSE_S: Final = 5.0


def tick(store: Store, app: Celery, *, now: float) -> None:
    """Note which schedules have come due, and hint at the runs that are to begin."""
    mark(LAST_TICK, now)
    while mark_due(store, now=now, limit=DUE_AT_ONCE) == DUE_AT_ONCE:
        pass
    hint_due(store, app, now=now)


def hint_due(store: Store, app: Celery, *, now: float) -> int:
    """Hint at runs that are due and that nobody begins, a bounded number of them; give how many hints were sent."""
    offered = offer_due(store, now=now, age_s=HINT_AGE_S, limit=HINTED_AT_ONCE)
    sent = 0
    for endpoint in offered:
        if not hint_begin(app, endpoint):
            break
        sent += 1
    return sent


def begin_due(harvesting: Harvesting, endpoint_key: str) -> Run | None:
    """Begin the run that is due of an endpoint; None where none is, or it cannot begin now.

    It is then tried again, later each time, and is in the list of runs as failed until it has begun.
    """
    store = harvesting.store
    due = claim_due(store, endpoint_key, lease_s=harvesting.lease_s, now=store.now())
    if due is None:
        return None
    with renewed(
        lambda: renew_due(store, due, lease_s=harvesting.lease_s, now=store.now()),
        lease_s=harvesting.lease_s,
        name=f"due {endpoint_key}",
    ):
        return _begin(harvesting, due)


def _begin(harvesting: Harvesting, due: Due) -> Run | None:
    store = harvesting.store
    try:
        slot = wait_for_host(harvesting, due.endpoint, LONGEST_PAUSE_S)
        if slot.wait_s > 0:
            put_off_due(store, due, until=store.now() + slot.wait_s)
            return None
        run = begin_run(harvesting, due.endpoint, within=partial(settle_due, due=due))
    except (DueLostError, RunOpenError, PausedError) as error:
        put_off_due(store, due, until=0.0)
        log.info("run not begun", extra={"endpoint": due.endpoint.key, "reason": str(error)})
        return None
    except (StoreError, StoreBusyError):
        raise
    except HarvestError as error:
        wait_s = error.seconds if isinstance(error, RetryLaterError) else 0.0
        until = _fail(store, due, str(error), wait_s)
        log.warning("run not begun", extra={"endpoint": due.endpoint.key, "reason": str(error), "again": until})
        return None
    log.info("run begun", extra={"endpoint": run.endpoint, "run": run.id, "due": due.due_since})
    return run


def _fail(store: Store, due: Due, error: str, wait_s: float) -> float | None:
    """Put a due run off, and have the list of runs tell of it."""
    now = store.now()
    note = partial(note_failed_run, endpoint=due.endpoint, error=error, started=due.due_since, now=now)
    return fail_due(store, due, error, wait_s=wait_s, within=note, now=now)
