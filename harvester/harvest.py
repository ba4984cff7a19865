"""The main path: one page of one run from the repository to the store.

claim -> fetch -> archive -> (the next page is known) -> parse -> normalise -> store. Each arrow ends in a committed
row, so a process may die at
any moment: the page is taken up again where it stood, from the archive if it is there.
"""

import logging
from collections.abc import Callable
from typing import Final

from msgspec import structs

from harvester.archive import Kept
from harvester.context import about
from harvester.counting import LAST_PAGE, PAGE_ATTEMPTS, RECORDS, count, mark
from harvester.endpoint import Endpoint
from harvester.errors import HarvestError
from harvester.harvesting import Harvesting, PageResult, describe_repository, find_set, wait_for_host
from harvester.http import Response
from harvester.leases import renewed
from harvester.oai import EndlessListError, Identity, fetch_page, fit_granularity, list_parameters
from harvester.pages.following import (
    MOST_EMPTY_PAGES,
    NotSelectiveError,
    SetVanishedError,
    ShortListError,
    following,
    is_selective,
    shortage,
    until_asked,
)
from harvester.pages.records import read_page
from harvester.pages.setbacks import meet_setback, wait_page
from harvester.parsing.archived import ArchivedPage, parse_archived
from harvester.parsing.headers import page_digest, read_listed
from harvester.parsing.json_page import JsonPage
from harvester.parsing.record import Page, parse_page
from harvester.room import check_room
from harvester.spans import note, page_span, span
from harvester.store import StoreError
from harvester.store.endpoints import change_endpoint
from harvester.store.hosts import note_answer
from harvester.store.ledger.lists import Repeated, count_empty_pages, mark_archived, unseen, window_so_far
from harvester.store.ledger.pages import Claim, claim_page, renew_claim
from harvester.store.ledger.runs import Run, Within, finish_run, get_watermarks, open_run, start_run
from harvester.store.operating.breakers import close_breaker, give_back
from harvester.store.operating.controls import ANY, PausedError, find_control
from harvester.store.records import put_page
from harvester.store.vanished import UNSAID
from harvester.watermark import since_last
from harvester.windows import full_datestamp

log = logging.getLogger(__name__)

LONGEST_PAUSE_S: Final = 5.0


def begin_run(
    harvesting: Harvesting,
    endpoint: Endpoint,
    *,
    since: str | None = None,
    until: str | None = None,
    full: bool = False,
    within: Within | None = None,
) -> Run:
    """Begin a run of an endpoint: since the watermark where there is one and neither `since` nor `full` is asked for.

    `within` is called in the transaction that opens the run; where it raises, none is opened.
    The repository is asked for its identity first, so a wrong address is known before anything is written. Raises:
    RunOpenError where a run of this endpoint is open, PausedError, and what describe_repository raises.
    """
    control = find_control(harvesting.store, stage="harvest", endpoint=endpoint.key, states=ANY)
    if control is not None and (control.state == "paused" or open_run(harvesting.store, endpoint.key) is None):
        raise PausedError(control)  # the repository is not even asked who it is
    since, until = since and full_datestamp(since), until and full_datestamp(until, end=True)
    identity = describe_repository(harvesting, endpoint)
    endpoint = _described(harvesting, endpoint, identity)
    if since is None and not full:
        since = since_last(get_watermarks(harvesting.store, endpoint.key), endpoint, identity.response_date)
    return start_run(
        harvesting.store,
        endpoint,
        since=fit_granularity(since, endpoint.granularity) if since else None,
        until=fit_granularity(until, endpoint.granularity) if until else None,
        full=full,
        deleted_record=endpoint.deleted_record or UNSAID,
        now=harvesting.store.now(),
        within=within,
    )


def harvest_page(
    harvesting: Harvesting, run: int, number: int, *, announce: Callable[[int, int], None] | None = None
) -> PageResult:
    """Take one page of a run as far as it goes; what goes wrong is kept in the ledger and told in the result.

    `announce` is called with the run and the number of the next page as soon as that is known. Raises: FatalError
    where the store itself cannot be written (the page is taken up again once its lease has run out).
    """
    claim = claim_page(harvesting.store, run, number, lease_s=harvesting.lease_s, now=harvesting.store.now())
    if claim is None:
        return PageResult(outcome="absorbed", run=run, number=number)
    with about(endpoint=claim.endpoint.key, run=run, page=number, fence=claim.fence, attempt=claim.tries):
        return _work_on(harvesting, claim, announce)


