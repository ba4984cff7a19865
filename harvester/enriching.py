"""The main path of DOI metadata: inbox -> agency -> permit -> batch -> answer -> archive -> store.

The store is the memory: a batch is held by a lease, a permit is a row, and a process may die at any moment. What was
not settled is due again as soon as its lease has run out.
"""

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from msgspec import Struct

from harvester.archive import ArchiveAwayError, ArchiveError
from harvester.counting import DOI_ANSWERS, count
from harvester.dois.answers import Finding, read_agency, read_answer
from harvester.dois.asking import (
    Question,
    agency_question,
    fits,
    fitting,
    list_question,
    single_question,
    undoubled,
)
from harvester.dois.limits import BREAK_AFTER, LANES, Lane, route_of
from harvester.errors import cut
from harvester.leases import renewed
from harvester.querying import AHEAD_S, LATE_S, Enriching, ask_registry, report_call, take_permit
from harvester.store import Store
from harvester.store.dois import UNSORTED, blocked_lanes, open_routes
from harvester.store.operating.breakers import (
    breaker_state,
    close_breaker,
    give_back,
    may_begin,
    note_failure,
    take_turn,
)
from harvester.store.operating.controls import is_paused
from harvester.store.registries.batches import (
    Batch,
    Outcome,
    claim_dois,
    empty_inbox,
    put_agency,
    read_agencies,
    renew_dois,
    settle_dois,
)
from harvester.store.registries.budgets import Permit, renew_call, reserve_call, return_call
from harvester.store.registries.notices import is_look_due
from harvester.watching import look_for_notices

log = logging.getLogger(__name__)

THREADS: Final = 4
SORTED_AT_ONCE: Final = 500
PREFIXES_AT_ONCE: Final = 5
FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0
ALONE_AFTER: Final = 3
RESOLVED: Final = frozenset(["negotiation", "respelled"])
ENCODER: Final = msgspec.json.Encoder()


class Worked(Struct, frozen=True):
    """How many DOIs were settled by how many requests; `wait_s` is until something can be done, None for never."""

    settled: int = 0
    requests: int = 0
    wait_s: float | None = None


def work_dois(enriching: Enriching, *, for_s: float, threads: int = THREADS) -> Worked:
    """Ask for DOIs that are due, in several threads, until none is left, nothing may be asked, or time is up.

    First the week's look for retractions and corrections is made, where it is due.

    Raises: what the store and the archive raise; what was begun is taken up again then.
    """
    end = time.monotonic() + for_s
    looks = look_for_notices(enriching)
    stop = threading.Event()
    with ThreadPoolExecutor(threads) as pool:
        parts = [pool.submit(_work, enriching, end, stop) for _ in range(threads)]
        done = [part.result() for part in parts]
    waits = [part.wait_s for part in done if part.wait_s is not None]
    return Worked(
        sum(part.settled for part in done), looks + sum(part.requests for part in done), min(waits) if waits else None
    )


def can_ask(store: Store, now: float) -> bool:
    """Tell whether work_dois would find something to do: a DOI due on a lane that is open, or the look for notices."""
    if not may_begin(store, "doi", now):
        return False
    routes = open_routes(store, now)
    blocked = blocked_lanes(store, now)
    if is_look_due(store, now) and "crossref" not in blocked:
        return True
    return any((route == UNSORTED and "doubt" not in blocked) or route in LANES.keys() - blocked for route in routes)


def _work(enriching: Enriching, end: float, stop: threading.Event) -> Worked:
    settled = requests = 0
    try:
        while not stop.is_set():
            step = enrich_batch(enriching)
            settled, requests = settled + step.settled, requests + step.requests
            left = end - time.monotonic()
            if step.wait_s is None or step.wait_s > min(2 * AHEAD_S, left):
                return Worked(settled, requests, step.wait_s)
            time.sleep(step.wait_s)
    except BaseException:
        stop.set()
        raise
    return Worked(settled, requests)


def enrich_batch(enriching: Enriching) -> Worked:
    """Make one step: sort DOIs by their agencies, or make one request and settle what it answers."""
    store = enriching.store
    if is_paused(store, stage="doi"):
        return Worked()
    turn = take_turn(store, "doi", store.now())
    if turn == "shut":
        breaker = breaker_state(store, "doi")
        return Worked(wait_s=0.0 if breaker is None else breaker.open_until - store.now())
    step = _step(enriching)
    if turn == "trial":  # where it has shown that answers can be kept, there is no breaker any more
        give_back(store, "doi", store.now())
    return step


def _step(enriching: Enriching) -> Worked:
    store = enriching.store
    empty_inbox(store)
    routes = open_routes(store, store.now())
    if UNSORTED in routes:
        sorted_now = _sort(enriching)
        if sorted_now is not None:
            return sorted_now
    waits = []
    for route in sorted(LANES.keys() & set(routes), key=lambda _: random.random()):  # noqa: S311  no secret
        permit = reserve_call(store, LANES[route], ahead_s=AHEAD_S, lease_s=enriching.lease_s, now=store.now())
        if isinstance(permit, Permit):
            return _use(enriching, permit)
        waits.append(permit)
    return Worked(wait_s=min(waits) if waits else None)


