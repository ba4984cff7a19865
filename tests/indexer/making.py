"""Items of all shapes for tests of the index: small vocabularies, so that values, words and sort keys meet often."""

import random

from harvester.item import (
    SCHEMA,
    Agent,
    Citation,
    Container,
    Date,
    Funding,
    Item,
    Language,
    Link,
    Provenance,
    Subject,
    Term,
    Text,
)

WORDS = [
    "improvement",
    "networks",
    "scale",
    "Éducation",
    "naïve",
    "données",
    "x-ray",
    "中国",
    "かな",
    "Straße",
    "of",
    "the",
]
GENRES = ["Empirical", "Methodological", "Review/Synthesis", 'Say "so"', "a: b", "*", "!", "1..2"]
STATUSES = ["Published Text", "Preprint/Forthcoming Resource"]
DATES = ["2015", "2015-03", "2015-03-01", "2016-12-31", "2017", "1999/2003", "2017-05-06", None]
NAMES = [
    "coverage",
    "dc.title",
    "dc",
    "a..b",
    "odd name",
    'quo"ted',
    "colon:ed",
    "ünicode",
    "back\\slash",
    "n" * 300,
    "x*y",
]
VALUES = ["blue", "Blue", "2001-02-03T00:00:00Z", "5", "true", "v" * 1_200, "tab\tbed", "ω"]


def make_item(number: int, **changes: object) -> Item:
    """Give a plain item; its id sorts as its number does."""
    given = {
        "id": f"i{number:05d}",
        "schema": SCHEMA,
        "version": 1,
        "harvested": "2026-11-20T10:00:00Z",
        "title": (Text(f"Item {number}"),),
        **changes,
    }
    return Item(**given)


def random_items(count: int, seed: int) -> list[Item]:
    """Give the same items for the same seed; one in twenty is deleted."""
    draw = random.Random(seed)
    return [_random_item(draw, number) for number in range(count)]


def _random_item(draw: random.Random, number: int) -> Item:
    if draw.random() < 0.05:
        return make_item(number, deleted=True, title=())
    edtf = draw.choice(DATES)
    date = Date(edtf, int(edtf[:4]), "year", "issued", edtf) if edtf else Date(literal="undated")
    return make_item(
        number,
        harvested=f"2026-11-{draw.randrange(18, 23)}T10:00:0{draw.randrange(3)}Z",
        title=tuple(Text(_sentence(draw, 4)) for _ in range(draw.choice([0, 1, 1, 1, 2]))),
        abstract=tuple(Text(_sentence(draw, 12)) for _ in range(draw.randrange(2))),
        creator=tuple(Agent(f"Cannata, {letter}.") for letter in draw.sample("ABCDEFGH", draw.randrange(4))),
        date=draw.choice([None, date, date, date]),
        container=draw.choice([None, Container("Peabody Journal of Education")]),
        genre=tuple(Term(genre) for genre in draw.sample(GENRES, draw.randrange(4))),
        resource_status=tuple(Term(status) for status in draw.sample(STATUSES, draw.randrange(3))),
        funding=draw.choice([(), (Funding("Institute of Education Sciences (IES)", number="R305C10023"),)]),
        citation=draw.choice([None, Citation("Cannata, M. (2017). Partnering for Improvement.")]),
        language=draw.choice([(), (Language("en"),), (Language("de", "deutsch"), Language(None, "unheard of"))]),
        subject=tuple(Subject(f"subject {draw.randrange(60)}") for _ in range(draw.randrange(4))),
        links=draw.choice([(), (Link("has_part", doi="10.5555/part"),), (Link("odd_relation", title="Elsewhere"),)]),
        extra={
            name: tuple(draw.sample(VALUES, draw.randrange(1, 3))) for name in draw.sample(NAMES, draw.randrange(4))
        },
        provenance=(Provenance(draw.choice(["one", "two"]), "oai_dc", f"oai:x:{number}", "2026-11-20"),),
    )


def _sentence(draw: random.Random, most: int) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(draw.randrange(1, most + 1)))