def _work_on(harvesting: Harvesting, claim: Claim, announce: Callable[[int, int], None] | None) -> PageResult:
    """Work on a page while it is held."""
    name = f"{claim.run}/{claim.number}"
    traced = page_span("harvest", harvesting.store.place, name, endpoint=claim.endpoint.key, attempt=claim.tries)
    with traced, renewed(lambda: _renew(harvesting, claim), lease_s=harvesting.lease_s, name=name):
        try:
            result = _work(harvesting, claim, announce)
        except HarvestError as error:
            if isinstance(error, StoreError):
                raise
            result = meet_setback(harvesting, claim, error)
        note(outcome=result.outcome)
    if claim.trial and not result.own_fault:
        give_back(harvesting.store, "harvest", harvesting.store.now())  # where it has not closed the breaker
    _count(result, harvesting.store.now())
    return result


def _work(harvesting: Harvesting, claim: Claim, announce: Callable[[int, int], None] | None) -> PageResult:
    next_numbers: tuple[int, ...] = ()
    page: ArchivedPage
    if claim.state == "pending":
        check_room(harvesting.archive, harvesting.disk_mark)
        slot = wait_for_host(harvesting, claim.endpoint, LONGEST_PAUSE_S)
        if slot.wait_s > 0:
            reason = f"its host is to be left alone for {slot.wait_s:.0f} s"
            return wait_page(harvesting, claim, reason, harvesting.store.now() + slot.wait_s)
        with span("fetch"):
            answer = _fetch(harvesting, claim)
        if slot.failures:
            note_answer(harvesting.store, claim.host)
        kept = harvesting.archive.append(claim.run, claim.number, answer.body)
        if claim.trial:
            close_breaker(harvesting.store, "harvest")
        page = parse_page(answer.body)
        archived = _advance(harvesting, claim, page, kept, {**answer.notes, **page.repairs})
        if archived is None:
            return PageResult(outcome="fenced", run=claim.run, number=claim.number)
        next_numbers = archived
        if announce is not None:
            for number in next_numbers[: claim.endpoint.parallel]:
                announce(claim.run, number)
    else:
        page = parse_archived(harvesting.archive.read(claim.location))
    own = claim.endpoint.mapping
    rows, rejected = read_page(page, claim.verb, claim.metadata_prefix, claim.run, claim.number, own_mapping=own)
    counts = put_page(harvesting.store, claim, rows, rejected, now=harvesting.store.now())
    if counts is None:
        return PageResult(outcome="fenced", run=claim.run, number=claim.number)
    extra = {"endpoint": claim.endpoint.key, "run": claim.run, "page": claim.number, "records": page.received}
    log.info("page stored", extra=extra)
    return PageResult(
        outcome="stored",
        run=claim.run,
        number=claim.number,
        next_numbers=next_numbers,
        counts=counts,
        records_left=_records_left(claim, page),
        ended=finish_run(harvesting.store, claim.run, harvesting.store.now()),
    )


def _count(result: PageResult, now: float) -> None:
    """Count an attempt at a page by its outcome, and its records by what became of them."""
    if result.outcome == "waiting":
        count(PAGE_ATTEMPTS, "failed" if result.failed_try else "waiting")
    else:
        count(PAGE_ATTEMPTS, "dead" if result.outcome == "failed" else result.outcome)
    if result.outcome == "stored":
        mark(LAST_PAGE, now)
    for kind, records in structs.asdict(result.counts).items() if result.counts else ():
        count(RECORDS, kind, records)


