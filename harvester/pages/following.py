"""What comes after a page: its next page, slices of its list instead, or the records that a list of headers names."""

from collections.abc import Callable
from math import ceil
from typing import Final

from msgspec import Struct

from harvester.endpoint import Endpoint
from harvester.errors import FatalError, RetryableError, cut
from harvester.oai import DAY_GRANULARITY
from harvester.parsing.headers import iter_headers
from harvester.parsing.record import Page
from harvester.store.ledger.lists import Following, SoFar
from harvester.store.ledger.pages import Claim
from harvester.store.ledger.windows import NewPage
from harvester.windows import DAY_S, MOST_SLICES, Bounds, cut_window, lies_outside, shift, slices_wanted

MOST_EMPTY_PAGES: Final = 100
UNKNOWN_BEGIN: Final = "2000-01-01T00:00:00Z"


class ShortListError(RetryableError):
    """A list ended before its own count was reached."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"the list ended {missing} records before its own count (completeListSize)")
        self.missing = missing


class NotSelectiveError(RetryableError):
    """A repository gave records that lie outside of what was asked for by from and until."""

    def __init__(self, bounds: Bounds) -> None:
        since, until = bounds
        super().__init__(
            f"the repository gives records outside of {since or '…'} to {until or '…'}: its list is not cut any more"
        )


class SetVanishedError(FatalError):
    """A set that is to be harvested is empty and the repository does not list it any more."""

    def __init__(self, set_spec: str) -> None:
        super().__init__(
            f"the set {cut(set_spec)!r} is empty and the repository lists it no more: what was harvested of it is "
            "kept; `oaihub endpoints probe` shows the sets that there are"
        )


class Shortage(Struct, frozen=True):
    """What a list lacks: records, of how many, and how many a page of it holds."""

    missing: int
    size: int
    page_size: int


def is_selective(claim: Claim, page: Page) -> bool:
    """Tell whether all records of a page lie in the page's window; a window open to both sides is never left."""
    bounds = (claim.window.since, claim.window.until)
    return bounds == (None, None) or not lies_outside((datestamp for _, datestamp in iter_headers(page)), bounds)


def shortage(claim: Claim, page: Page, so_far: Callable[[], SoFar]) -> Shortage | None:
    """Tell what a list that ends with this page lacks of its own count; None where it lacks nothing, or has no count.

    `so_far` sums up its other pages. The largest count on any page is taken for the list's: XOAI with datestamps of
    days leaves the last day out from the second page on, and counts without it; a list that breaks off may end with a
    page that has no count at all.
    """
    if page.token is not None or claim.verb != "ListRecords":
        return None
    before = so_far()
    size = max(page.complete_list_size or 0, before.size or 0)
    missing = size - before.received - page.received
    return Shortage(missing, size, max(before.page_size, page.received)) if missing > 0 else None


def following(claim: Claim, page: Page, *, short: Shortage | None, wanted: list[str]) -> Following:
    """Give what comes after a page.

    The records that a list is `short` of are looked for in slices that fit a page; `wanted` are the identifiers of a
    ListIdentifiers page whose records are to be asked for one by one.
    """
    window, spec = claim.window.number, claim.window.set_spec
    if claim.verb == "ListIdentifiers":
        fresh = [
            NewPage(window=window, set_spec=spec, verb="GetRecord", identifier=identifier) for identifier in wanted
        ]
        if page.token is not None:
            fresh.insert(0, NewPage(window=window, set_spec=spec, verb="ListIdentifiers", token=page.token))
        return Following(pages=tuple(fresh))
    slices = slice_list(claim, page, short=short)
    if len(slices) > 1:
        return Following(slices=tuple(slices), reason="short" if short else "slice")
    if page.token is None:
        return Following()
    return Following(pages=(NewPage(window=window, set_spec=spec, token=page.token),))


def slice_list(claim: Claim, page: Page, *, short: Shortage | None) -> list[Bounds]:
    """Give the slices of a list after this page of it, or one, where it is not to be cut."""
    endpoint, window = claim.endpoint, claim.window
    first_of_long = claim.token is None and page.token is not None
    if not endpoint.selective or window.reason == "short" or not (short or first_of_long):
        return [(window.since, window.until)]
    if short:
        count = min(MOST_SLICES, 2 * ceil(short.size / max(1, short.page_size)))
    else:
        count = slices_wanted(
            size=page.complete_list_size,
            page_size=page.received,
            parallel=endpoint.parallel,
            sliced=window.reason != "whole",
        )
    return cut_in(claim, count, begin=_begin(page), end=page.response_date)


def cut_in(claim: Claim, count: int, *, begin: str, end: str) -> list[Bounds]:
    """Cut a page's window into at most `count` slices; `begin` and `end` stand for what is open and not known."""
    endpoint = claim.endpoint
    return cut_window(
        (claim.window.since, claim.window.until),
        (endpoint.earliest or begin, end),
        count,
        granule_s=granule_s(endpoint),
        disjoint=endpoint.until_inclusive is not None,
    )


def until_asked(endpoint: Endpoint, until: str) -> str:
    """Give the `until` that holds a window's last moment: a step later where what is at `until` is left out.

    That must be known; oai_repo with datestamps of days does so, because it takes a day for its begin.
    """
    return shift(until, granule_s(endpoint)) if endpoint.until_inclusive is False else until


def granule_s(endpoint: Endpoint) -> int:
    """Give the least step of an endpoint's datestamps in seconds."""
    return DAY_S if endpoint.granularity.strip().upper() == DAY_GRANULARITY else 1


def _begin(page: Page) -> str:
    return min((datestamp for _, datestamp in iter_headers(page) if datestamp), default=UNKNOWN_BEGIN)
