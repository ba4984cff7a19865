"""Hints: messages that say where to look. Best effort: one that is lost costs a round of the reconciler, no more."""

import logging

from celery import Celery

from workers.app import HARVEST_PAGE, INDEX_OUTBOX, SETTLE_PLAN

log = logging.getLogger(__name__)


def hint_page(app: Celery, run: int, number: int) -> bool:
    """Tell a harvest worker that a page of a run can be fetched; False where the broker is away. Never raises."""
    return _send(app, HARVEST_PAGE, run, number)


def hint_plan(app: Celery, plan: int) -> bool:
    """Tell a harvest worker that a deletion plan waits for work; False where the broker is away. Never raises."""
    return _send(app, SETTLE_PLAN, plan)


def hint_index(app: Celery) -> bool:
    """Tell the index worker that the outbox holds something; False where the broker is away. Never raises."""
    return _send(app, INDEX_OUTBOX)


def _send(app: Celery, task: str, *arguments: int) -> bool:
    try:
        app.send_task(task, arguments)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the work goes on without the hint
        log.warning("hint not sent", extra={"task": task, "error": str(error)})
        return False
    return True
