"""A cursor goes back to its own place in its own query, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import BadQueryError
from indexer.query import Condition, FacetRequest, Query, Sort
from search_api.cursor import continued, make_cursor

SECRET = b"one secret"
QUERY = Query(text="a", filters=(Condition("genre", "is", "X"), Condition("year", "missing")), sort=Sort("title"))
KEY = "survey\x1f01h"
CURSOR = make_cursor(QUERY, after=KEY, offset=0, secret=SECRET)


def test_cursor_leads_on():
    query = continued(QUERY, CURSOR, SECRET)
    assert (query.after, query.offset, query.text) == (KEY, 0, "a")


def test_order_of_filters_size_and_facets_do_not_matter():
    other = Query(text="a", filters=QUERY.filters[::-1], sort=Sort("title"), size=3, facets=(FacetRequest("genre"),))
    assert continued(other, CURSOR, SECRET).after == KEY


@pytest.mark.parametrize(
    "other",
    [
        Query(text="b", filters=QUERY.filters, sort=Sort("title")),
        Query(text="a", filters=QUERY.filters[:1], sort=Sort("title")),
        Query(text="a", filters=QUERY.filters, sort=Sort("title", descending=False)),
        Query(text="a", filters=QUERY.filters, sort=Sort("date")),
    ],
)
def test_another_query_is_refused(other):
    with pytest.raises(BadQueryError, match="another query") as refused:
        continued(other, CURSOR, SECRET)
    assert refused.value.parameter == "cursor"


def test_another_secret_is_refused():
    with pytest.raises(BadQueryError, match="not made here"):
        continued(QUERY, CURSOR, b"another secret")


@given(st.integers(0, len(CURSOR) - 2), st.sampled_from("Aab09_-=é "))
def test_changed_cursor_is_refused(place, character):
    changed = CURSOR[:place] + character + CURSOR[place + 1 :]
    if changed != CURSOR:
        with pytest.raises(BadQueryError, match="not made here"):
            continued(QUERY, changed, SECRET)


@given(st.text())
def test_any_other_text_is_refused(text):
    with pytest.raises(BadQueryError, match="not made here"):
        continued(QUERY, text, SECRET)


def test_cursor_stands_in_a_url_unchanged():
    assert set(CURSOR) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
