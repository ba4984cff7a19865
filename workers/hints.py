"""Hints: messages that say where to look. Best effort: one that is lost costs a round of the reconciler, no more."""

import logging
from itertools import islice
from typing import Final

from celery import Celery

from harvester.store import Store
from harvester.store.ledger.pages import open_pages
from workers.app import BEGIN_RUN, FETCH_DOIS, HARVEST_PAGE, INDEX_OUTBOX, PROBE_ENDPOINT, SETTLE_PLAN

log = logging.getLogger(__name__)

LOOKED_AT: Final = 50


def hint_page(app: Celery, run: int, number: int) -> bool:
    """Tell a harvest worker that a page of a run can be fetched; False where the broker is away. Never raises."""
    return _send(app, HARVEST_PAGE, run, number)


def hint_probe(app: Celery, endpoint: str, at: float) -> bool:
    """Tell a harvest worker that an endpoint's probe is offered, as of a time. As hint_page otherwise."""
    return _send(app, PROBE_ENDPOINT, endpoint, at)


def hint_begin(app: Celery, endpoint: str) -> bool:
    """Tell a harvest worker that a run of an endpoint is due. As hint_page otherwise."""
    return _send(app, BEGIN_RUN, endpoint)


def hint_plan(app: Celery, plan: int) -> bool:
    """Tell a harvest worker that a deletion plan waits for work. As hint_page otherwise."""
    return _send(app, SETTLE_PLAN, plan)


def hint_waiting(store: Store, app: Celery, run: int, *, limit: int) -> None:
    """Tell harvest workers of the next pages of a run that are due and free; a broker that is away raises nothing."""
    now = store.now()
    waiting = (
        page for page in open_pages(store, run, limit=LOOKED_AT) if max(page.leased_until, page.not_before) <= now
    )
    for page in islice(waiting, limit):
        hint_page(app, run, page.number)


def hint_dois(app: Celery) -> bool:
    """Tell a worker that DOIs are to be asked for; False where the broker is away. Never raises."""
    return _send(app, FETCH_DOIS)


def hint_index(app: Celery) -> bool:
    """Tell the index worker that the outbox holds something; False where the broker is away. Never raises."""
    return _send(app, INDEX_OUTBOX)


def _send(app: Celery, task: str, *arguments: str | float) -> bool:
    try:
        app.send_task(task, arguments)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the work goes on without the hint
        log.warning("hint not sent", extra={"task": task, "error": str(error)})
        return False
    return True
