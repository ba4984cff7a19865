"""What becomes of a page that could not be had, so that nothing is lost and nothing goes on for ever.

A host that asks for time gets it. A list that forgot its token is begun again, the smallest part of it. A page that
fails although the repository lives holds a record that the server cannot give: its window is cut until the trouble is
alone, and what is left is asked for record by record. All else is tried again, later each time, or dead with a reason.
"""

import contextlib
import datetime as dt
import logging
import random
from collections.abc import Callable
from typing import Final

from harvester.archive import ArchiveAwayError, ArchiveDamagedError, ArchiveError
from harvester.counting import HTTP_WAIT_S, count
from harvester.errors import FatalError, HarvestError, RetryableError
from harvester.harvesting import Harvesting, PageResult, describe_repository
from harvester.http import PageTooLargeError, RetryLaterError, UnreachableError
from harvester.oai import DAY_GRANULARITY, SECOND_GRANULARITY, EndlessListError
from harvester.pages.following import UNKNOWN_BEGIN, NotSelectiveError, cut_in
from harvester.parsing.record import BadResumptionTokenError, ProtocolError
from harvester.store.endpoints import change_endpoint
from harvester.store.hosts import block_host, note_answer, note_failure
from harvester.store.ledger.lists import Dug, dug_so_far, merge_windows, reject_page, replace_page
from harvester.store.ledger.pages import MAX_TRIES, Claim, kill_page, release_page
from harvester.store.ledger.rejected import Rejected
from harvester.store.ledger.runs import finish_run
from harvester.store.operating.breakers import note_failure as note_broken
from harvester.windows import Bounds, Reason

log = logging.getLogger(__name__)

LONGEST_BACKOFF_S: Final = 300.0
SHORTEST_PARK_S: Final = 1.0
LONGEST_PARK_S: Final = 86_400.0
MAX_RESTARTS: Final = 2
DIG_AFTER_TRIES: Final = 3
DIG_PARTS: Final = 16
DEEPEST_DIG: Final = 3
MOST_DIG_WINDOWS: Final = 1_024
VAIN_PARTS: Final = 4
ARCHIVE_ERRORS: Final = (ArchiveError, ArchiveAwayError)


class NoListError(FatalError):
    """A repository that says who it is and gives no list, however small: to cut it further is of no use."""

    def __init__(self, dug: Dug, error: HarvestError) -> None:
        super().__init__(
            f"the repository answers Identify and none of the {dug.failed + 1} lists, cut by date or of headers only, "
            f"that this run asked for instead: {error}; ask its operator, or try again later"
        )