def _use(enriching: Enriching, permit: Permit) -> Worked:
    """Use a permit for a batch; it is given back unused where another worker was first, or its time has passed."""
    store, lane = enriching.store, permit.lane
    batch = claim_dois(store, lane.name, limit=lane.batch, lease_s=enriching.lease_s, now=store.now())
    if batch is None:
        return_call(store, permit, None, store.now())
        return Worked(wait_s=0.0)
    with renewed(lambda: _renew(enriching, permit, batch), lease_s=enriching.lease_s, name=lane.name):
        question, batch_dois, left = _question(enriching, batch)
        outcomes = dict(left)
        if question is None:
            return_call(store, permit, None, store.now())
            return Worked(settle_dois(store, batch, outcomes, location=None, now=store.now()), wait_s=0.0)
        time.sleep(max(0.0, permit.at - store.now()))
        if store.now() - permit.at > LATE_S:  # the next request would follow too soon
            return_call(store, permit, None, store.now())
            put_off = Outcome(kind="put_off", route=batch.route, not_before=0.0)
            settle_dois(store, batch, outcomes | dict.fromkeys(batch_dois, put_off), location=None, now=store.now())
            return Worked(wait_s=0.0)
        answered, location = _ask(enriching, permit, question, batch, batch_dois)
        settled = settle_dois(store, batch, outcomes | answered, location=location, now=store.now())
        for outcome in answered.values():
            count(DOI_ANSWERS, f"{lane.service} {outcome.kind}")
    log.info("DOIs asked for", extra={"route": lane.name, "dois": len(batch_dois), "settled": settled})
    return Worked(settled, 1, 0.0)


def _question(enriching: Enriching, batch: Batch) -> tuple[Question | None, list[str], dict[str, Outcome]]:
    """Give the request for a batch, the DOIs it is about, and what becomes of those that it has no room for."""
    registries, left = enriching.registries, dict[str, Outcome]()
    wanted = [taken.doi for taken in batch.taken]
    if LANES[batch.route].batch == 1:
        question = single_question(batch.route, registries, wanted[0])
        if fits(question):
            return question, wanted, left
        return None, [], {wanted[0]: Outcome(kind="absent", error="it is too long to be asked for")}
    worn = [taken.doi for taken in batch.taken if taken.tries > ALONE_AFTER]
    left = dict.fromkeys(worn, Outcome(kind="moved", route=_alone(batch.route)))
    wanted = [doi for doi in wanted if doi not in left]
    count = fitting(batch.route, registries, wanted)
    if wanted and not count:
        left[wanted[0]] = Outcome(kind="moved", route=_alone(batch.route))
        return None, [], left | dict.fromkeys(wanted[1:], Outcome(kind="put_off"))
    left |= dict.fromkeys(wanted[count:], Outcome(kind="put_off"))
    return (list_question(batch.route, registries, wanted[:count]) if count else None), wanted[:count], left


def _ask(
    enriching: Enriching, permit: Permit, question: Question, batch: Batch, dois: Sequence[str]
) -> tuple[dict[str, Outcome], str | None]:
    """Make a request, keep its answer, and give what becomes of its DOIs, and where the archive has the answer."""
    answer, report, error = ask_registry(enriching, question)
    budget = report_call(enriching, permit, report)
    if answer is None:
        # Where the service is away, that is no fault of the DOIs, and never kills them.
        own = report.outcome == "failed" and budget.failures < BREAK_AFTER - 2 and error != "away"
        tries = {taken.doi: taken.tries for taken in batch.taken}
        if own:
            return {doi: _later(tries[doi], error, enriching.store.now()) for doi in dois}, None
        said = "the registry cannot be reached" if error == "away" else error
        free_at = max(budget.blocked_until, enriching.store.now() + FIRST_WAIT_S / 2)
        return dict.fromkeys(dois, Outcome(kind="put_off", error=said, not_before=free_at)), None
    location = _keep(enriching, answer.body)
    findings = read_answer(batch.route, dois, answer.status, answer.headers, answer.body)
    omitted = {taken.doi: taken.omitted_by for taken in batch.taken}
    tries = {taken.doi: taken.tries for taken in batch.taken}
    now = enriching.store.now()
    return {doi: _outcome(batch.route, doi, findings[doi], omitted[doi], tries[doi], now=now) for doi in dois}, location


def _keep(enriching: Enriching, body: bytes) -> str:
    """Keep an answer in the archive; where that cannot be, nothing more is asked for a while: it would be lost, too."""
    store = enriching.store
    try:
        location = enriching.archive.append_answer(dt.datetime.now(dt.UTC).date().isoformat(), body).location
    except (ArchiveError, ArchiveAwayError) as error:
        note_failure(store, "doi", cut(error), store.now())
        raise
    if breaker_state(store, "doi") is not None:
        close_breaker(store, "doi")
    return location


