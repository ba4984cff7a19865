"""What is loaded before the first question."""

import pytest

from indexer.document import to_document
from indexer.engines import open_index
from indexer.errors import IndexUnavailableError
from indexer.query import FacetRequest, Query
from search_api.warming import LARGE, warm
from tests.indexer.making import random_items


def test_a_warmed_index_answers_the_usual_facets_without_reading_them(tmp_path):
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    index.write([to_document(item) for item in random_items(50, seed=1)])
    warm(index, ("genre", "year", "creator"))
    for block in tmp_path.glob("index/items-*/columns/*"):
        block.unlink()
    usual = tuple(FacetRequest(name) for name in ("genre", "year", *LARGE))
    assert set(index.search(Query(facets=usual)).facets) == {"genre", "year", *LARGE}
    with pytest.raises(IndexUnavailableError):
        index.search(Query(facets=(FacetRequest("set"),)))
    index.close()


def test_an_index_that_is_not_there_is_left_to_who_asks(tmp_path, caplog):
    warm(open_index("embedded:", data_dir=tmp_path), ("genre",))
    assert "index not warmed" in caplog.text
