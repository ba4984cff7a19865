"""What the peers hold, what each of them shows of it, and what the harvester made of that."""

import datetime as dt
import urllib.request

from msgspec import Struct
from msgspec.structs import replace

from harvester.harvesting import Harvesting
from harvester.store.items import iter_items

BEGIN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
GRANULARITIES = {
    "pyoai": ("second", "day"),
    "oai_repo": ("second", "day"),
    "xoai": ("second", "day", "lenient"),
}
PEERS = [(name, granularity) for name, known in GRANULARITIES.items() for granularity in known]


class Held(Struct, frozen=True):
    """A record as it is put to a peer; `datestamp` with seconds, in UTC."""

    identifier: str
    datestamp: str
    set_spec: str
    title: str
    deleted: bool = False


class Shown(Struct, frozen=True):
    """A record as it is to come out of a harvest."""

    datestamp: str
    sets: tuple[str, ...]
    title: str | None


class Peer:
    """One repository at a running peer; what it holds is replaced by `hold`."""

    def __init__(self, name: str, granularity: str, server: str, key: str) -> None:
        self.name = name
        self.granularity = granularity
        self.url = f"{server}/{key}/{granularity}"
        self.held: dict[str, Held] = {}
        self._place = f"{server}/{key}"

    @property
    def datestamp_length(self) -> int:
        """How much of a datestamp it shows; pyoai says days and shows seconds."""
        return 10 if self.granularity == "day" and self.name != "pyoai" else 20

    def hold(self, *records: Held) -> None:
        """Add records, or change those with the same identifier."""
        self.held |= {record.identifier: record for record in records}
        lines = [
            "\t".join([one.identifier, one.datestamp, one.set_spec, "deleted" if one.deleted else "", one.title])
            for one in self.held.values()
        ]
        put = urllib.request.Request(self._place, "\n".join(lines).encode(), method="PUT")
        urllib.request.urlopen(put, timeout=30).close()

    def delete(self, identifier: str, datestamp: str) -> None:
        """Mark a record as deleted at a time."""
        self.hold(replace(self.held[identifier], deleted=True, datestamp=datestamp))

    def shown(self, since: str = "", until: str = "9", sets: tuple[str, ...] = ()) -> dict[str, Shown]:
        """Give what ListRecords is to give of a span (datestamps with seconds, both included) and of some sets.

        What is deleted has no title. oai_repo leaves it out where it is fed no metadata, and nobody has any to feed.
        """
        return {
            one.identifier: Shown(
                one.datestamp[: self.datestamp_length], (one.set_spec,), None if one.deleted else one.title
            )
            for one in self.held.values()
            if since <= one.datestamp <= until
            and (not sets or one.set_spec in sets)
            and not (self.name == "oai_repo" and one.deleted)
        }


def made_records(count: int = 300) -> list[Held]:
    """Make records, one an hour, not in order of time: a 20th of them deleted, in three sets."""
    return [
        Held(
            identifier=f"oai:peer.example:{number}",
            datestamp=f"{BEGIN + dt.timedelta(hours=number * 7 % count):%Y-%m-%dT%H:%M:%SZ}",
            set_spec=f"set{number % 3}",
            title=f"Peers & <others> no. {number}, été",
            deleted=number % 20 == 0,
        )
        for number in range(count)
    ]


def harvested(harvesting: Harvesting) -> dict[str, Shown]:
    """Give what the store holds, by OAI identifier; what is deleted has no title."""
    return {
        part.identifier: Shown(part.datestamp, part.sets, None if part.deleted else item.title[0].value)
        for item in iter_items(harvesting.store)
        for part in item.provenance
    }