def meet_setback(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Do with a page what its error calls for; the ledger holds it either way."""
    if claim.verb == "GetRecord" and isinstance(error, ProtocolError):
        return _reject(harvesting, claim, error)
    return next(meet for kind, meet in ANSWERS if isinstance(error, kind))(harvesting, claim, error)


def wait_page(
    harvesting: Harvesting, claim: Claim, reason: str, not_before: float, *, failed: bool = False
) -> PageResult:
    """Give a page back until then; that the host is to be left alone is no failed try."""
    release_page(
        harvesting.store,
        claim,
        error=reason,
        not_before=not_before,
        now=harvesting.store.now(),
        max_tries=MAX_TRIES,
        failed=failed,
    )
    return _waiting(claim, not_before, reason, failed=failed)


def _park(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Leave the host alone as long as it asks for, at most a day; nobody sleeps meanwhile.

    One that asks for no time at all is tried again as after any failure, or it could ask so for ever.
    """
    if isinstance(error, RetryLaterError) and error.seconds < SHORTEST_PARK_S:
        return _retry(harvesting, claim, error)
    until = harvesting.store.now() + min(error.seconds if isinstance(error, RetryLaterError) else 0.0, LONGEST_PARK_S)
    block_host(harvesting.store, claim.host, until, harvesting.store.now())
    count(HTTP_WAIT_S, claim.host, until - harvesting.store.now())
    return wait_page(harvesting, claim, str(error), until)


def _restart(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Begin a window again whose token was forgotten; what comes twice is folded by the store.

    The second time it is cut, where that can be: shorter lists need fewer tokens.
    """
    window = claim.window
    if claim.token is None:
        return _fail(harvesting, claim, error)
    if window.restarts and (cut := _cut(claim)):
        return _replace(harvesting, claim, error, cut, reason="dig", restarts=0) or _fenced(claim)
    if window.restarts >= MAX_RESTARTS:
        return _fail(harvesting, claim, error)
    again = [(window.since, window.until)]
    restarts = window.restarts + 1
    return _replace(harvesting, claim, error, again, reason="restart", restarts=restarts) or _fenced(claim)


def _merge(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Remember that a repository does not give what from and until ask for, and take its list as one."""
    change_endpoint(harvesting.store, claim.endpoint.key, selective=False)
    log.warning("repository is not selective", extra=_told(claim, error))
    numbers = merge_windows(harvesting.store, claim, error=str(error), now=harvesting.store.now())
    return _fenced(claim) if numbers is None else _replaced(claim, error, numbers)


def _adapt_or_fail(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    if isinstance(error, ProtocolError) and error.code == "badArgument" and _adapt(harvesting, claim):
        return wait_page(harvesting, claim, str(error), harvesting.store.now(), failed=True)
    return _fail(harvesting, claim, error)


def _adapt(harvesting: Harvesting, claim: Claim) -> bool:
    """Remember another way of asking where a repository refuses our arguments; each is tried once."""
    endpoint, store = claim.endpoint, harvesting.store
    if claim.token is not None:
        if endpoint.repeat_arguments:
            return False
        change_endpoint(store, endpoint.key, repeat_arguments=True)
        return True
    if (claim.window.since, claim.window.until) == (None, None):
        return False
    days = endpoint.granularity.strip().upper() == DAY_GRANULARITY
    change_endpoint(store, endpoint.key, granularity=SECOND_GRANULARITY if days else DAY_GRANULARITY)
    return claim.tries == 1


def _dig_or_fail(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    return _dig(harvesting, claim, error) or _fail(harvesting, claim, error)


def _retry_or_dig(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    if isinstance(error, UnreachableError):
        note_failure(harvesting.store, claim.host, harvesting.store.now())
    enough = DIG_AFTER_TRIES - 1 if claim.window.reason == "dig" else DIG_AFTER_TRIES
    if claim.state == "pending" and claim.tries >= enough and _is_alive(harvesting, claim):
        if claim.verb == "GetRecord":
            return _reject(harvesting, claim, error)
        if claim.verb == "ListIdentifiers" and _is_vain(dug := dug_so_far(harvesting.store, claim.run)):
            return _fail(harvesting, claim, NoListError(dug, error))
        return _dig(harvesting, claim, error) or _retry(harvesting, claim, error)
    return _retry(harvesting, claim, error)


def _dig(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult | None:
    """Get around what cannot be had: cut the window, and where that cannot be or was done often, name its records.

    None where even the list of headers cannot be had.
    """
    if claim.verb != "ListRecords":
        return None
    depth = claim.window.restarts if claim.window.reason == "dig" else 0
    dug = dug_so_far(harvesting.store, claim.run)
    may_cut = depth < DEEPEST_DIG and dug.opened < MOST_DIG_WINDOWS and not _is_vain(dug)
    if may_cut and (cut := _cut(claim)):
        return _replace(harvesting, claim, error, cut, reason="dig", restarts=depth + 1) or _fenced(claim)
    whole = [(claim.window.since, claim.window.until)]
    return _replace(harvesting, claim, error, whole, reason="dig", verb="ListIdentifiers") or _fenced(claim)


def _is_vain(dug: Dug) -> bool:
    """Whether digging has shown nothing but failures: then no single record is the trouble."""
    return dug.answered == 0 and dug.failed >= VAIN_PARTS


def _cut(claim: Claim) -> list[Bounds]:
    """Give the parts that a page's window can be cut into, none where it cannot."""
    if not claim.endpoint.selective:
        return []
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parts = cut_in(claim, DIG_PARTS, begin=UNKNOWN_BEGIN, end=now)
    return parts if len(parts) > 1 else []


def _replace(
    harvesting: Harvesting,
    claim: Claim,
    error: HarvestError,
    parts: list[Bounds],
    *,
    reason: Reason,
    restarts: int = 0,
    verb: str | None = None,
) -> PageResult | None:
    log.warning("window begun again", extra={**_told(claim, error), "parts": len(parts)})
    numbers = replace_page(
        harvesting.store,
        claim,
        parts,
        reason=reason,
        note=reason,
        error=str(error),
        now=harvesting.store.now(),
        restarts=restarts,
        verb=verb or claim.verb,
    )
    return None if numbers is None else _replaced(claim, error, numbers)


def _reject(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Set a record aside that the repository names but does not give."""
    cause = error.code if isinstance(error, ProtocolError) else "unavailable"
    reason = f"record {claim.identifier}: the repository lists it and does not give it: {error}"
    reject = Rejected(claim.run, claim.number, 0, claim.identifier, cause, reason, b"")
    log.warning("record set aside", extra={"run": claim.run, "page": claim.number, "cause": cause})
    if not reject_page(harvesting.store, claim, reject, harvesting.store.now()):
        return _fenced(claim)
    ended = finish_run(harvesting.store, claim.run, harvesting.store.now())
    return PageResult(outcome="stored", run=claim.run, number=claim.number, error=reason, ended=ended)


def _retry_ours(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Try again later; a fault of our own archive is no failed try of the page, and stops the fetching of all."""
    if not isinstance(error, ArchiveDamagedError):
        breaker = note_broken(harvesting.store, "harvest", str(error), harvesting.store.now())
        log.warning("archive cannot be written", extra={"reason": str(error), "until": breaker.open_until})
    return _retry(harvesting, claim, error, failed=False)


def _retry(harvesting: Harvesting, claim: Claim, error: HarvestError, *, failed: bool = True) -> PageResult:
    """Give a page back for another try, later each time."""
    log.warning("page to be tried again", extra=_told(claim, error))
    backoff_s = min(LONGEST_BACKOFF_S, harvesting.backoff_s * 2 ** (claim.tries - 1)) * random.uniform(0.5, 1.5)  # noqa: S311  jitter
    not_before = harvesting.store.now() + backoff_s
    state = release_page(
        harvesting.store,
        claim,
        error=str(error),
        not_before=not_before,
        now=harvesting.store.now(),
        max_tries=MAX_TRIES,
        failed=failed,
    )
    if state == "dead":
        return _failed(harvesting, claim, error)
    return _waiting(claim, not_before, str(error), failed=failed, own_fault=isinstance(error, ARCHIVE_ERRORS))


def _fail(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    """Give a page up: to try it again is of no use before a person has changed something."""
    kill_page(harvesting.store, claim, str(error), harvesting.store.now())
    return _failed(harvesting, claim, error)


def _failed(harvesting: Harvesting, claim: Claim, error: HarvestError) -> PageResult:
    log.error("page is dead", extra=_told(claim, error))
    ended = finish_run(harvesting.store, claim.run, harvesting.store.now())
    return PageResult(outcome="failed", run=claim.run, number=claim.number, error=str(error), ended=ended)


def _is_alive(harvesting: Harvesting, claim: Claim) -> bool:
    """Whether the repository still says who it is: then it is this page that it fails at."""
    with contextlib.suppress(FatalError, RetryableError):
        describe_repository(harvesting, claim.endpoint)
        note_answer(harvesting.store, claim.host)
        return True
    return False


def _waiting(claim: Claim, not_before: float, reason: str, *, failed: bool, own_fault: bool = False) -> PageResult:
    return PageResult(
        outcome="waiting",
        run=claim.run,
        number=claim.number,
        not_before=not_before,
        failed_try=failed,
        own_fault=own_fault,
        error=reason,
    )


def _replaced(claim: Claim, error: HarvestError, numbers: tuple[int, ...]) -> PageResult:
    return PageResult(outcome="stored", run=claim.run, number=claim.number, next_numbers=numbers, error=str(error))


def _fenced(claim: Claim) -> PageResult:
    return PageResult(outcome="fenced", run=claim.run, number=claim.number)


def _told(claim: Claim, error: HarvestError) -> dict[str, object]:
    return {
        "endpoint": claim.endpoint.key,
        "run": claim.run,
        "page": claim.number,
        "tries": claim.tries,
        "reason": str(error),
    }


ANSWERS: Final[tuple[tuple[type[HarvestError], Callable[[Harvesting, Claim, HarvestError], PageResult]], ...]] = (
    (RetryLaterError, _park),
    (BadResumptionTokenError, _restart),
    (NotSelectiveError, _merge),
    *((kind, _retry_ours) for kind in ARCHIVE_ERRORS),
    (ProtocolError, _adapt_or_fail),
    (EndlessListError, _dig_or_fail),
    (PageTooLargeError, _dig_or_fail),
    (FatalError, _fail),
    (HarvestError, _retry_or_dig),
)
"""What is done about an error: the first kind that it is of counts."""