def _advance(
    harvesting: Harvesting, claim: Claim, page: Page, kept: Kept, met: dict[str, int]
) -> tuple[int, ...] | None:
    """Write that a page is archived together with what follows from it; give the numbers of the pages opened.

    `met` says what the answer's bytes were freed from, and how often. None where the page is no longer held. Raises:
    EndlessListError, ShortListError, NotSelectiveError, SetVanishedError; the page is then as it was.
    """
    store = harvesting.store
    _check_list(harvesting, claim, page)
    notes = met | ({"tried_again": claim.tries - 1} if claim.tries > 1 else {})
    received, wanted = page.received, list[str]()
    if claim.verb == "ListIdentifiers":
        listed = read_listed(page)
        received, wanted = listed.received, unseen(store, claim, [header.identifier for header in listed.live])
    short = shortage(claim, page, lambda: window_so_far(store, claim))
    if short and claim.tries == 1:
        raise ShortListError(short.missing)
    after = following(claim, page, short=short, wanted=wanted)
    if short and not after.slices:
        notes["short_list"] = short.missing
    if not is_selective(claim, page):
        notes["outside_window"] = 1
    marked = mark_archived(
        store,
        claim,
        location=kept.location,
        size_bytes=kept.size_bytes,
        received=received,
        response_date=page.response_date,
        complete_list_size=page.complete_list_size,
        digest=None if claim.verb == "GetRecord" else page_digest(page),
        notes=notes,
        following=after,
        now=harvesting.store.now(),
    )
    if isinstance(marked, Repeated):
        raise EndlessListError(f"page {claim.number} gives the same records as page {marked.number}")
    return None if marked is None else marked.next_numbers


def _check_list(harvesting: Harvesting, claim: Claim, page: Page) -> None:
    """Raise where a page shows that its list is not what was asked for."""
    window = claim.window
    if claim.endpoint.selective and not is_selective(claim, page):
        raise NotSelectiveError((window.since, window.until))
    if page.received or claim.verb == "GetRecord":
        return
    if page.token is not None and count_empty_pages(harvesting.store, claim) >= MOST_EMPTY_PAGES:
        raise EndlessListError(f"{MOST_EMPTY_PAGES} pages came without a record")
    if claim.token is None and window.set_spec and not find_set(harvesting, claim.endpoint, window.set_spec):
        raise SetVanishedError(window.set_spec)


def _described(harvesting: Harvesting, endpoint: Endpoint, identity: Identity) -> Endpoint:
    """Keep what Identify says with the endpoint, where nothing better is known."""
    said = {
        "granularity": endpoint.granularity or identity.granularity,
        "earliest": endpoint.earliest or identity.earliest_datestamp,
        "deleted_record": endpoint.deleted_record or identity.deleted_record,
    }
    if all(getattr(endpoint, name) == text for name, text in said.items()):
        return endpoint
    return change_endpoint(harvesting.store, endpoint.key, **said) or endpoint


def _renew(harvesting: Harvesting, claim: Claim) -> bool:
    return renew_claim(harvesting.store, claim, lease_s=harvesting.lease_s, now=harvesting.store.now())


def _fetch(harvesting: Harvesting, claim: Claim) -> Response:
    endpoint, window = claim.endpoint, claim.window
    if claim.identifier is not None:
        parameters = {"verb": "GetRecord", "identifier": claim.identifier, "metadataPrefix": claim.metadata_prefix}
    else:
        parameters = list_parameters(
            claim.metadata_prefix,
            verb=claim.verb,
            set_spec=window.set_spec,
            since=window.since and fit_granularity(window.since, endpoint.granularity),
            until=window.until and fit_granularity(until_asked(endpoint, window.until), endpoint.granularity),
            token=claim.token,
            repeat_arguments=endpoint.repeat_arguments,
        )
    return fetch_page(harvesting.http(endpoint), endpoint.base_url, parameters, method=endpoint.http_method)


def _records_left(claim: Claim, page: ArchivedPage) -> int | None:
    """Give what the server says is left: completeListSize less what it has given.

    None where it does not say, or where the page is of a list that was cut.
    """
    if (
        isinstance(page, JsonPage)
        or page.complete_list_size is None
        or page.cursor is None
        or claim.window.reason != "whole"
    ):
        return None
    return max(0, page.complete_list_size - page.cursor - page.received)
