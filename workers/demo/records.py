"""The records of the demonstration: two written by hand, the others put together from a vocabulary, always the same."""

import datetime as dt
import random
import tomllib
from importlib.resources import files
from typing import Final

from msgspec import Struct, convert, structs

from workers.demo.vocabulary import AbstractParts, Topic, Vocabulary

RECORDS: Final = 300
SEED: Final = 1017
HOST: Final = "hub.example.org"
DELETED_EVERY: Final = 25
SPANISH_EVERY: Final = 43
FIRST_DAY: Final = dt.datetime(2024, 2, 13, 6, 0, tzinfo=dt.UTC)

KINDS: Final = ("article",) * 6 + ("report",) * 2 + ("chapter", "thesis", "dataset")
TYPES: Final = {
    "article": "Research/Scholarly Media",
    "chapter": "Book chapter",
    "report": "Report",
    "thesis": "Doctoral Thesis",
    "dataset": "Dataset",
}
STATUSES: Final = (
    ("Published Text", "Peer Reviewed"),
    ("Published Text",),
    ("Preprint/Forthcoming Resource",),
    ("Published Text", "Preprint/Forthcoming Resource"),
)
SMALL_WORDS: Final = {"a", "and", "at", "for", "from", "in", "of", "on", "the", "to", "with"}


class Grant(Struct, frozen=True):
    """A grant: who gave it, from which programme ("" where not said), under which number."""

    funder: str
    programme: str
    number: str


class DemoRecord(Struct, frozen=True, kw_only=True):
    """One work as the repository holds it; "" stands for what it does not know.

    `creators` are (family, given). `date` is YYYY, YYYY-MM or YYYY-MM-DD; `citation_year` is used in the citation
    alone. `doi` is the bare name; `parts` are DOIs of works that this one contains.
    """

    number: int
    datestamp: str
    sets: tuple[str, ...]
    title: str
    deleted: bool = False
    abstract: str = ""
    creators: tuple[tuple[str, str], ...] = ()
    date: str = ""
    citation_year: int | None = None
    journal: str = ""
    book: str = ""
    volume: str = ""
    issue: str = ""
    first_page: str = ""
    last_page: str = ""
    publisher: str = ""
    doi: str = ""
    resource_type: str = ""
    statuses: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    language: str = ""
    rights: str = ""
    parts: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The OAI identifier."""
        return f"oai:{HOST}:item-{self.number:04d}"

    @property
    def url(self) -> str:
        """The address of the work's page at the repository."""
        return f"https://{HOST}/items/{self.number}"

    @property
    def year(self) -> str:
        """The year that a citation names."""
        return str(self.citation_year or self.date[:4])


