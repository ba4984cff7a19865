"""The main path: one page of one run from the repository to the store.

claim -> fetch -> archive -> (the next page is known) -> parse -> normalise -> store. Each arrow ends in a committed
row, so a process may
die at any moment: the page is taken up again where it stood, from the archive if it is there.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from harvester.archive import ArchiveError
from harvester.endpoint import Endpoint
from harvester.errors import FatalError, RetryableError
from harvester.harvesting import Harvesting, PageResult, describe_repository
from harvester.http import RetryLaterError
from harvester.normalize import normalize
from harvester.oai import EndlessListError, RefusedError, fetch_page, fit_granularity, list_parameters
from harvester.record import BadResumptionTokenError, NotOaiError, Page, RecordError, parse_page, parse_record
from harvester.setbacks import fail_page, park_page, restart_run, retry_page, wait_page
from harvester.store.hosts import reserve
from harvester.store.pages import Claim, claim_page, mark_archived, renew_claim
from harvester.store.records import RecordRow, put_page
from harvester.store.rejected import Rejected
from harvester.store.runs import Run, finish_run, get_watermarks, start_run
from harvester.watermark import since_last

log = logging.getLogger(__name__)

LONGEST_PAUSE_S: Final = 5.0
ENCODER: Final = msgspec.json.Encoder()


def begin_run(
    harvesting: Harvesting,
    endpoint: Endpoint,
    *,
    since: str | None = None,
    until: str | None = None,
    full: bool = False,
) -> Run:
    """Begin a run of an endpoint: since the watermark where there is one and neither `since` nor `full` is asked for.

    The repository is asked for its identity first, so a wrong address is known before anything is written. Raises:
    RunOpenError where a run of this endpoint is open, and what describe_repository raises.
    """
    identity = describe_repository(harvesting, endpoint)
    granularity = endpoint.granularity or identity.granularity
    if since is None and not full:
        described = msgspec.structs.replace(endpoint, granularity=granularity)
        since = since_last(get_watermarks(harvesting.store, endpoint.key), described, identity.response_date)
    return start_run(
        harvesting.store,
        endpoint,
        since=fit_granularity(since, granularity) if since else None,
        until=fit_granularity(until, granularity) if until else None,
        full=full,
        deleted_record=endpoint.deleted_record or identity.deleted_record,
        now=time.time(),
    )


def harvest_page(
    harvesting: Harvesting, run: int, number: int, *, announce: Callable[[int, int], None] | None = None
) -> PageResult:
    """Take one page of a run as far as it goes; what goes wrong is kept in the ledger and told in the result.

    `announce` is called with the run and the number of the next page as soon as that is known. Raises: FatalError
    where the store itself cannot be written (the page is taken up again once its lease has run out).
    """
    claim = claim_page(harvesting.store, run, number, lease_s=harvesting.lease_s, now=time.time())
    if claim is None:
        return PageResult(outcome="absorbed", run=run, number=number)
    with _renewed(harvesting, claim):
        try:
            return _work(harvesting, claim, announce)
        except BadResumptionTokenError as error:
            return restart_run(harvesting, claim, error)
        except RetryLaterError as error:
            return park_page(harvesting, claim, error)
        except (RetryableError, ArchiveError) as error:
            hopeless = claim.token is None and isinstance(error, (NotOaiError, RefusedError))
            return fail_page(harvesting, claim, error) if hopeless else retry_page(harvesting, claim, error)
        except FatalError as error:
            return fail_page(harvesting, claim, error)


def normalize_page(page: Page, metadata_prefix: str, run: int, number: int) -> tuple[list[RecordRow], list[Rejected]]:
    """Normalise every record of a page; those that cannot be are set aside with their reason and their XML."""
    rows: list[RecordRow] = []
    rejected: list[Rejected] = []
    for position, element in enumerate(page.elements):
        try:
            rows.append(_row(element, metadata_prefix))
        except RecordError as error:
            log.warning("record set aside", extra={"run": run, "page": number, "cause": error.cause})
            raw = etree.tostring(element, encoding="utf-8", with_tail=False)
            rejected.append(Rejected(run, number, position, error.identifier, error.cause, str(error), raw))
    return rows, rejected


def _row(element: etree._Element, metadata_prefix: str) -> RecordRow:
    record = parse_record(element)
    metadata = b"" if record.deleted else ENCODER.encode(normalize(record, metadata_prefix))
    digest = hashlib.blake2b(metadata, digest_size=16)
    digest.update("\n".join((record.datestamp, *record.sets)).encode())
    return RecordRow(record.identifier, record.datestamp, record.sets, record.deleted, metadata, digest.digest())


def _work(harvesting: Harvesting, claim: Claim, announce: Callable[[int, int], None] | None) -> PageResult:
    store = harvesting.store
    next_number: int | None = None
    if claim.state == "pending":
        wait_s = _wait_for_host(harvesting, claim)
        if wait_s > LONGEST_PAUSE_S:
            return wait_page(
                harvesting, claim, f"its host is to be left alone for {wait_s:.0f} s", time.time() + wait_s
            )
        body = _fetch(harvesting, claim)
        location = harvesting.archive.append(claim.run, claim.number, body)
        page = parse_page(body)
        if page.token is not None and page.token == claim.token:
            raise EndlessListError(page.token)
        archived = mark_archived(
            store,
            claim,
            location=location,
            received=len(page.elements),
            response_date=page.response_date,
            complete_list_size=page.complete_list_size,
            next_token=page.token,
            now=time.time(),
        )
        if archived is None:
            return PageResult(outcome="fenced", run=claim.run, number=claim.number)
        next_number = archived.next_number
        if announce is not None and next_number is not None:
            announce(claim.run, next_number)
    else:
        page = parse_page(harvesting.archive.read(claim.location))
    rows, rejected = normalize_page(page, claim.metadata_prefix, claim.run, claim.number)
    counts = put_page(store, claim, rows, rejected, now=time.time())
    if counts is None:
        return PageResult(outcome="fenced", run=claim.run, number=claim.number)
    extra = {"endpoint": claim.endpoint.key, "run": claim.run, "page": claim.number, "records": len(page.elements)}
    log.info("page stored", extra=extra)
    return PageResult(
        outcome="stored",
        run=claim.run,
        number=claim.number,
        next_number=next_number,
        counts=counts,
        records_left=_records_left(page),
        ended=finish_run(store, claim.run, time.time()),
    )


def _fetch(harvesting: Harvesting, claim: Claim) -> bytes:
    parameters = list_parameters(
        claim.metadata_prefix, set_spec=claim.set_spec, since=claim.since, until=claim.until, token=claim.token
    )
    return fetch_page(harvesting.http(claim.endpoint), claim.endpoint.base_url, parameters)


def _wait_for_host(harvesting: Harvesting, claim: Claim) -> float:
    """Take a slot of the host's budget, after a short pause if need be.

    Give the seconds to wait where that would be long.
    """
    host = urlsplit(claim.endpoint.base_url).netloc
    while True:
        wait_s = reserve(harvesting.store, host, pace_s=claim.endpoint.pace_s, now=time.time())
        if wait_s <= 0 or wait_s > LONGEST_PAUSE_S:
            return wait_s
        time.sleep(wait_s)


def _records_left(page: Page) -> int | None:
    """Give what the server says is left: completeListSize less what it has given; None where it does not say."""
    if page.complete_list_size is None or page.cursor is None:
        return None
    return max(0, page.complete_list_size - page.cursor - len(page.elements))


@contextmanager
def _renewed(harvesting: Harvesting, claim: Claim) -> Iterator[None]:
    """Renew the lease of a page, from a thread, as long as the work on it goes on."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(harvesting.lease_s / 3):
            try:
                if not renew_claim(harvesting.store, claim, lease_s=harvesting.lease_s, now=time.time()):
                    return
            except RetryableError as error:  # the database is busy: the lease has two more thirds to run
                log.warning("lease not renewed", extra={"run": claim.run, "page": claim.number, "reason": str(error)})

    keeper = threading.Thread(target=renew, name=f"lease {claim.run}/{claim.number}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
