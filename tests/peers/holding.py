"""What the peers hold, what each of them shows of it, and what the harvester made of that."""

import datetime as dt
import urllib.request

import msgspec
from msgspec import Struct
from sqlalchemy import select

from harvester.harvesting import Harvesting
from harvester.item import Metadata
from harvester.store.tables import records

BEGIN = dt.datetime(2024, 1, 1, 0, 30, tzinfo=dt.UTC)
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
    """One repository at a running peer, and what it does with what it holds."""

    def __init__(self, name: str, granularity: str, server: str, key: str) -> None:
        self.name = name
        self.granularity = granularity
        self.url = f"{server}/{key}/{granularity}"
        self.held: dict[str, Held] = {}
        self._place = f"{server}/{key}"

    @property
    def tells_deletions(self) -> bool:
        """Whether ListRecords has the deleted ones: oai_repo leaves out what it is fed no metadata of."""
        return self.name != "oai_repo"

    @property
    def until_inclusive(self) -> bool:
        """Whether what is at until is given: oai_repo takes a day for its begin."""
        return (self.name, self.granularity) != ("oai_repo", "day")

    @property
    def counts(self) -> bool:
        """Whether its lists have a completeListSize."""
        return self.name != "pyoai"

    def hold(self, *fresh: Held) -> None:
        """Add records, or change those with the same identifier."""
        self.held |= {record.identifier: record for record in fresh}
        lines = [
            "\t".join([one.identifier, one.datestamp, one.set_spec, "deleted" if one.deleted else "", one.title])
            for one in self.held.values()
        ]
        put = urllib.request.Request(self._place, "\n".join(lines).encode(), method="PUT")
        urllib.request.urlopen(put, timeout=30).close()

    def shown(self, since: str = "", until: str = "9", sets: tuple[str, ...] = ()) -> dict[str, Shown]:
        """Give what ListRecords has of a span (datestamps with seconds, both included) and of some sets.

        What is deleted has no title. Datestamps are as the repository writes them: pyoai says days and writes seconds.
        """
        length = 10 if self.granularity == "day" and self.name != "pyoai" else 20
        return {
            one.identifier: Shown(one.datestamp[:length], (one.set_spec,), None if one.deleted else one.title)
            for one in self.held.values()
            if since <= one.datestamp <= until
            and (not sets or one.set_spec in sets)
            and (self.tells_deletions or not one.deleted)
        }

    def reached(self, since: str, until: str) -> tuple[str, str]:
        """Give the span that it answers with, asked for this one: days are whole, XOAI moves until by a second."""
        if self.granularity == "day":
            return since[:10], f"{until[:10]}T23:59:59Z"
        if self.granularity == "lenient":
            return since, f"{until[:10]}T23:59:59Z"
        return since, written(dt.datetime.fromisoformat(until) + dt.timedelta(seconds=self.name == "xoai"))


def made_records(count: int = 300, begin: dt.datetime = BEGIN) -> list[Held]:
    """Make records in three sets, one an hour and in no order of time, a 20th of them deleted."""
    return [
        Held(
            identifier=f"oai:peer.example:{number}",
            datestamp=written(begin + dt.timedelta(hours=number * 7 % count)),
            set_spec=f"set{number % 3}",
            title=f"Peers & <others> no. {number}, été",
            deleted=number % 20 == 0,
        )
        for number in range(count)
    ]


def written(moment: dt.datetime) -> str:
    """Write a moment as a datestamp with seconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def harvested(harvesting: Harvesting) -> dict[str, Shown]:
    """Give what the store holds, by OAI identifier; what is deleted has no title."""
    with harvesting.store.connect() as connection:
        rows = connection.execute(select(*(records.c[name] for name in Row.__struct_fields__))).all()
    return {row.identifier: _shown(Row(*row)) for row in rows}


class Row(Struct, frozen=True):
    """A record as it is stored."""

    identifier: str
    datestamp: str
    sets: str
    deleted: bool
    metadata: bytes


def _shown(row: Row) -> Shown:
    title = None if row.deleted else msgspec.json.decode(row.metadata, type=Metadata).title[0].value
    return Shown(row.datestamp, msgspec.json.decode(row.sets, type=tuple[str, ...]), title)
