"""Hints: messages that say where to look. Best effort: one that is lost costs a round of the reconciler, no more."""

import logging

from celery import Celery

from workers.app import HARVEST_PAGE, INDEX_OUTBOX, PROBE_ENDPOINT

log = logging.getLogger(__name__)


def hint_page(app: Celery, run: int, number: int) -> bool:
    """Tell a harvest worker that a page of a run can be fetched; False where the broker is away. Never raises."""
    return _send(app, HARVEST_PAGE, run, number)


def hint_probe(app: Celery, endpoint: str, at: float) -> bool:
    """Tell a harvest worker that an endpoint's probe is offered, as of a time. As hint_page otherwise."""
    return _send(app, PROBE_ENDPOINT, endpoint, at)


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
