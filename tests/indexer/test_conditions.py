import pytest

from indexer.conditions import Limit, facet_groups, range_limits, selected_values, sort_key
from indexer.query import Condition, FacetRequest, Query, Sort


@pytest.mark.parametrize(
    ("condition", "limits"),
    [
        (Condition("date", "range", low="2015"), (Limit("date_to", 20150101, None), Limit("date_from", None, None))),
        (
            Condition("date", "range", low="2015-02", high="2016-02"),
            (Limit("date_to", 20150201, None), Limit("date_from", None, 20160229)),
        ),
        (Condition("harvested", "range", high="2015-04"), (Limit("harvested", None, 20150430),)),
        (
            Condition("harvested", "range", low="2015-04-07", high="2015-04-07"),
            (Limit("harvested", 20150407, 20150407),),
        ),
        (Condition("year", "range", low="-50", high="2017"), (Limit("year", -50, 2017),)),
    ],
)
def test_range_limits(condition, limits):
    assert range_limits(condition) == limits


def test_facets_are_grouped_by_the_filters_they_are_counted_over():
    genre, year = Condition("genre", "is", "Empirical"), Condition("year", "missing", negative=True)
    query = Query(
        filters=(genre, year), facets=(FacetRequest("subject"), FacetRequest("genre"), FacetRequest("year", 3))
    )
    assert [(group.filters, [facet.name for facet in group.facets]) for group in facet_groups(query)] == [
        ((genre, year), ["subject"]),
        ((year,), ["genre"]),
        ((genre,), ["year"]),
    ]


def test_only_positive_values_of_the_property_are_selected():
    filters = (
        Condition("genre", "is", "A"),
        Condition("genre", "is", "B", negative=True),
        Condition("genre", "missing"),
        Condition("subject", "is", "C"),
        Condition("genre", "is", "A"),
    )
    assert selected_values(filters, "genre") == ("A",)


def test_sort_keys():
    assert sort_key(Sort("date", True)) == "date_desc"
    assert sort_key(Sort("date", False)) == "date"
    assert sort_key(Sort("title", True)) == "title"
