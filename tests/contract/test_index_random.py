"""Random queries: Elasticsearch, the embedded index and brute force find the same items and count the same."""

import os
import random
from collections.abc import Iterator

import msgspec
import pytest

from indexer.document import Document, to_document
from indexer.index import Index
from indexer.query import Condition, FacetRequest, Query, Sort
from tests.contract.index_engines import ENGINES, new_index
from tests.indexer.making import DATES, GENRES, NAMES, STATUSES, VALUES, WORDS, random_items
from tests.oracle import brute

ITEMS = 350
QUERIES_IN_BLOCK = 105
BLOCKS = int(os.environ.get("OAIHUB_TEST_SEARCHES", "1050")) // QUERIES_IN_BLOCK
PAGE = 120
FACETS = [
    "genre",
    "creator",
    "subject",
    "language",
    "year",
    "date",
    "has_part",
    "odd_relation",
    "resource_status",
    *NAMES,
]
FILTERED = {
    "genre": GENRES,
    "resource_status": STATUSES,
    "creator": [f"Cannata, {letter}." for letter in "ABCDEFGHX"],
    "language": ["en", "de", "unheard of", "fr"],
    "year": ["2015", "2017", "1999"],
    "date": [date for date in DATES if date],
    "has_part": ["10.5555/part"],
    "odd_relation": ["Elsewhere"],
    "endpoint": ["one", "two"],
    **{name: [value[:1_000] for value in VALUES] for name in NAMES},
}
LONG_TEXT = ["abstract", "citation", "description"]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [to_document(item) for item in random_items(ITEMS, seed=5)]


@pytest.fixture(scope="module", params=ENGINES)
def filled(request, tmp_path_factory, documents) -> Iterator[Index]:
    with new_index(request.param, request, tmp_path_factory.mktemp("index")) as index:
        order = random.Random(2).sample(documents, len(documents))
        for start in range(0, len(order), 60):  # several commits: several segments
            index.write(order[start : start + 60])
        index.refresh()
        yield index


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_queries_agree_with_brute_force(filled, documents, block):
    draw = random.Random(1_000 + block)
    for _ in range(QUERIES_IN_BLOCK):
        query = random_query(draw)
        expected = brute.found(documents, query)
        hits = filled.search(query)
        assert hits.total == len(expected), query
        assert hits.exact
        for asked in query.facets:
            assert hits.facets[asked.name] == brute.facet(documents, query, asked.name, asked.size), (query, asked)
        ids = walk(filled, query)
        if query.sort.name == "relevance":
            assert sorted(ids) == [document.id for document in expected], query
        else:
            assert ids == [document.id for document in expected], query


def test_properties_agree_with_brute_force(filled, documents):
    draw = random.Random(77)
    for _ in range(50):
        query = random_query(draw)
        assert filled.properties(query) == brute.properties(documents, query), query


def test_every_token_of_a_facet_gives_its_count(filled):
    """The facet contract: a value as the property's only filter gives exactly its count; so does missing."""
    draw = random.Random(78)
    for _ in range(12):
        query = msgspec.structs.replace(random_query(draw), sort=Sort("date"), offset=0)
        for name, counts in filled.search(query).facets.items():
            others = tuple(condition for condition in query.filters if condition.name != name)
            for bucket in counts.values:
                asked = Query(text=query.text, filters=(*others, Condition(name, "is", bucket.value)), size=0)
                assert filled.search(asked).total == bucket.count, (asked, bucket)
            asked = Query(text=query.text, filters=(*others, Condition(name, "missing")), size=0)
            assert filled.search(asked).total == counts.missing, asked


def walk(index: Index, query: Query) -> list[str]:
    """Give the ids of all pages."""
    ids: list[str] = []
    asked = msgspec.structs.replace(query, facets=(), size=PAGE)
    while True:
        hits = index.search(asked).hits
        ids += [hit.id for hit in hits]
        if len(hits) < PAGE:
            return ids
        if query.sort.name == "relevance":
            asked = msgspec.structs.replace(asked, offset=len(ids))
        else:
            asked = msgspec.structs.replace(asked, after=hits[-1].key)


def random_query(draw: random.Random) -> Query:
    name = draw.choice(["date", "title", "harvested", "id", "relevance"])
    return Query(
        text=random_text(draw),
        filters=tuple(random_condition(draw) for _ in range(draw.choice([0, 0, 1, 1, 2, 3]))),
        facets=tuple(
            FacetRequest(name, draw.choice([1, 3, 10, 100])) for name in draw.sample(FACETS, draw.randrange(4))
        ),
        sort=Sort(name, name == "relevance" or draw.random() < 0.5),
    )


def random_text(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.3:
        return ""
    words = " ".join(draw.choice(WORDS) for _ in range(draw.randrange(1, 4)))
    if kind < 0.45:
        return f'"{words}"'
    return words.upper() if kind < 0.6 else random_expression(draw, 2)


def random_expression(draw: random.Random, depth: int) -> str:
    """Give a text with operators, fields, prefixes and identifiers."""
    if depth == 0 or draw.random() < 0.2:
        return random_part(draw)
    one, other = random_expression(draw, depth - 1), random_expression(draw, depth - 1)
    return draw.choice(
        [f"{one} {other}", f"{one} AND {other}", f"({one} OR {other})", f"{one} NOT {other}", f"NOT ({one})"]
    )


def random_part(draw: random.Random) -> str:
    word = draw.choice(WORDS)
    return draw.choice(
        [
            word,
            f"{word[:4]}*",
            f"title:{word}",
            f'abstract:"{word} {draw.choice(WORDS)}"',
            f"creator:(cannata {draw.choice('abcdefgh')})",
            "funder:educ*",
            f"oai:x:{draw.randrange(ITEMS)}",
            f"record_identifier:oai:x:{draw.randrange(ITEMS)}",
        ]
    )


def random_condition(draw: random.Random) -> Condition:
    negative = draw.random() < 0.3
    kind = draw.random()
    if kind < 0.2:
        name = draw.choice([*FILTERED, *LONG_TEXT])
        return Condition(name, draw.choice(["exists", "missing"]), negative=negative)
    if kind < 0.4:
        return random_range(draw, negative)
    name = draw.choice(list(FILTERED))
    return Condition(name, "is", draw.choice(FILTERED[name]), negative=negative)


def random_range(draw: random.Random, negative: bool) -> Condition:
    name = draw.choice(["date", "year", "harvested"])
    bounds = {
        "date": ["1999", "2002-05", "2015", "2015-03", "2015-03-01", "2017"],
        "year": ["1999", "2015", "2016", "2017"],
        "harvested": ["2026", "2026-11-19", "2026-11-21"],
    }[name]
    low, high = sorted(draw.choices(range(len(bounds)), k=2))
    ends = draw.choice([(bounds[low], bounds[high]), (bounds[low], None), (None, bounds[high])])
    return Condition(name, "range", low=ends[0], high=ends[1], negative=negative)
