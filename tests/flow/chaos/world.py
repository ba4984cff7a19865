"""The source of truth outside: repositories that change in rounds and misbehave, registries, and people who edit."""

import datetime as dt
import random
import threading
from contextlib import ExitStack

from msgspec import Struct
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from tests.faults import Answer, cut_connection, retry_later
from tests.registries import Registries, made_work, serving
from tests.repository import Repository, oai_dc
from workers.demo.provider import Entry

REPOSITORIES = 6
RECORDS = 1_000
ROUNDS = 3
PAGE_SIZE = 50
PAGES = REPOSITORIES * ROUNDS * RECORDS // PAGE_SIZE
TROUBLE = 0.06
GONE_ONCE, GONE_AT_LAST = 0, 50
"""Of each hundred records, the one that is deleted in the second round alone, and the one deleted in the third."""
EDITED = (GONE_ONCE, GONE_AT_LAST, 25)
REGISTERED_EVERY = 40
FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class Mood:
    """Whether a repository answers well: late, and in 6 of 100 cases with an error or half of the page."""

    def __init__(self, seed: int, delay_s: float) -> None:
        self.good = self.bad = 0
        self.slowness = 1.0
        self._dice = random.Random(seed)
        self._delay_s = delay_s
        self._lock = threading.Lock()

    def __call__(self, answer: Answer) -> Answer:
        with self._lock:
            is_bad = self._dice.random() < TROUBLE
            fault = self._dice.choice([retry_later("1"), cut_connection()])
            delay_s = self._delay_s * self.slowness * self._dice.uniform(0.5, 1.5)
            self.good, self.bad = self.good + (not is_bad), self.bad + is_bad
        return replace(fault(answer) if is_bad else answer, delay_s=delay_s)


class Edit(Struct, frozen=True):
    """What a person says of a record, whatever its repository says."""

    repository: int
    identifier: str
    publisher: str


class Said(Struct, frozen=True):
    """What the world says of a record: the round it was last changed in, whether it is gone, and its own DOI."""

    round: int
    deleted: bool
    doi: str | None


class World:
    """Six repositories of a thousand records each, changed in three rounds; registries; edits to be made."""

    def __init__(self, seed: int, *, delay_s: float) -> None:
        self._stack = ExitStack()
        self.registries: Registries = self._stack.enter_context(serving())
        self.moods = [Mood(seed + number, delay_s) for number in range(REPOSITORIES)]
        self.rounds = [0] * REPOSITORIES
        self.repositories = [self._stack.enter_context(Repository(page_size=PAGE_SIZE)) for _ in range(REPOSITORIES)]
        for repository, mood in zip(self.repositories, self.moods, strict=True):
            repository.misbehave(mood, times=None)
        self.edits = [
            Edit(number, f"oai:chaos:{number}-{record}", f"Edited by hand {number}-{record}")
            for number in range(REPOSITORIES)
            for record in range(1, RECORDS + 1)
            if record % 100 in EDITED
        ]
        random.Random(seed).shuffle(self.edits)
        for number in range(REPOSITORIES):
            for record in range(1, RECORDS + 1):
                if doi_of(number, record):
                    self.registries.register("Crossref", made_work(_work(number, record)))

    def endpoints(self) -> list[Endpoint]:
        """Give an endpoint for each repository."""
        return [
            Endpoint(key=f"chaos-{number}", base_url=repository.url, allow_private=True, deleted_record="persistent")
            for number, repository in enumerate(self.repositories)
        ]

    def turn(self, number: int) -> None:
        """Begin the next round of a repository: every record changes, some are deleted, some come back."""
        self.rounds[number] += 1
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries = [made_entry(number, record, self.rounds[number], now) for record in range(1, RECORDS + 1)]
        self.repositories[number].put(*entries)

    def wait_for_storm(self, *, is_behind: bool) -> None:
        """Answer ten times as late while the storm is behind, so that it finds work to disturb to the end."""
        for mood in self.moods:
            mood.slowness = 10.0 if is_behind else 1.0

    @property
    def served(self) -> int:
        """How many pages were given well so far."""
        return sum(mood.good for mood in self.moods)

    @property
    def troubles(self) -> int:
        """How many requests for pages were answered badly so far."""
        return sum(mood.bad for mood in self.moods)

    def truth(self) -> dict[tuple[str, str], Said]:
        """Give what is to be known of each record, by endpoint and identifier."""
        return {
            (f"chaos-{number}", f"oai:chaos:{number}-{record}"): _said(number, record, self.rounds[number])
            for number in range(REPOSITORIES)
            for record in range(1, RECORDS + 1)
        }

    def close(self) -> None:
        """Stop serving."""
        self._stack.close()


def made_entry(number: int, record: int, round_: int, datestamp: str) -> Entry:
    """Make a record as it is in a round; in the first, records are from years ago."""
    identifier = f"oai:chaos:{number}-{record}"
    if round_ == 1:
        datestamp = (FIRST + dt.timedelta(minutes=record)).strftime("%Y-%m-%dT%H:%M:%SZ")
    if _said(number, record, round_).deleted:
        return Entry(identifier, datestamp, (), True, {})
    doi = doi_of(number, record)
    names = [f"https://repository.example/{number}/{record}"]
    work = made_work(_work(number, record))
    metadata = oai_dc(
        title=work["title"][0] if doi else f"Record {record} of {number}",
        creator="Maker, Ada" if doi else f"Author {record % 17}, A.",
        description=f"{mark(round_)} of it",
        date="2020",
        type="article",
        identifier=[*names, f"https://doi.org/{doi}"] if doi else names,
    )
    return Entry(identifier, datestamp, (), False, {"oai_dc": metadata})


def mark(round_: int) -> str:
    """Give the word that every record says in a round, and no other."""
    return f"roundmark{round_}"


def doi_of(number: int, record: int) -> str | None:
    """Give the DOI of a record, where it has one."""
    is_registered = record % REGISTERED_EVERY == 7
    return str(made_work(_work(number, record))["DOI"]).lower() if is_registered else None


def _work(number: int, record: int) -> int:
    return number * 10_000 + record


def _said(number: int, record: int, round_: int) -> Said:
    place = record % 100
    deleted = (place == GONE_ONCE and round_ == 2) or (place == GONE_AT_LAST and round_ == 3)
    return Said(round_, deleted, doi_of(number, record))
