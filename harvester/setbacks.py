"""What becomes of a page that could not be done: parked, tried again later, or dead; the ledger holds it either way."""

import logging
import random
import time
from typing import Final
from urllib.parse import urlsplit

from harvester.archive import ArchiveError
from harvester.errors import FatalError, RetryableError
from harvester.harvesting import Harvesting, PageResult
from harvester.http import RetryLaterError
from harvester.record import BadResumptionTokenError
from harvester.store.hosts import block_host
from harvester.store.pages import Claim, kill_page, release_page, restart_list
from harvester.store.runs import finish_run

log = logging.getLogger(__name__)

MAX_TRIES: Final = 8
LONGEST_BACKOFF_S: Final = 300.0
LONGEST_PARK_S: Final = 86_400.0


def restart_run(harvesting: Harvesting, claim: Claim, error: BadResumptionTokenError) -> PageResult:
    """Start the list again where the repository has forgotten its token; what comes twice is folded by the store."""
    log.warning("list started again", extra=_told(claim, error))
    if claim.token is not None and restart_list(harvesting.store, claim, time.time()):
        return PageResult(
            outcome="stored", run=claim.run, number=claim.number, next_number=claim.number + 1, error=str(error)
        )
    return fail_page(harvesting, claim, error)


def park_page(harvesting: Harvesting, claim: Claim, error: RetryLaterError) -> PageResult:
    """Leave the host alone as long as it asks for, at most a day; nobody sleeps meanwhile."""
    until = time.time() + min(error.seconds, LONGEST_PARK_S)
    block_host(harvesting.store, urlsplit(claim.endpoint.base_url).netloc, until, time.time())
    return wait_page(harvesting, claim, str(error), until)


def wait_page(harvesting: Harvesting, claim: Claim, reason: str, not_before: float) -> PageResult:
    """Give the page back until then; that the repository asks us to wait is no failed try."""
    release_page(
        harvesting.store, claim, error=reason, not_before=not_before, now=time.time(), max_tries=MAX_TRIES, failed=False
    )
    return PageResult(outcome="waiting", run=claim.run, number=claim.number, not_before=not_before, error=reason)


def retry_page(harvesting: Harvesting, claim: Claim, error: FatalError | RetryableError) -> PageResult:
    """Give the page back for another try, later each time; a fault of our own disk is no failed try of the page."""
    extra = {
        "endpoint": claim.endpoint.key,
        "run": claim.run,
        "page": claim.number,
        "tries": claim.tries,
        "reason": str(error),
    }
    log.warning("page to be tried again", extra=extra)
    backoff_s = min(LONGEST_BACKOFF_S, 0.5 * 2**claim.tries) * random.uniform(0.5, 1.5)  # noqa: S311  jitter
    not_before = time.time() + backoff_s
    state = release_page(
        harvesting.store,
        claim,
        error=str(error),
        not_before=not_before,
        now=time.time(),
        max_tries=MAX_TRIES,
        failed=not isinstance(error, ArchiveError),
    )
    if state == "dead":
        return _failed(harvesting, claim, error)
    return PageResult(outcome="waiting", run=claim.run, number=claim.number, not_before=not_before, error=str(error))


def fail_page(harvesting: Harvesting, claim: Claim, error: FatalError | RetryableError) -> PageResult:
    """Give a page up: to try it again is of no use before a person has changed something."""
    kill_page(harvesting.store, claim, str(error), time.time())
    return _failed(harvesting, claim, error)


def _failed(harvesting: Harvesting, claim: Claim, error: FatalError | RetryableError) -> PageResult:
    log.error("page is dead", extra=_told(claim, error))
    ended = finish_run(harvesting.store, claim.run, time.time())
    return PageResult(outcome="failed", run=claim.run, number=claim.number, error=str(error), ended=ended)


def _told(claim: Claim, error: Exception) -> dict[str, object]:
    return {
        "endpoint": claim.endpoint.key,
        "run": claim.run,
        "page": claim.number,
        "tries": claim.tries,
        "reason": str(error),
    }
