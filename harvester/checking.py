"""Whether the archive holds what the store says that it holds."""

import random
from collections.abc import Iterator

from msgspec import Struct

from harvester.archive import Archive, ArchiveDamagedError
from harvester.store import Store
from harvester.store.expected import iter_locations


class ArchiveReport(Struct):
    """What a check of the archive has seen: files that the store names, and those read whole and compared by digest."""

    files: int = 0
    read: int = 0
    damaged: list[str] = []


def check_archive(store: Store, archive: Archive, *, sample: int | None) -> ArchiveReport:
    """Look whether each file is there, and read some at random, all where `sample` is None.

    `damaged` gives the reason of each that is not there or not what was put there.
    """
    report = ArchiveReport(damaged=[])
    chosen: list[str] = []
    for location in iter_locations(store):
        report.files += 1
        if not archive.has(location):
            report.damaged.append(f"{location}: is missing")
        elif sample is None:
            report.damaged += _read(archive, [location], report)
        elif sample:
            _keep_some(chosen, location, sample, report.files)
    report.damaged += _read(archive, chosen, report)
    return report


def _keep_some(chosen: list[str], location: str, sample: int, seen: int) -> None:
    """Keep a location so that each of those seen is among the chosen with the same chance."""
    if len(chosen) < sample:
        chosen.append(location)
    elif (place := random.randrange(seen)) < sample:  # noqa: S311 - a sample, no secret
        chosen[place] = location


def _read(archive: Archive, locations: list[str], report: ArchiveReport) -> Iterator[str]:
    for location in locations:
        report.read += 1
        try:
            archive.read(location)
        except ArchiveDamagedError as error:
            yield f"{location}: {error}"
