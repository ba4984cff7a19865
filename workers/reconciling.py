"""The reconciler: what the store says is unfinished, and nobody holds, is hinted at again.

It is the only thing that must run for a harvest to go on; all of the broker may be lost at any moment. Bounded on
purpose: a harvester that sent its hints again without a bound had 1,417,987 messages for 7,700 data sets
(ckan/ckanext-harvest#420).
"""

import logging
from typing import Final

from celery import Celery

from harvester.counting import HINTS_AGAIN, LAST_RECONCILE, count, mark
from harvester.enriching import can_ask
from harvester.store import Store
from harvester.store.deletions.applying import stale_plans
from harvester.store.ledger.hinting import stale_pages
from harvester.store.ledger.runs import finish_run, list_open_runs
from harvester.store.operating.breakers import may_begin
from harvester.store.outbox import outbox_depth
from harvester.store.probes import offer_probes
from harvester.store.registries.batches import has_new_dois
from workers.broker import Broker
from workers.errors import BrokerAwayError
from workers.hints import hint_dois, hint_index, hint_page, hint_plan, hint_probe
from workers.scheduling import hint_due

log = logging.getLogger(__name__)

HINT_AGE_S: Final = 3.0
HINTS_AT_ONCE: Final = 50
HINTS_WAITING: Final = 200
PLANS_AT_ONCE: Final = 5
PROBES_AT_ONCE: Final = 2


def reconcile(store: Store, broker: Broker, app: Celery, *, now: float, dois: bool = False) -> None:
    """Hint at pages, plans and probes that are due and at a waiting outbox, and end runs that have nothing left to do.

    With `dois` also at DOIs that are to be asked for.

    Hints are sent only while few wait in the broker: where no worker takes them, more would only fill its memory.
    """
    mark(LAST_RECONCILE, now)
    for run in list_open_runs(store):
        finish_run(store, run.id, now)
    try:
        room = HINTS_WAITING - broker.depth("harvest")
        indexer_is_idle = broker.depth("index") == 0
        askers_are_idle = dois and broker.depth("doi") == 0
    except BrokerAwayError as error:
        log.warning("broker away, hints wait", extra={"reason": str(error)})
        return
    if room > 0:
        _hint_pages(store, app, limit=min(room, HINTS_AT_ONCE), now=now)
        _hint_probes(store, app, now=now)
        _count("schedule", hint_due(store, app, now=now))
        for plan in stale_plans(store, now=now, age_s=HINT_AGE_S, limit=PLANS_AT_ONCE):
            _count("plan", hint_plan(app, plan))
    if askers_are_idle and (has_new_dois(store) or can_ask(store, now)):
        _count("doi", hint_dois(app))
    if indexer_is_idle and may_begin(store, "index", now) and outbox_depth(store).waiting:
        _count("index", hint_index(app))


def _count(what: str, sent: int) -> None:
    count(HINTS_AGAIN, what, sent)


def _hint_pages(store: Store, app: Celery, *, limit: int, now: float) -> None:
    pages = stale_pages(store, now=now, age_s=HINT_AGE_S, limit=limit)
    for run, number in pages:
        if not hint_page(app, run, number):
            return
        _count("page", 1)
    if pages:
        log.info("hints sent again", extra={"pages": len(pages)})


def _hint_probes(store: Store, app: Celery, *, now: float) -> None:
    for attempt in offer_probes(store, now=now, limit=PROBES_AT_ONCE):
        _count("probe", hint_probe(app, attempt.endpoint, attempt.at))
