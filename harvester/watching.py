"""A look, once a week, through what is new at Crossref for retractions and corrections of works of ours.

What is registered for a DOI is asked for again every 30 days; a retraction is to be seen sooner. Only notices are
listed (`is-update`), those that the registry has indexed since the last look, which brings those of Retraction Watch
too (research of the project, doi 1.3): a few requests for 1,000 notices each, whatever the number of our DOIs. A list
of all that was indexed would be one of everybody's works, of which a hub holds a small part, and costs it more requests
than asking for its own in lists of 50. For the same reason DataCite is not looked through: it has no notices to list
apart, and what is withdrawn there says so when its DOI is asked for again.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Final

import msgspec

from harvester.dois.answers import read_notices_page
from harvester.dois.asking import notices_question
from harvester.dois.limits import LANES
from harvester.dois.notices import Notice
from harvester.errors import RetryableError, cut
from harvester.leases import renewed
from harvester.querying import Enriching, ask_registry, report_call, take_permit
from harvester.store.registries.batches import learn_notices
from harvester.store.registries.notices import LOOK_EVERY_S, end_look, put_off_look, renew_look, take_look

log = logging.getLogger(__name__)

MARGIN_S: Final = 86_400.0
LONGEST_S: Final = 2 * LOOK_EVERY_S
PAGES_AT_MOST: Final = 1_000
FIRST_CURSOR: Final = "*"


class ListUnavailableError(RetryableError):
    """A page of the list of notices is not to be had; the message says why."""


def look_for_notices(enriching: Enriching) -> int:
    """Make the look if it is due and nobody makes it; give how many requests that took.

    After a long rest it goes over two weeks, and the next is due at once. Each page is kept as it comes. Where one is
    not to be had all are asked for again an hour later: cursors live for minutes, and what is known already changes
    nothing.
    """
    store = enriching.store
    began = store.now()
    look = take_look(store, lease_s=enriching.lease_s, now=began)
    if look is None:
        return 0
    with renewed(
        lambda: renew_look(store, lease_s=enriching.lease_s, now=store.now()), lease_s=enriching.lease_s, name="look"
    ):
        until = min(began, look.since + LONGEST_S)
        found, requests, error = _look(enriching, (_day(look.since - MARGIN_S), _day(until)))
    if error is None:
        ended = store.now()
        due = ended if until < began else ended + LOOK_EVERY_S
        end_look(store, until=until, found=found, due=due, now=ended)
        log.info("registry looked through for notices", extra={"requests": requests, "changed": found})
    else:
        put_off_look(store, cut(error), store.now())
        log.info("registry not looked through for notices", extra={"reason": cut(error)})
    return requests


def _look(enriching: Enriching, days: tuple[str, str]) -> tuple[int, int, str | None]:
    """Give how many works of ours are changed by new notices, the requests made, and why not all were to be had."""
    cursor, found = FIRST_CURSOR, 0
    for asked in range(PAGES_AT_MOST):
        try:
            page, following = _page(enriching, days, cursor)
        except ListUnavailableError as error:
            return found, asked + 1, str(error)
        found += learn_notices(enriching.store, _by_notice(page), enriching.store.now())
        if following is None:
            return found, asked + 1, None
        cursor = following
    return found, PAGES_AT_MOST, f"its list does not end after {PAGES_AT_MOST} pages"


def _page(enriching: Enriching, days: tuple[str, str], cursor: str) -> tuple[tuple[Notice, ...], str | None]:
    """Give one page of notices and the cursor of the next. Raises: ListUnavailableError."""
    permit = take_permit(enriching, LANES["crossref"])
    if permit is None:
        raise ListUnavailableError("Crossref may not be asked now")
    answer, report, error = ask_registry(enriching, notices_question(enriching.registries, days, cursor))
    report_call(enriching, permit, report)
    if answer is None:
        raise ListUnavailableError("Crossref cannot be reached" if error == "away" else f"Crossref: {error}")
    try:
        return read_notices_page(answer.status, answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ListUnavailableError(
            f"Crossref answers {answer.status} with what is no list of notices: {problem}"
        ) from problem


def _day(time_s: float) -> str:
    return dt.datetime.fromtimestamp(max(0.0, time_s), dt.UTC).date().isoformat()


def _by_notice(page: Iterable[Notice]) -> dict[str, list[Notice]]:
    said: dict[str, list[Notice]] = {}
    for notice in page:
        said.setdefault(notice.notice, []).append(notice)
    return said
