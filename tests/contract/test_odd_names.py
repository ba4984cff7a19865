"""10,000 odd names of properties: none is lost, each can be filtered and counted, and the mapping stays as it is."""

import json
import random
import urllib.request
from itertools import zip_longest

import pytest

from indexer.document import to_document
from indexer.fields import FIELDS, clean_value
from indexer.query import Condition, FacetRequest, Query
from tests.contract.index_engines import ENGINES, new_index
from tests.indexer.making import make_item

NAMES = 10_000
IN_ITEM = 4
KINDS = (
    lambda n: f"dc.term{n}",
    lambda n: f"a..b{n}",
    lambda n: f"p{n // 2}" + ".sub" * (n % 2),  # one name is the other's prefix
    lambda n: f"two blanks  {n}",
    lambda n: f"😀{n}🏳️‍🌈",
    lambda n: f"{n:0500d}",
    lambda n: f"nul\x00{n}",
    lambda n: f".{n}.",
    lambda n: f'"quo\\ted:{n}*"',
    lambda n: f"_id{n}",
)
ALONE = ("", " ", ".", "..", "\x00", "_source", "_id", "id", "version", "deleted", "extra", "props", "n" * 1_200)


def mapping(index) -> dict:
    with urllib.request.urlopen(f"{index._client.url}/{index.alias}/_mapping", timeout=30) as answer:
        return json.load(answer)


def check_filters(index, expected, count) -> None:
    """Every name filters: what some find together, each in an item of its own, is as many items."""
    by_item = {}
    for name in expected.keys() - FIELDS.keys():
        for item_id, value in expected[name]:
            by_item.setdefault(item_id, []).append(Condition(name, "is", value, negative=True))
    for conditions in zip_longest(*by_item.values()):
        found = [one for one in conditions if one is not None]
        for start in range(0, len(found), 100):
            asked = tuple(found[start : start + 100])
            assert index.search(Query(filters=asked, size=0)).total == count - len(asked), asked


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_odd_names_are_neither_lost_nor_mapped(engine, request, tmp_path):
    names = [*ALONE, *(KINDS[number % len(KINDS)](number) for number in range(NAMES - len(ALONE)))]
    items = [
        make_item(start // IN_ITEM, extra=dict.fromkeys(names[start : start + IN_ITEM], (f"value of {start}",)))
        for start in range(0, NAMES, IN_ITEM)
    ]
    expected = {}
    for item in items:
        for name, (value,) in item.extra.items():
            if clean_value(name):
                expected.setdefault(clean_value(name), []).append((item.id, value))
    with new_index(engine, request, tmp_path) as index:
        before = mapping(index) if engine == "elasticsearch" else None
        report = index.write([to_document(item) for item in items])
        index.refresh()
        assert (report.written, report.rejected) == (len(items), ())
        assert index.search(Query()).total == len(items)
        drawn = random.Random(6).sample(sorted(expected), 400)
        for name in {*drawn, *map(clean_value, ALONE)} - {""} - FIELDS.keys():
            ((item_id, value),) = expected[name]
            asked = Query(filters=(Condition(name, "is", value),), facets=(FacetRequest(name),))
            hits = index.search(asked)
            assert [hit.id for hit in hits.hits] == [item_id], name
            assert [(one.value, one.count) for one in hits.facets[name].values] == [(value, 1)], name
            assert hits.facets[name].missing == len(items) - 1, name
        check_filters(index, expected, len(items))
        wanted = sorted(expected.keys() - FIELDS.keys())
        for start in range(0, len(wanted), 100):
            names = wanted[start : start + 100]
            facets = index.search(Query(size=0, facets=tuple(map(FacetRequest, names)))).facets
            for name in names:
                found = [(one.value, one.count) for one in facets[name].values]
                assert found == [(value, 1) for _, value in expected[name]], name
        if before is not None:
            assert mapping(index) == before
