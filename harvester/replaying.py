"""Replay: what is archived goes through the code of today, and the store takes what comes out otherwise than before.

Nothing is asked of any repository, and nothing is written where nothing changed.
"""

import logging

from msgspec import Struct

from harvester.errors import HarvestError
from harvester.harvesting import Harvesting
from harvester.pages.records import read_page
from harvester.parsing.archived import ArchivedPage, number_entries, parse_archived, parse_entry
from harvester.parsing.record import RecordError
from harvester.store.replays import ReplayCounts, ReplayPage, put_replay, rejected_places

log = logging.getLogger(__name__)


class Replayed(Struct, frozen=True):
    """What became of a page: the counts of its records, or the error where it could not be read from the archive."""

    run: int
    number: int
    counts: ReplayCounts = ReplayCounts()
    error: str = ""


def replay_page(harvesting: Harvesting, page: ReplayPage) -> Replayed:
    """Normalise an archived page anew and take what differs into the store.

    Raises: StoreBusyError, StoreFullError, UnknownEndpointError.
    """
    try:
        parsed = parse_archived(harvesting.archive.read(page.location))
    except HarvestError as error:
        log.error("page not replayed", extra={"run": page.run, "page": page.number, "reason": str(error)})  # noqa: TRY400
        return Replayed(page.run, page.number, error=str(error))
    own = page.endpoint.mapping
    rows, rejects = read_page(parsed, page.verb, page.metadata_prefix, page.run, page.number, own_mapping=own)
    failing = {reject.position for reject in rejects}
    freed = [place for place in rejected_places(harvesting.store, page) if place not in failing]
    counts = put_replay(harvesting.store, page, rows, rejects, _identifiers(parsed, freed), now=harvesting.store.now())
    return Replayed(page.run, page.number, counts)


def _identifiers(page: ArchivedPage, places: list[int]) -> set[str]:
    """Give the identifiers of the records at some places of a page."""
    found = set()
    for entry in (entry for place, entry in number_entries(page) if place in places):
        try:
            found.add(parse_entry(entry).identifier)
        except RecordError:  # the entry of another verb's list
            continue
    return found
