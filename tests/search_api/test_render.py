"""Where a result by relevance ends."""

import pytest

from harvester.item import Date, Item, Text
from indexer.document import to_document
from indexer.engines import open_index
from indexer.query import Query, Sort
from search_api.cursor import continued
from search_api.render import ADVICE, search_items

SECRET = b"a secret for these tests alone"
COUNT = 10_002


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = open_index("embedded:", data_dir=tmp_path_factory.mktemp("index"))
    index.create()
    index.write([to_document(made(number)) for number in range(COUNT)])
    index.refresh()
    yield index
    index.close()


def made(number):
    date = Date(edtf=str(1000 + number % 1000), year=1000 + number % 1000, precision="year")
    return Item(
        id=f"{number:05}",
        schema="item/1",
        version=1,
        harvested="2024-01-01T00:00:00Z",
        title=(Text("same"),),
        date=date,
    )


def walk(index, query):
    pages = [search_items(index, query, secret=SECRET)]
    while pages[-1].next is not None:
        pages.append(search_items(index, continued(query, pages[-1].next, SECRET), secret=SECRET))
    return pages


def test_result_by_relevance_ends_at_ten_thousand_with_advice(index):
    pages = walk(index, Query(text="same", sort=Sort("relevance"), size=999))
    assert [len(page.items) for page in pages] == [999] * 10 + [10]
    assert [page.advice for page in pages] == [""] * 10 + [ADVICE]
    assert pages[-1].total == COUNT


def test_result_by_date_has_no_end_before_its_own(index):
    pages = walk(index, Query(text="same", size=1000))
    assert [len(page.items) for page in pages] == [1000] * 10 + [2]
    assert {page.advice for page in pages} == {""}
