"""Made items of the shape and size of real ones.

About 2 kB of JSON, values drawn by Zipf's law from large vocabularies.

`synthetic_items(n)` gives the same items at every call with the same seed.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np

from harvester.item import (
    SCHEMA,
    Agent,
    Container,
    Date,
    Funding,
    Identifier,
    Item,
    Language,
    Provenance,
    Rights,
    Subject,
    Term,
    Text,
)

BLOCK: Final = 5_000
CONSONANTS: Final = (*"bcdfghklmnprstvz", "st", "tr", "pl", "gr")
SYLLABLES: Final = tuple(head + tail for head in CONSONANTS for tail in (*"aeiou", "ia", "en", "or"))
TAGS: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ja", "zh", "sv", "fi", "da", "cs", "tr")
POOLS: Final = {  # name: (distinct values, words in each, exponent of Zipf's law, least and most values an item has)
    "resource_type": (12, 1, 1.1, 1, 1),
    "resource_status": (8, 2, 1.0, 1, 2),
    "genre": (25, 2, 0.9, 1, 3),
    "subject": (50_000, 2, 0.9, 2, 5),
    "publisher": (3_000, 3, 0.9, 1, 1),
    "funder": (800, 3, 1.0, 0, 1),
    "container": (5_000, 4, 0.8, 1, 1),
    "creator": (300_000, 2, 0.6, 1, 4),
    "rights": (15, 3, 1.0, 1, 1),
    "endpoint": (37, 1, 0.8, 1, 1),
    "set": (200, 2, 0.8, 1, 3),
    "extra": (2_000, 2, 0.5, 0, 3),
}
EXTRA_NAMES: Final = 30


class Pool:
    """The possible values of one property, and how often each is drawn."""

    def __init__(self, rng: np.random.Generator, words: list[str], size: int, length: int, exponent: float) -> None:
        picked = rng.integers(0, len(words), (size, length))
        self.values = [" ".join(words[index].capitalize() for index in row) for row in picked]
        self.cumulated = _zipf(size, exponent)

    def draw(self, rng: np.random.Generator, count: int, least: int, most: int) -> list[list[str]]:
        numbers = rng.integers(least, most + 1, count)
        picked = np.searchsorted(self.cumulated, rng.random((count, max(most, 1)))).clip(0, len(self.values) - 1)
        return [
            list(dict.fromkeys(self.values[index] for index in row[:number]))
            for row, number in zip(picked, numbers, strict=True)
        ]


def synthetic_items(count: int, seed: int = 11) -> Iterator[Item]:
    """Yield `count` items with ids `s00000000` and up."""
    rng = np.random.default_rng(seed)
    for start in range(0, count, BLOCK):
        yield from _block(rng, start, min(BLOCK, count - start))


@lru_cache(maxsize=1)
def vocabulary() -> list[str]:
    """Give the words of titles and abstracts, the most frequent first; one in forty has an accent."""
    rng = np.random.default_rng(7)
    words: dict[str, None] = {}
    while len(words) < 60_000:
        word = "".join(rng.choice(SYLLABLES, rng.integers(2, 5)))
        words[word + "é" if len(words) % 40 == 0 else word] = None
    return list(words)


@lru_cache(maxsize=1)
def _pools() -> dict[str, Pool]:
    rng = np.random.default_rng(8)
    return {name: Pool(rng, vocabulary(), *shape[:3]) for name, shape in POOLS.items()}


def _zipf(size: int, exponent: float) -> np.ndarray:
    weights = 1 / np.arange(1, size + 1) ** exponent
    return np.cumsum(weights / weights.sum())


def _block(rng: np.random.Generator, start: int, count: int) -> Iterator[Item]:
    words = vocabulary()
    word_law = _zipf(len(words), 0.95)
    titles = np.searchsorted(word_law, rng.random((count, 14))).clip(0, len(words) - 1)
    abstracts = np.searchsorted(word_law, rng.random((count, 140))).clip(0, len(words) - 1)
    drawn = {name: _pools()[name].draw(rng, count, *shape[3:]) for name, shape in POOLS.items()}
    years = 2025 - rng.exponential(12, count).astype(int).clip(0, 125)
    numbers = rng.integers(1, 13, (count, 6))
    for row in range(count):
        title = " ".join(words[index] for index in titles[row][: 8 + numbers[row][0] % 7]).capitalize()
        abstract = " ".join(words[index] for index in abstracts[row][: 90 + 4 * numbers[row][1]])
        values = {name: lists[row] for name, lists in drawn.items()}
        yield _item(start + row, (title, abstract), int(years[row]), numbers[row].tolist(), values)


def _item(serial: int, texts: tuple[str, str], year: int, numbers: list[int], values: dict[str, list[str]]) -> Item:
    month, day = numbers[2], numbers[3] * 2
    doi = f"10.5555/{serial:08d}"
    return Item(
        id=f"s{serial:08d}",
        schema=SCHEMA,
        version=1,
        harvested=f"2026-11-{1 + serial % 28:02d}T10:00:00Z",
        title=(Text(texts[0]),),
        abstract=(Text(texts[1]),),
        creator=tuple(Agent(name) for name in values["creator"]),
        date=Date(f"{year}-{month:02d}-{day:02d}", year, "day", "issued", f"{year}-{month:02d}-{day:02d}"),
        volume=str(numbers[4] * 5),
        issue=str(numbers[5]),
        container=Container(values["container"][0]),
        publisher=tuple(values["publisher"]),
        resource_type=tuple(Term(value) for value in values["resource_type"]),
        resource_status=tuple(Term(value) for value in values["resource_status"]),
        genre=tuple(Term(value) for value in values["genre"]),
        funding=tuple(Funding(funder=value, number=f"GR-{serial:06d}") for value in values["funder"]),
        doi=doi,
        identifier=(Identifier("doi", doi, f"https://doi.org/{doi}"),),
        language=(Language(TAGS[min(numbers[0] * numbers[1] // 9, len(TAGS) - 1)]),),
        subject=tuple(Subject(value) for value in values["subject"]),
        rights=tuple(Rights(value) for value in values["rights"]),
        extra={f"extra_{len(value) % EXTRA_NAMES}": (value,) for value in values["extra"]},
        provenance=(_provenance(serial, values),),
    )


def _provenance(serial: int, values: dict[str, list[str]]) -> Provenance:
    return Provenance(
        endpoint=values["endpoint"][0],
        metadata_prefix="oai_dc",
        identifier=f"oai:synthetic.example:{serial}",
        datestamp="2026-11-01",
        sets=tuple(values["set"]),
        page=f"1/{serial // 100}",
    )