def _outcome(route: str, doi: str, finding: Finding, omitted_by: str | None, tries: int, *, now: float) -> Outcome:
    """Give what becomes of a DOI: one that a list omits goes to doi.org, and to its resolver, before it is absent.

    One that nobody knows with its double slash is asked for once more without it. What is registered for the other
    spelling is kept under the one that records have, which stays the item's DOI; the registered spelling becomes an
    identifier of the item beside it.
    """
    outcome = _next(route, doi, finding, omitted_by, tries, now=now)
    if outcome.kind == "absent" and route != "respelled" and undoubled(doi):
        return Outcome(kind="moved", agency=outcome.agency, route="respelled", omitted_by=omitted_by)
    return outcome


def _next(route: str, doi: str, finding: Finding, omitted_by: str | None, tries: int, *, now: float) -> Outcome:
    if finding.kind == "found" and finding.metadata is not None:
        return Outcome(
            kind="found", agency=finding.agency, metadata=ENCODER.encode(finding.metadata), notices=finding.notices
        )
    if finding.kind == "agency" and finding.agency:
        to = route_of(finding.agency, doi)
        again = omitted_by is not None and omitted_by.startswith(to)
        return Outcome(
            kind="moved", agency=finding.agency, route="negotiation" if again else to, omitted_by=omitted_by or "doubt"
        )
    if finding.kind in {"omitted", "refused"} and route not in RESOLVED:
        if finding.kind == "refused" and route in {"crossref", "datacite"}:
            return Outcome(kind="moved", route=_alone(route), omitted_by=omitted_by)
        to = "doubt" if omitted_by is None else "negotiation"
        return Outcome(kind="moved", route=to, omitted_by=omitted_by or route)
    if finding.kind != "unreadable" or route in RESOLVED:  # some agencies have pages for people and nothing else
        return Outcome(kind="absent", error=finding.reason)
    return _later(tries, finding.reason or "", now)


def _later(tries: int, error: str, now: float) -> Outcome:
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(tries, 10)) * random.uniform(0.75, 1.25)  # noqa: S311  no secret
    return Outcome(kind="failed", error=cut(error), not_before=now + wait_s)


def _alone(route: str) -> str:
    return "crossref_single" if route == "crossref" else "negotiation"


def _sort(enriching: Enriching) -> Worked | None:
    """Send unsorted DOIs on their routes; None where that needs a request that may not be made now."""
    store = enriching.store
    batch = claim_dois(store, UNSORTED, limit=SORTED_AT_ONCE, lease_s=enriching.lease_s, now=store.now())
    if batch is None:
        return None
    prefix_of = {taken.doi: taken.doi.partition("/")[0] for taken in batch.taken}
    with renewed(lambda: _renew(enriching, None, batch), lease_s=enriching.lease_s, name=UNSORTED):
        known = read_agencies(store, set(prefix_of.values()), store.now())
        requests, error = 0, None
        for prefix in sorted(set(prefix_of.values()) - known.keys())[:PREFIXES_AT_ONCE]:
            agency = _agency(enriching, prefix)
            if agency is None:
                error = "doi.org cannot be asked for the agency of its prefix"
                break
            requests += 1
            known[prefix] = agency
        outcomes = {doi: _sorted(doi, known.get(prefix), error, store.now()) for doi, prefix in prefix_of.items()}
        settle_dois(store, batch, outcomes, location=None, now=store.now())
    moved = sum(outcome.kind != "put_off" for outcome in outcomes.values())
    return Worked(0, requests, 0.0) if moved else None


def _sorted(doi: str, agency: str | None, error: str | None, now: float) -> Outcome:
    if agency is None:
        return Outcome(kind="put_off", error=error, not_before=now + FIRST_WAIT_S)
    if not agency:
        return Outcome(kind="absent", error="doi.org knows no agency for its prefix")
    return Outcome(kind="moved", agency=agency, route=route_of(agency, doi))


def _agency(enriching: Enriching, prefix: str) -> str | None:
    """Ask doi.org for the agency of a prefix and keep it; None where it could not be asked."""
    lane: Lane = LANES["doubt"]
    permit = take_permit(enriching, lane)
    if permit is None:
        return None
    answer, report, _ = ask_registry(enriching, agency_question(enriching.registries, prefix))
    report_call(enriching, permit, report)
    finding = None if answer is None else read_agency(answer.status, answer.body)
    if finding is None or finding.kind == "unreadable":
        return None
    put_agency(enriching.store, prefix, finding.agency or "", enriching.store.now())
    return finding.agency or ""


def _renew(enriching: Enriching, permit: Permit | None, batch: Batch) -> bool:
    now = enriching.store.now()
    if permit is not None:
        renew_call(enriching.store, permit, lease_s=enriching.lease_s, now=now)
    return renew_dois(enriching.store, batch, lease_s=enriching.lease_s, now=now)