def demo_records() -> list[DemoRecord]:
    """Give all records by number: the same at every call and on every machine."""
    records = convert(tomllib.loads(_read("known.toml"))["records"], list[DemoRecord])
    words = convert(tomllib.loads(_read("vocabulary.toml")), Vocabulary)
    chance = random.Random(SEED)  # noqa: S311  words are drawn, nothing is kept secret
    titles = {record.title for record in records}
    while len(records) < RECORDS:
        record = _make(len(records) + 1, words, chance)
        if record.title not in titles:  # a pattern may draw the same words twice
            titles.add(record.title)
            records.append(record)
    return records


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _make(number: int, words: Vocabulary, chance: random.Random) -> DemoRecord:
    topic = chance.choice(words.topics)
    group = chance.choice(words.titles)
    kind = chance.choice(KINDS)
    year, month = chance.randint(2009, 2023), chance.randint(1, 12)
    slots = {
        "topic": topic.phrase,
        "setting": chance.choice(words.settings),
        "group": chance.choice(words.people_groups),
        "n": chance.choice(["three", "four", "five", "six", "twelve"]),
    }
    record = DemoRecord(
        number=number,
        datestamp=(FIRST_DAY + dt.timedelta(hours=37 * number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        sets=(f"type:{kind}", f"topic:{topic.set}"),
        deleted=number % DELETED_EVERY == 0,
        title=_title(chance.choice(group.patterns), slots),
        abstract=_abstract(words.abstracts, slots, chance),
        creators=_creators(words, chance),
        date=chance.choice([f"{year}", f"{year}-{month:02d}", f"{year}-{month:02d}-15"]),
        resource_type=TYPES[kind],
        statuses=chance.choice(STATUSES) if kind in {"article", "chapter"} else ("Published Text",),
        genres=() if kind == "dataset" else _genres(group.genre, words, chance),
        subjects=_subjects(topic, words, chance),
        grants=_grants(words, chance),
        language=chance.choice(["en", "en", "en", "eng", "en-US"]),
        rights=chance.choice(words.licences),
    )
    record = _imprint(record, kind, words, chance)
    return record if number % SPANISH_EVERY else _in_spanish(record, words)


def _title(pattern: str, slots: dict[str, str]) -> str:
    """Fill a pattern in title case: small words stay small except at the beginning and after a colon."""
    parts: list[str] = []
    for word in pattern.format(**slots).split(" "):
        begins = not parts or parts[-1].endswith((":", "?"))
        parts.append(word if word in SMALL_WORDS and not begins else word[0].upper() + word[1:])
    return " ".join(parts)


def _abstract(parts: AbstractParts, slots: dict[str, str], chance: random.Random) -> str:
    sentences = (chance.choice(choices) for choices in (parts.opening, parts.middle, parts.closing))
    return " ".join(sentence.format(**slots) for sentence in sentences)


def _creators(words: Vocabulary, chance: random.Random) -> tuple[tuple[str, str], ...]:
    families = chance.sample(words.family_names, chance.choice([1, 1, 2, 2, 3, 3, 4]))
    return tuple((family, chance.choice(words.given_names)) for family in families)


def _genres(genre: str, words: Vocabulary, chance: random.Random) -> tuple[str, ...]:
    second = chance.choice(words.titles).genre
    return (genre, second) if second != genre and chance.random() < 0.3 else (genre,)


def _subjects(topic: Topic, words: Vocabulary, chance: random.Random) -> tuple[str, ...]:
    others = (other.label for other in chance.sample(words.topics, chance.randint(1, 3)))
    return tuple(dict.fromkeys([topic.label, *others]))


def _grants(words: Vocabulary, chance: random.Random) -> tuple[Grant, ...]:
    funders = chance.sample(words.funders, chance.choice([0, 0, 0, 1, 1, 2]))
    return tuple(
        Grant(funder.name, funder.programme, funder.number.format(chance.randint(10_000, 99_999))) for funder in funders
    )


def _imprint(record: DemoRecord, kind: str, words: Vocabulary, chance: random.Random) -> DemoRecord:
    """Say where a work appeared: an article in a journal, a chapter in a book, anything else at its publisher."""
    first, length = chance.randint(1, 480), chance.randint(6, 28)
    if kind != "report":  # reports often have none; 10.5555 is a prefix for examples
        record = structs.replace(record, doi=f"10.5555/hub.{record.year}.{record.number:04d}")
    if kind in {"article", "chapter"}:
        record = structs.replace(record, first_page=str(first), last_page=str(first + length))
    if kind == "article":
        journal = chance.choice(words.journals)
        volume = str(int(record.year) - journal.first_year + 1)
        return structs.replace(record, journal=journal.title, volume=volume, issue=str(chance.randint(1, 6)))
    book = chance.choice(words.books) if kind == "chapter" else ""
    return structs.replace(record, book=book, publisher=chance.choice(words.institutions))


def _in_spanish(record: DemoRecord, words: Vocabulary) -> DemoRecord:
    titles = words.spanish.titles
    title = titles[record.number // SPANISH_EVERY % len(titles)]
    return structs.replace(record, title=title, abstract=words.spanish.abstract.strip(), language="es")
