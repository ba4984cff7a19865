"""One request to a DOI registry: the open tools for it, the permission that it needs, and how it went."""

import datetime as dt
import logging
import time
from typing import Final

from harvester.archive import Archive
from harvester.counting import HTTP_WAIT_S, count
from harvester.dois.asking import Question, Registries
from harvester.dois.limits import BREAK_AFTER, Budget, Lane, Limits, Report, read_limits
from harvester.http import Http, PageTooLargeError, Response, UnreachableError, retry_after_s
from harvester.settings import HarvesterSettings
from harvester.store import Store
from harvester.store.registries.budgets import Permit, reserve_call, return_call

log = logging.getLogger(__name__)

AHEAD_S: Final = 1.0
LATE_S: Final = 0.04
LONGEST_REST_S: Final = 3600.0
THROTTLED: Final = frozenset([429])


class Enriching:
    """The open tools of DOI metadata: the store, the archive, the network; may be used by several threads."""

    def __init__(self, store: Store, archive: Archive, settings: HarvesterSettings) -> None:
        self.store = store
        self.archive = archive
        self.lease_s = settings.lease_s
        self.registries = Registries(
            settings.crossref_url.rstrip("/"),
            settings.datacite_url.rstrip("/"),
            settings.doi_url.rstrip("/"),
            settings.contact,
        )
        self.http = Http(
            contact=settings.contact,
            allow_private=settings.allow_private,
            timeout_s=settings.timeout_s,
            deadline_s=settings.deadline_s,
            max_bytes=settings.max_page_bytes,
        )

    def close(self) -> None:
        """Close the connections; the store is the caller's."""
        self.http.close()


def ask_registry(enriching: Enriching, question: Question) -> tuple[Response | None, Report, str]:
    """Make a request. Give its answer (None where that says nothing of DOIs), how it went, and what is wrong."""
    try:
        answer = enriching.http.ask(question.url, accept=question.accept)
    except (UnreachableError, PageTooLargeError) as error:
        log.info("registry not reached", extra={"error": str(error)})
        return None, Report("failed"), "away" if isinstance(error, UnreachableError) else str(error)
    now = enriching.store.now()
    limits = read_limits(answer.headers, now)
    wait_s = retry_after_s(answer.headers.get("retry-after"), dt.datetime.now(dt.UTC))
    if answer.status in THROTTLED or (answer.status == 503 and wait_s is not None):
        pause = limits.pause_s if wait_s is None else min(wait_s, LONGEST_REST_S)
        log.warning("registry asks to wait", extra={"status": answer.status, "seconds": pause})
        return None, Report("throttled", Limits(limits.rate, limits.concurrent, pause)), "the registry asks to wait"
    if answer.status >= 500 or answer.status in {401, 403, 408}:
        return None, Report("failed", limits), f"answered with status {answer.status}"
    return answer, Report("answered", limits), ""


def report_call(enriching: Enriching, permit: Permit, report: Report) -> Budget:
    """Give a permission back with how its request went; say once for all failures that the registry is left alone."""
    budget = return_call(enriching.store, permit, report, enriching.store.now())
    if report.outcome == "failed" and budget.failures == BREAK_AFTER:
        log.warning("registry left alone", extra={"route": permit.lane.name, "failures": budget.failures})
    return budget


def take_permit(enriching: Enriching, lane: Lane) -> Permit | None:
    """Take a permit and wait for its time; None where that is not soon."""
    end = time.monotonic() + 2 * AHEAD_S
    while time.monotonic() < end:
        got = reserve_call(enriching.store, lane, ahead_s=AHEAD_S, lease_s=enriching.lease_s, now=enriching.store.now())
        if isinstance(got, Permit):
            _wait(lane, got.at - enriching.store.now())
            if enriching.store.now() - got.at <= LATE_S:
                return got
            return_call(enriching.store, got, None, enriching.store.now())
        elif got > AHEAD_S:
            return None
        else:
            _wait(lane, got)
    return None


def _wait(lane: Lane, wait_s: float) -> None:
    count(HTTP_WAIT_S, lane.service, max(0.0, wait_s))
    time.sleep(max(0.0, wait_s))
